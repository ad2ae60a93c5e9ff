"""The tables and the picture of docs/trust.md, written from the suite's CSV: python -m
reliabel.bench.trust_page docs/bench/trust.csv docs/trust.md.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from reliabel.bench import trust_columns, trust_study
from reliabel.bench.run import Row, Table
from reliabel.bench.trust_picture import draw
from reliabel.bench.trust_sets import HALVES
from reliabel.bench.trust_summary import Draw, draws_of, number, setting
from reliabel.bench.trust_tables import KINDS, changes, halves, minutes, people, promises

SETS = (
    *((half, labels) for half in HALVES for labels in ("aggre", "random1", "worse")),
    *((half, labels) for half in HALVES for labels in ("drawn 0.045", "agreed", "aggre 0.01")),
    ("banking77", "human 0.02"),
    ("banking77", "human 0.1"),
    ("ag_news", "human 0.1"),
    ("ag_news", "human 0.4"),
    ("ag_news_pair", "human 0.2"),
    ("digits", "human 0.1"),
    ("digits", "human 0.4"),
    ("ag_news", "no_slips 0.1"),
    ("digits", "no_slips 0.1"),
    *((half, "aggre 1000 rows") for half in HALVES),
    ("ag_news", "human 0.1 300 rows"),
    ("banking77", "human 0.1 1000 rows"),
    ("digits", "human 0.1 300 rows"),
)


def fill(rows: list[Row], page: str) -> str:
    """The page with what stands between its marks (<!-- name --> and <!-- /name -->) written
    anew.
    """
    draws = len(draws_of(rows))
    parts = {
        "draws": [
            f"The numbers below rest on {draws} draws, which took {minutes(rows):.0f} CPU minutes; "
            "each line says on how many."
        ],
        "promises": _of(promises(rows)),
        "halves": _of(halves(rows)),
        "people": _of(people(rows)),
        "changes": _of(changes(rows)),
        "sets": _of(_sets(rows)),
        "columns": _of(trust_columns.lines(rows)),
        "study": _of(trust_study.lines(rows)),
        "cost": _of(_cost(rows)),
    }
    for name, lines in parts.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if begin not in page or end not in page:
            raise ValueError(
                f"the page has no marks {begin.strip()} and {end}; put them where the part belongs"
            )
        page = page[: page.index(begin)] + begin + "\n".join(lines) + "\n" + page[page.index(end) :]
    return page


def _sets(rows: list[Row]) -> list[list[str]]:
    draws: dict[tuple[str, str], list[Draw]] = defaultdict(list)
    for one in draws_of(rows):
        draws[one["truth", "share"].dataset, setting(one)].append(one)
    head = [
        "set",
        "evidence",
        "wrong",
        "draws",
        "estimate, interval",
        "average precision (best single)",
        "AUROC",
        "precision at the number of errors",
        "Brier skill",
        "ECE",
        "identified",
    ]
    return [
        head,
        *(
            [f"{name} {errors}", kind, *_line(of)]
            for name, errors in SETS
            for kind in KINDS
            if (of := draws.get((name, f"{errors} {kind}".rstrip())))
        ),
    ]


def _line(of: list[Draw]) -> list[str]:
    def mean(method: str, metric: str, part: str = "value") -> float:
        held = [getattr(one[method, metric], part) for one in of if (method, metric) in one]
        known = [float(value) for value in held if value != "" and np.isfinite(float(value))]
        return float(np.mean(known)) if known else float("nan")

    low, high = (mean("p_wrong", "pi", end) for end in ("low", "high"))
    rest = ("auroc", "precision", "brier_skill", "calibration_error")
    ours, best = (mean(method, "average_precision") for method in ("p_wrong", "best single"))
    return [
        f"{mean('truth', 'share'):.3f}",
        str(len(of)),
        f"{mean('p_wrong', 'pi'):.3f}, {low:.3f}-{high:.3f}",
        f"{ours:.3f} ({best:.3f})",
        *(f"{mean('p_wrong', metric):.3f}" for metric in rest),
        f"{sum(number(one, 'p_wrong', 'identified') for one in of):.0f}",
    ]


def _cost(rows: list[Row]) -> list[list[str]]:
    out = [["labels x classes", "tables, CPU s", "fits, CPU s", "extra MiB"]]
    costs = [row for row in rows if row.scenario.startswith("cost-")]
    for size in dict.fromkeys(row.setting for row in costs):
        of = {row.method: row for row in costs if row.setting == size}
        out.append(
            [
                size.removeprefix("cost "),
                *(f"{float(of[part].value):.1f}" for part in ("tables", "fits")),
                f"{float(of['fits'].extra_mib):.0f}",
            ]
        )
    return out


def _of(lines: list[list[str]]) -> list[str]:
    return _table(lines[0], lines[1:])


def _table(head: list[str], lines: Iterable[list[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        "|" + "---|" * len(head),
        *(f"| {' | '.join(cells)} |" for cells in lines),
    ]


def main(table: str, page: str) -> None:
    """Write the page and, beside it, img/trust.png."""
    rows, path = Table(Path(table)).rows, Path(page)
    path.write_text(fill(rows, path.read_text(encoding="utf-8")), encoding="utf-8")
    draw(rows, path.parent / "img" / "trust.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
