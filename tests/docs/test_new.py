"""tools/new.py starts an algorithm, and what it writes says what is missing."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from reliabel.core.catalogue import VERBS, read_file

ROOT = Path(__file__).resolve().parents[2]
spec = spec_from_file_location("tools_new", ROOT / "tools" / "new.py")
new = module_from_spec(spec)
spec.loader.exec_module(new)


@pytest.fixture
def house(tmp_path):
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## 0.2.0 (unreleased)\n- One thing.\n\n## 0.1.0\n- First.\n"
    )
    return tmp_path


@pytest.mark.parametrize("verb", list(VERBS))
def test_what_it_writes_reads_as_an_entry_and_says_that_it_is_not_written(verb, house):
    file, test, changes = new.start(verb, "my_method", house)
    assert file == house / "src" / "reliabel" / VERBS[verb] / "my_method.py"
    entry = read_file(file, verb, "my_method")
    assert entry.summary == "My method: THE IDEA IN ONE SENTENCE."
    names: dict[str, object] = {}
    exec(compile(file.read_text(), str(file), "exec"), names)
    function = names[verb]
    needed = dict.fromkeys((*entry.needs, *(["batch"] if verb == "acquire" else [])))
    with pytest.raises(
        NotImplementedError, match=r"my_method.py is not written yet: fill in the function"
    ):
        function(None, **needed)
    assert "pytest.fail" in test.read_text()
    assert ast.parse(test.read_text())
    assert (
        changes.read_text()
        == f"# Changelog\n\n## 0.2.0 (unreleased)\n- One thing.\n- `{verb}`: my_method.\n\n## "
        "0.1.0\n- First.\n"
    )


@pytest.mark.parametrize(
    ("verb", "name", "sentence"),
    [
        ("judge", "x", "no verb is called 'judge'; verbs: audit, aggregate"),
        ("audit", "My-Method", "'My-Method' is no name for a method"),
        ("audit", "self_confidence", "'self_confidence' is taken"),
        ("audit", "cl", "'cl' is taken"),
    ],
)
def test_bad_requests_get_a_sentence(verb, name, sentence, house):
    with pytest.raises(ValueError, match=sentence):
        new.start(verb, name, house)


def test_nothing_is_written_over(house):
    new.start("audit", "my_method", house)
    with pytest.raises(ValueError, match="is taken"):
        new.start("audit", "my_method", house)


def test_from_the_command_line():
    run = subprocess.run(
        [sys.executable, ROOT / "tools" / "new.py", "audit"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert "usage: python tools/new.py VERB NAME" in run.stderr
