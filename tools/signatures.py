"""Write the evidence keywords of the verbs from the table of evidence.

    python tools/signatures.py            writes them
    python tools/signatures.py --check    exits with 1 and names the files that differ

Each verb names all evidence as a keyword, so that editors complete it and mistypes are seen before
anything runs.  The block between the two marks is written here; everything else is left alone.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from reliabel.core.evidence import EVIDENCE, OWN

VERBS = Path(__file__).resolve().parents[1] / "src" / "reliabel" / "verbs"
START = "    # evidence: written by tools/signatures.py from the table in core/evidence"
END = "    # end of evidence"
BLOCK = re.compile(f"{re.escape(START)}\n.*?{re.escape(END)}\n", re.DOTALL)


def block() -> str:
    """The lines between the marks, with the marks."""
    names = [name for name, spec in EVIDENCE.items() if spec.keyword and name in OWN]
    return "".join([f"{START}\n", *(f"    {name}: Any = None,\n" for name in names), f"{END}\n"])


def written(source: str) -> str:
    """A source with the block as it should be; a source without marks stays as it is."""
    return BLOCK.sub(lambda _: block(), source)


def stale(folder: Path) -> list[Path]:
    """Files whose block differs from the table."""
    paths = sorted(folder.glob("*.py"))
    return [path for path in paths if written(_read(path)) != _read(path)]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Write, or check."""
    if arguments not in ([], ["--check"]):
        print("usage: python tools/signatures.py [--check]", file=sys.stderr)
        return 2
    wrong = stale(VERBS)
    for path in wrong:
        print(f"{path.name}: its evidence keywords differ from the table of evidence")
        if not arguments:
            path.write_text(written(_read(path)), encoding="utf-8")
    if wrong and arguments:
        print("run: python tools/signatures.py")
    return bool(wrong and arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
