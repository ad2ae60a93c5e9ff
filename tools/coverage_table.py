"""Coverage by package: ``make coverage`` runs the fast tests and prints this table.

Lines that run in processes which the tests start (workers of Ray, the command line from outside)
are not counted.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from coverage import Coverage

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "src" / "reliabel"


def rows(measured: Coverage) -> list[tuple[str, int, int]]:
    """(package, statements, of them run) for each folder of the package, the most uncovered
    first; files that no test imported count with none of their statements run.
    """
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for path in HOUSE.rglob("*.py"):
        place = path.relative_to(HOUSE).parts
        if place[:2] == ("bench", "peers"):
            continue
        _, statements, _, missing, _ = measured.analysis2(str(path))
        package = found[place[0] if len(place) > 1 else "reliabel"]
        package[0] += len(statements)
        package[1] += len(statements) - len(missing)
    return sorted(((name, n, run) for name, (n, run) in found.items() if n), key=_missed)


def _missed(row: tuple[str, int, int]) -> tuple[float, str]:
    return row[2] / row[1], row[0]


def main() -> None:
    """Print the table of the last measurement (.coverage)."""
    measured = Coverage(config_file=str(ROOT / "pyproject.toml"))
    measured.load()
    table = rows(measured)
    total = ("all", sum(n for _, n, _ in table), sum(run for _, _, run in table))
    print(f"{'package':<14}{'lines':>7}{'run':>7}{'share':>9}")
    for name, n, run in [*table, total]:
        print(f"{name:<14}{n:>7,}{run:>7,}{run / n:>9.1%}")


if __name__ == "__main__":
    main()
