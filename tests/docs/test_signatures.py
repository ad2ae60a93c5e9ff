"""tools/signatures.py writes the evidence keywords of the verbs."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from reliabel.core.evidence import EVIDENCE, EvidenceSpec

ROOT = Path(__file__).resolve().parents[2]
spec = spec_from_file_location("tools_signatures", ROOT / "tools" / "signatures.py")
signatures = module_from_spec(spec)
spec.loader.exec_module(signatures)
SOURCE = f"""def audit(
    data,
    *,
    by=None,
{signatures.START}
    probs: Any = None,
    gone: Any = None,
{signatures.END}
):
    pass
"""


def test_the_block_is_written_and_the_rest_left_alone(tmp_path, capsys, monkeypatch):
    (tmp_path / "audit.py").write_text(SOURCE)
    (tmp_path / "read.py").write_text("def read(): ...\n")
    monkeypatch.setattr(signatures, "VERBS", tmp_path)
    assert [path.name for path in signatures.stale(tmp_path)] == ["audit.py"]
    assert signatures.main(["--check"]) == 1
    assert (tmp_path / "audit.py").read_text() == SOURCE
    assert "audit.py: its evidence keywords differ" in capsys.readouterr().out
    assert signatures.main([]) == 0
    written = (tmp_path / "audit.py").read_text()
    assert written.startswith("def audit(\n    data,\n    *,\n    by=None,\n")
    assert written.endswith("):\n    pass\n")
    assert "gone" not in written
    assert "    noise_matrix: Any = None,\n" in written
    assert "rng" not in written
    assert signatures.written(written) == written


def test_evidence_of_other_packages_is_not_written(monkeypatch):
    monkeypatch.setitem(EVIDENCE, "loud", EvidenceSpec("loud", "row", ("n",), "(n,) how loud"))
    assert "loud" not in signatures.block()


def test_the_verbs_are_as_the_table_says():
    tool = [sys.executable, str(ROOT / "tools" / "signatures.py"), "--check"]
    run = subprocess.run(tool, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout
    for verb in ("audit", "aggregate", "measure", "corrupt"):
        source = (signatures.VERBS / f"{verb}.py").read_text(encoding="utf-8")
        assert signatures.BLOCK.search(source), f"{verb}.py has no block of evidence keywords"


def test_it_says_how_it_is_used(capsys):
    assert signatures.main(["--chek"]) == 2
    assert "usage: python tools/signatures.py [--check]" in capsys.readouterr().err
