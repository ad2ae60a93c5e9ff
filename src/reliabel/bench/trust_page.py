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
from reliabel.bench.trust_summary import summary

SETS = (
    ("cifar10n", "aggre"),
    ("cifar10n", "random1"),
    ("cifar10n", "random2"),
    ("cifar10n", "random3"),
    ("cifar10n", "worse"),
    ("cifar10n", "aggre 0.01"),
    ("banking77", "human 0.02"),
    ("banking77", "human 0.1"),
    ("ag_news", "human 0.1"),
    ("ag_news", "human 0.4"),
    ("digits", "human 0.1"),
    ("digits", "human 0.4"),
    ("ag_news", "no_slips 0.1"),
    ("digits", "no_slips 0.1"),
    ("cifar10n", "aggre 1000 rows"),
    ("ag_news", "human 0.1 300 rows"),
    ("banking77", "human 0.1 1000 rows"),
    ("digits", "human 0.1 300 rows"),
)


def fill(rows: list[Row], page: str) -> str:
    """The page with what stands between its marks (<!-- name --> and <!-- /name -->) written
    anew.
    """
    parts = {
        "draws": [
            "The numbers below rest on "
            f"{len({row.scenario for row in rows if row.method == 'truth'})} draws; each line says "
            "on how many."
        ],
        "promises": _table(
            ["promise", "measured", "draws"],
            [[name, f"{value:.3f}", str(n)] for name, (value, n) in summary(rows).items()],
        ),
        "sets": _sets(rows),
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


def _sets(rows: list[Row]) -> list[str]:
    draws: dict[tuple[str, str], dict[str, dict[tuple[str, str], Row]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in (row for row in rows if not row.scenario.startswith("study-")):
        draws[row.dataset, row.setting][row.scenario][row.method, row.metric] = row
    head = [
        "set",
        "wrong",
        "draws",
        "estimate, interval",
        "average precision (best single)",
        "AUROC",
        "precision at the number of errors",
        "Brier skill",
    ]
    out = []
    for key in SETS:
        of = list(draws[key].values()) if key in draws else []
        if not of:
            continue

        def mean(
            method: str, metric: str, part: str = "value", of: list[dict[tuple[str, str], Row]] = of
        ) -> float:
            held = [getattr(one[method, metric], part) for one in of if (method, metric) in one]
            known = [float(value) for value in held if value != "" and np.isfinite(float(value))]
            return float(np.mean(known)) if known else float("nan")

        count = (
            f"{mean('p_wrong', 'pi'):.3f}, "
            f"{mean('p_wrong', 'pi', 'low'):.3f}-{mean('p_wrong', 'pi', 'high'):.3f}"
        )
        precise = (
            f"{mean('p_wrong', 'average_precision'):.3f} "
            f"({mean('best single', 'average_precision'):.3f})"
        )
        rest = [
            f"{mean('p_wrong', metric):.3f}"
            for metric in ("auroc", "precision", "brier_skill", "calibration_error")
        ]
        told = sum(float(one["p_wrong", "identified"].value) for one in of)
        out.append(
            [
                f"{key[0]} {key[1]}",
                f"{mean('truth', 'share'):.3f}",
                str(len(of)),
                count,
                precise,
                *rest,
                f"{told:.0f}",
            ]
        )
    return _table([*head, "ECE", "identified"], out)


def _cost(rows: list[Row]) -> list[list[str]]:
    out = [["labels x classes", "tables, CPU s", "fits, CPU s", "extra MiB"]]
    for setting in dict.fromkeys(row.setting for row in rows if row.scenario.startswith("cost-")):
        of = {row.method: row for row in rows if row.setting == setting}
        out.append(
            [
                setting.removeprefix("cost "),
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
