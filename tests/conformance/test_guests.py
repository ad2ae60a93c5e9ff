"""The house takes guests: a new auditor, measure, corrupter, aggregator or embedder is one file;
catalogue, command line, laws and docs find it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import reliabel

ROOT = Path(__file__).resolve().parents[2]
AUDITOR = '''"""Guest rivals: a label is suspect as far as another class is more probable than the given one.

Assumes probabilities from a model that did not train on the item.  Weak where the model is.
Cost: O(n k).  Paper: Guest. Rivals for the visitors' book. Journal of Guests 1 (2026) 1-2.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Floats
from reliabel.core.results import Suspicion

STATUS = "optional"


def audit(labels: Classes, *, probs: Floats, power: float = 1.0) -> Suspicion:
    """Score = (1 - probability of the given label) to a power.

    power: above 1 pushes middling scores down.

    >>> audit(Classes(np.array([0, 1])), probs=np.array([[0.75, 0.25], [0.5, 0.5]])).score.tolist()
    [0.25, 0.5]
    """
    own = np.take_along_axis(probs, np.maximum(labels.y, 0)[:, None], 1)[:, 0].astype(float)
    return Suspicion(np.where(labels.y >= 0, (1 - own) ** power, np.nan))
'''
MEASURE = '''"""Guest share: how many of the labels are of the commonest class.

Assumes labels drawn at random.  Weak with few of them.
Cost: O(n).  Paper: Wilson. Probable inference. JASA 22 (1927) 209-212.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes
from reliabel.core.results import Measure


def measure(labels: Classes, *, width: float = 1.96) -> Measure:
    """The largest class's share, with Wilson's interval.

    width: in standard errors.

    >>> measure(Classes(np.array([0, 0, 1, 0]))).value
    0.75
    """
    count = np.bincount(labels.y[labels.y >= 0], minlength=max(labels.k, 1))
    n, hits = int(count.sum()), int(count.max())
    if not n:
        return Measure(float("nan"), float("nan"), float("nan"), info={"interval": "no interval: there is no label"})
    z = width**2 / n
    middle, half = (hits / n + z / 2) / (1 + z), width / (1 + z) * (hits / n * (1 - hits / n) / n + z / 4 / n) ** 0.5
    return Measure(hits / n, min(middle - half, hits / n), max(middle + half, hits / n), {"count": count})
'''
CORRUPTER = '''"""Guest pair noise: an error is always the next class.

Assumes that classes next to each other are confused.  Weak where they are not.
Cost: O(n).  Paper: Han et al. Co-teaching. NeurIPS 2018, section 4.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Classes
from reliabel.core.results import Corrupted
from reliabel.ops.noise import how_many


def corrupt(labels: Classes, *, rng: Generator, rate: float = 0.2) -> Corrupted:
    """Give ``rate`` of the labelled items the next class.

    >>> corrupt(Classes(np.array([0, 1, 1])), rng=np.random.default_rng(0), rate=1.0).labels.y.tolist()
    [1, 0, 0]
    """
    item = rng.permutation(np.flatnonzero(labels.y >= 0))[: how_many(labels.y, labels.k, rate)]
    y = np.array(labels.y, dtype=np.int64)
    y[item] = (y[item] + 1) % labels.k
    return Corrupted(Classes(y, labels.names), np.arange(len(y)), y != labels.y)
'''
AGGREGATOR = '''"""Guest plurality: every vote counts the same, and some are added to each class.

Assumes that all workers are equally good.  Weak where they are not.
Cost: O(v), memory O(n k).  Paper: Guest. Counting hands. Journal of Guests 1 (2026) 3-4.
"""

from __future__ import annotations

import numpy as np

from reliabel.core.labels import Classes, Soft, Votes
from reliabel.core.results import Consensus

SKILL = False


def aggregate(votes: Votes[Classes], *, added: float = 0.1) -> Consensus[Soft]:
    """Count the votes of each class.

    added: votes given to every class of every item, so that an item without votes is evenly open.

    >>> v = Votes(np.array([0, 0, 0]), np.array([0, 1, 2]), Classes(np.array([0, 0, 1])), n=1, w=3)
    >>> aggregate(v, added=0.5).labels.p.tolist()
    [[0.625, 0.375]]
    """
    k = votes.labels.k
    count = np.bincount(votes.item * k + votes.labels.y, minlength=votes.n * k).reshape(votes.n, k) + added
    return Consensus(Soft(count / count.sum(1, keepdims=True), votes.labels.names))
'''
TOKEN_AGGREGATOR = '''"""Guest sequences: of all the tag sequences voted for a sentence, the commonest as a whole.

Assumes that a voter who has one tag right has them all right.  Weak with few voters.
Cost: O(v).  Paper: Guest. Counting sequences. Journal of Guests 1 (2026) 7-8.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from reliabel.core.labels import Classes, Grouped, Soft, Votes
from reliabel.core.results import Consensus


def aggregate(votes: Votes[Grouped[Classes]]) -> Consensus[Grouped[Soft]]:
    """Take the commonest sequence of each sentence; the first of those that tie.

    >>> tags = Grouped(Classes(np.array([0, 1, 0, 1, 1, 0])), np.array([0, 2, 4, 6]))
    >>> aggregate(Votes(np.zeros(3, int), np.arange(3), tags, n=1, w=3)).labels.units.p.tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    o, tags = votes.labels.offsets, votes.labels.units
    cast = [tuple(tags.y[o[v] : o[v + 1]].tolist()) for v in range(len(votes))]
    best = [
        Counter(cast[v] for v in np.flatnonzero(votes.item == item)).most_common(1)[0][0]
        for item in range(votes.n)
    ]
    offsets = np.cumsum([0, *map(len, best)])
    flat = np.concatenate([np.array(one, dtype=np.int64) for one in best])
    return Consensus(Grouped(Soft(np.eye(tags.k)[flat], tags.names), offsets))
'''
EMBEDDER = '''"""Guest letters: how often each small letter stands in a text.

Assumes that spelling tells the classes apart.  Weak nearly everywhere.
Cost: O(characters).  Paper: Guest. Counting letters. Journal of Guests 1 (2026) 5-6.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from reliabel.core.labels import Floats


def embed(items: Sequence[str], *, rng: Generator, letters: str = "abcdefghijklmnopqrstuvwxyz") -> Floats:
    """One count a letter.

    letters: those that are counted.

    >>> embed(["abba"], rng=np.random.default_rng(0), letters="abc").tolist()
    [[2.0, 2.0, 0.0]]
    """
    return np.array([[text.count(letter) for letter in letters] for text in items], dtype=np.float32)
'''
LEARNER = (ROOT / "tests" / "guests" / "guest_softmax.py").read_text(encoding="utf-8")
GUESTS = {
    ("audit", "auditors", "guest_rivals"): AUDITOR,
    ("measure", "measures", "guest_share"): MEASURE,
    ("corrupt", "corrupters", "guest_pairs"): CORRUPTER,
    ("aggregate", "aggregators", "guest_plurality"): AGGREGATOR,
    ("embed", "embedders", "text_guest_letters"): EMBEDDER,
    ("learn", "learners", "guest_softmax"): LEARNER,
}
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the source with three more files (and their unit tests), and nothing else
    changed.
    """
    root = tmp_path_factory.mktemp("house")
    skip = shutil.ignore_patterns("__pycache__", "unit", "golden", "real", "browser")
    shutil.copytree(
        Path(reliabel.__file__).parent,
        root / "src" / "reliabel",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copytree(ROOT / "tests", root / "tests", ignore=skip)
    shutil.copytree(ROOT / "tools", root / "tools", ignore=skip)
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / "docs").mkdir()
    for (_, folder, name), source in GUESTS.items():
        (root / "src" / "reliabel" / folder / f"{name}.py").write_text(source)
        test = root / "tests" / "unit" / folder / f"test_{name}.py"
        test.parent.mkdir(parents=True, exist_ok=True)
        test.write_text("")
    return root


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {
        **os.environ,
        "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, *words],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_copy_is_what_runs(copy):
    assert run(copy, "-c", "import reliabel; print(reliabel.__file__)").stdout.startswith(str(copy))


def test_the_catalogue_and_the_command_line_find_them(copy):
    listed = json.loads(run(copy, "-m", "reliabel", "list", "--json").stdout)
    assert {(verb, name) for verb, _, name in GUESTS} <= {
        (entry["verb"], entry["name"]) for entry in listed
    }
    shown = run(copy, "-m", "reliabel", "show", "guest_rivals")
    assert "power=1.0" in shown.stdout


def test_the_verbs_run_them(copy):
    code = (
        "import numpy as np, reliabel as rl; y = rl.Classes(np.arange(60) % 3); p = np.full((60, "
        "3), 0.1) + 0.7 * np.eye(3)[y.y];"
        "print(list(rl.audit(y, by=['guest_rivals'], probs=p).opinions), rl.measure(y, "
        "by='guest_share').value, rl.corrupt(y, by='guest_pairs').wrong.sum())"
    )
    assert (
        run(copy, "-c", code)
        .stdout.split("\n")[0]
        .startswith("['guest_rivals'] 0.3333333333333333 12")
    )
    (copy / "votes.csv").write_text(
        "task,who,answer\n" + "".join(f"t{i // 3},w{i % 3},{'ab'[i // 3 % 2]}\n" for i in range(60))
    )
    votes = ("votes.csv", "--item", "task", "--worker", "who", "--label", "answer")
    done = run(
        copy,
        "-m",
        "reliabel",
        "aggregate",
        *votes,
        "--by",
        "guest_plurality",
        "--options",
        '{"added": 0.2}',
        "-o",
        "v",
    )
    assert "by guest_plurality" in done.stdout, done.stderr
    (copy / "texts.csv").write_text(
        "text,label\n"
        + "".join(f"{'aab' if i % 2 else 'bbc'} word{i % 5},{'xy'[i % 2]}\n" for i in range(80))
    )
    done = run(
        copy,
        "-m",
        "reliabel",
        "audit",
        "texts.csv",
        "--embed",
        "text_guest_letters",
        "--json",
        "-o",
        "t",
    )
    assert json.loads(done.stdout)["embedder"].startswith("text_guest_letters"), done.stderr


def test_a_learner_is_one_file_and_its_model_comes_back_bit_for_bit(copy):
    code = (
        "import numpy as np\n"
        "from reliabel.core.call import called\n"
        "from reliabel.core.catalogue import find\n"
        "from reliabel.core.labels import Classes\n"
        "from reliabel.folders.model_folder import ModelCard, load_model, save_model\n"
        "rng = np.random.default_rng(0)\n"
        "y = rng.integers(0, 3, 200)\n"
        "x = 4 * np.eye(3)[y] + rng.normal(size=(200, 3))\n"
        "entry = find('learn', 'guest_softmax')\n"
        "model = called(entry, Classes(y), {'features': x}, {'epochs': 5, 'pull': 0.01}, 0)\n"
        "again, card = load_model(save_model(model, ModelCard(entry.name), 'm'))\n"
        "p = model.predict(x).p\n"
        "print(card.by, (p.argmax(1) == y).mean() > 0.9, np.array_equal(p, again.predict(x).p))\n"
    )
    done = run(copy, "-c", code)
    assert done.stdout == "guest_softmax True True\n", done.stderr
    shown = run(copy, "-m", "reliabel", "show", "guest_softmax").stdout
    assert "pull=0.0" in shown
    assert "training" in shown
    done = run(copy, "-m", "tests.conformance", "reliabel.learners.guest_softmax")
    assert done.returncode == 0, done.stdout + done.stderr
    kept = " ".join(done.stdout.split())
    assert "kept Classes law_a_saved_model_predicts_the_same" in kept


def test_the_laws_hold_for_them_and_count_them(copy):
    done = run(
        copy,
        "-m",
        "pytest",
        "tests/conformance",
        "-p",
        "no:cacheprovider",
        "-k",
        "guest_ and test_ and not guests",
        "-rA",
    )
    passed = [
        line for line in done.stdout.splitlines() if line.startswith("PASSED") and "guest_" in line
    ]
    assert done.returncode == 0, done.stdout[-3000:]
    for _, _, name in GUESTS:
        assert sum(name in line for line in passed) >= (
            5 if name == "text_guest_letters" else 15
        ), f"few laws ran for {name}"


def test_a_guest_that_breaks_the_law_is_caught(copy):
    bad = copy / "src" / "reliabel" / "auditors" / "guest_rude.py"
    bad.write_text(AUDITOR.replace("own = np", "probs[0] = 1 / probs.shape[1]\n    own = np"))
    try:
        done = run(
            copy,
            "-m",
            "pytest",
            "tests/conformance",
            "-p",
            "no:cacheprovider",
            "-k",
            "guest_rude and inputs_are_left_alone",
        )
    finally:
        bad.unlink()
    assert done.returncode == 1
    assert "law_inputs_are_left_alone" in done.stdout


def test_a_guest_that_takes_votes_on_groups_gets_them_whole(copy):
    """The lift to units would give the commonest tag of each token, a sequence nobody voted for."""
    guest = copy / "src" / "reliabel" / "aggregators" / "guest_sequences.py"
    guest.write_text(TOKEN_AGGREGATOR)
    code = (
        "import numpy as np, reliabel as rl; tags = [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1];"
        "groups = rl.Grouped(rl.Classes(np.array(tags)), np.arange(0, 16, 3));"
        "votes = rl.Votes(np.zeros(5, int), np.arange(5), groups, 1, 5);"
        "print([rl.aggregate(votes, by=by).labels.units.p.argmax(1).tolist()"
        " for by in ('guest_sequences', 'majority')])"
    )
    try:
        done = run(copy, "-c", code)
    finally:
        guest.unlink()
    assert done.stdout.strip() == "[[1, 0, 0], [0, 0, 0]]", done.stderr


def test_the_docs_find_them(copy):
    done = run(copy, "tools/docs.py")
    assert done.returncode == 0, done.stderr
    for verb, _, name in GUESTS:
        assert (copy / "docs" / "methods" / verb / f"{name}.md").exists()
        assert name in (copy / "docs" / "catalogue.md").read_text()
    assert run(copy, "tools/docs.py", "--check").returncode == 0


def test_the_laws_can_be_run_on_a_module_of_ones_own(copy):
    (copy / "elsewhere.py").write_text(AUDITOR)
    done = run(copy, "-m", "tests.conformance", "elsewhere")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"kept +Classes +law_planted_errors_are_found", done.stdout)
