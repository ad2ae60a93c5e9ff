"""Part texts of the suite votes: planted transcriptions by workers with word error rates of their
own.  The words that are wrong in the consensus are counted, those of the true texts are 100 %;
crowd-kit works on the same answers.

Defaults were chosen on seeds below ``JUDGED``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench import peer
from reliabel.bench.learn_sections import Section
from reliabel.bench.run import Row
from reliabel.bench.suite_parts import Scenario, cost_section, percent
from reliabel.core.free_text import Texts
from reliabel.core.labels import Bools, Floats, Ints, Votes

JUDGED, DRAWS, ITEMS, WORKERS = 1000, 10, 300, 20
ANSWERS, PATIENCE = 100_000, 900  # answers of the cost, seconds that a peer may take
WORLDS: dict[str, dict[str, Any]] = {
    "three answers": {"each": 3},
    "five answers": {"each": 5},
    "eight answers": {"each": 8},
    "mostly bad workers": {"each": 6, "good": 1 / 3},
    "few items": {"each": 5, "items": 40},
    "choice of three": {"each": 6, "good": 1 / 3, "choice": 3},
}
METHODS: dict[str, dict[str, Any]] = {
    "most like the others": {"by": "closest_text", "power": 0.0},
    "closest_text": {"by": "closest_text"},
    "rover": {"by": "rover"},
}
PEERS = {"crowd-kit ROVER": "rover", "TextRASA": "text_rasa", "TextHRRASA": "text_hrrasa"}


def scenarios(*, quick: bool, data: Path | None) -> Mapping[str, Scenario]:
    """Each world, and the cost."""
    draws = 2 if quick else DRAWS
    found: dict[str, Scenario] = {
        f"texts-{name}": partial(_recovery, f"texts-{name}", words, draws)
        for name, words in WORLDS.items()
    }
    return found | {"texts-cost": partial(_cost, ANSWERS // 10 if quick else ANSWERS)}


def planted(
    seed: int,
    *,
    items: int = ITEMS,
    each: int = 5,
    good: float | None = None,
    choice: int = 1,
    workers: int = WORKERS,
) -> tuple[Votes[Texts], list[str]]:
    """Answers and the true texts of 4 to 15 words, common ones more often.  Of the words a worker
    gets wrong, a quarter are left out, 15 % are followed by another, 30 % are another word and
    30 % misspelt.

    good: the share of workers with 5 % of the words wrong, the others have half of them; without
        it the rates are drawn from a beta distribution with mean .23.
    choice: from 2 on there are so many sentences of each item, and a worker with that rate gives a
        wrong one as a whole.
    """
    rng = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = ["".join(rng.choice(letters, size)) for size in rng.integers(2, 9, 2000)]
    often = 1 / np.arange(1, len(words) + 1)
    often /= often.sum()
    rate = rng.beta(1.2, 4, workers)
    if good is not None:
        rate = np.where(np.arange(workers) < good * workers, 0.05, 0.5)

    def sentence() -> list[str]:
        return [words[j] for j in rng.choice(len(words), rng.integers(4, 16), p=often)]

    kinds = [[sentence() for _ in range(choice)] for _ in range(items)]
    item = np.repeat(np.arange(items), each)
    worker = np.concatenate([rng.permutation(workers)[:each] for _ in range(items)])
    said = []
    for i, j in zip(item.tolist(), worker.tolist(), strict=True):
        if choice > 1:
            wrong = rng.random() < rate[j]
            said.append(" ".join(kinds[i][int(wrong) * int(rng.integers(1, choice))]))
        else:
            said.append(_heard(kinds[i][0], rate[j], words, often, letters, rng))
    votes = Votes(item, worker, Texts(said), items, workers)
    return votes, [" ".join(one[0]) for one in kinds]


def _heard(
    sentence: Sequence[str], rate: float, words: list[str], often: Floats, letters: Any, rng: Any
) -> str:
    """A sentence as a worker writes it."""
    out = []
    for word in sentence:
        fate = rng.random() / rate
        if fate >= 1:
            out.append(word)
        elif fate >= 0.7:
            place = int(rng.integers(len(word)))
            out.append(word[:place] + str(rng.choice(letters)) + word[place + 1 :])
        elif fate >= 0.25:
            other = words[int(rng.choice(len(words), p=often))]
            out += [word, other] if fate < 0.4 else [other]
    return " ".join(out)


def wrong_words(found: Sequence[str | None], truth: Sequence[str]) -> tuple[float, Bools]:
    """Words to put in, leave out or replace as a share of the true ones, and which texts are right
    to the last word.
    """
    from reliabel.ops.word_alignment import edit_distances, padded
    from reliabel.ops.word_tokens import tokens_of

    tokens = tokens_of([text or "" for text in found] + list(truth))
    size, n = np.diff(tokens.offsets), len(found)
    start = tokens.offsets[:-1]
    mine, true = (padded(tokens.code, start[p], size[p]) for p in (slice(0, n), slice(n, None)))
    apart: Ints = edit_distances(mine, true)
    return float(apart.sum() / size[n:].sum()), apart == 0


def _recovery(scenario: str, words: Mapping[str, Any], draws: int) -> list[Row]:
    cases = [planted(JUDGED + seed, **words) for seed in range(draws)]
    rows = []

    def add(method: str, metric: str, values: Sequence[float], cpu: float = 0.0) -> None:
        rows.append(Row(scenario, "", "", 0, method, metric, float(np.mean(values)), cpu_s=cpu))

    chance = [
        wrong_words(votes.labels.y, [truth[i] for i in votes.item.tolist()])[0]
        for votes, truth in cases
    ]
    add("a worker at random", "wrong words", chance)
    import reliabel as rl

    for method, how in METHODS.items():
        start = time.process_time()
        found = [rl.aggregate(votes, **how) for votes, _ in cases]
        cpu = time.process_time() - start
        told = [
            wrong_words(one.labels.y, truth) for one, (_, truth) in zip(found, cases, strict=True)
        ]
        add(method, "wrong words", [wrong for wrong, _ in told], cpu)
        add(method, "exactly right", [float(right.mean()) for _, right in told])
        add(method, "chance of that", [float(one.info["p"].mean()) for one in found])
    for method, name in PEERS.items():
        answer, why = _peer(name, [votes for votes, _ in cases])
        if why:
            rows.append(Row(scenario, "", "", 0, method, "not run", why))
            continue
        told = [
            wrong_words(texts, truth)
            for texts, (_, truth) in zip(answer["texts"], cases, strict=True)
        ]
        add(method, "wrong words", [wrong for wrong, _ in told], answer["cpu_s"])
        add(method, "exactly right", [float(right.mean()) for _, right in told])
    return rows


def _peer(method: str, draws: Sequence[Votes[Texts]]) -> tuple[Any, str | None]:
    """What crowd-kit makes of the same answers, or why it makes nothing."""
    given = [
        {
            "item": votes.item.tolist(),
            "worker": votes.worker.tolist(),
            "text": votes.labels.y,
            "n": votes.n,
        }
        for votes in draws
    ]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "votes.json", Path(folder) / "texts.json"
        source.write_text(json.dumps(given), encoding="utf-8")
        _, error = peer.call(
            "crowdkit_texts.py", source, method, target, timeout=PATIENCE, one_thread=True
        )
        return ({}, error) if error else (json.loads(target.read_text(encoding="utf-8")), None)


def _cost(answers: int) -> list[Row]:
    """Five answers an item: CPU time and memory of ours in a process of its own, and the peer."""
    from reliabel.bench.child import child

    rows = []
    setting = f"{answers:,} answers, 5 an item"
    for method in ("closest_text", "rover"):
        found = child([sys.executable, "-m", "reliabel.bench.votes_texts", method, str(answers)])
        for metric in ("cpu_s", "extra_mib"):
            rows.append(Row("texts-cost", "", setting, 0, method, metric, found[metric]))
    few = answers // 20
    votes, _ = planted(JUDGED, items=few // 5)
    for method, name in PEERS.items():
        found, error = _peer(name, [votes])
        words = f"{few:,} answers, 5 an item"
        if error:
            rows.append(Row("texts-cost", "", words, 0, method, "not run", error))
            continue
        for metric in ("cpu_s", "extra_mib"):
            rows.append(Row("texts-cost", "", words, 0, method, metric, found[metric]))
    return rows


def sections(rows: list[Row]) -> Iterator[Section]:
    """Tables of the part for docs/bench.md."""
    shown = {f"texts-{name}": name for name in WORLDS}
    wrong = {(row.method, row.scenario): row.value for row in rows if row.metric == "wrong words"}
    methods = list(dict.fromkeys(method for method, _ in wrong))
    yield (
        "**Free texts**: wrong words of the consensus, in % of the true words of transcriptions",
        [
            ["method", *shown.values()],
            *([m, *(percent(wrong.get((m, s))) for s in shown)] for m in methods),
        ],
    )
    held = {(r.method, r.scenario, r.metric): r.value for r in rows}
    yield (
        "**Free texts, the chance of a text without error**: as told, and as it is",
        [
            ["method", *shown.values()],
            *(
                [
                    m,
                    *(
                        f"{percent(held.get((m, s, 'chance of that')))} / "
                        f"{percent(held.get((m, s, 'exactly right')))}"
                        for s in shown
                    ),
                ]
                for m in METHODS
            ),
        ],
    )
    yield cost_section("**Cost of free texts**", "answers", rows, "texts-cost")


def main(method: str, answers: int) -> None:
    """Measure one method and write it as JSON."""
    from importlib import import_module

    from reliabel.bench.child import measured

    votes, _ = planted(JUDGED, items=answers // 5)
    held = sum(len(text or "") for text in votes.labels.y) + votes.item.nbytes + votes.worker.nbytes
    call = import_module(f"reliabel.aggregators.{method}").aggregate
    sys.stdout.write(json.dumps(measured(lambda: call(votes), held)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
