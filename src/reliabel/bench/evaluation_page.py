"""The suite evaluation on the page of measured results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reliabel.bench.run import Row

Cells = dict[tuple[str, str], dict[tuple[str, str], float]]  # scenario, setting -> method, metric


def tables(rows: Sequence[Row]) -> list[tuple[str, list[str], list[list[str]]]]:
    """Title, head and lines of each table."""
    cells: Cells = defaultdict(dict)
    for row in rows:
        if row.metric != "cpu_s":
            cells[row.scenario, row.setting][row.method, row.metric] = float(row.value)
    made = (_accuracy(cells), _comparison(cells), _scores(cells), _machine(cells), _people(cells))
    cpu = sum(float(row.value) for row in rows if row.metric == "cpu_s")
    out = [one for one in made if one[2]]
    return [*out, ("CPU", ["", "seconds"], [["whole suite", f"{cpu:.0f}"]])] if cpu else out


def sections(rows: Sequence[Row]) -> list[str]:
    """Each table as Markdown under its title."""
    return [
        f"**{title}**\n\n"
        + "\n".join("| " + " | ".join(line) + " |" for line in lines_of(head, lines))
        for title, head, lines in tables(rows)
    ]


def lines_of(head: list[str], lines: list[list[str]]) -> list[list[str]]:
    """A table with the line under its head."""
    return [head, ["---"] * len(head), *lines]


def _accuracy(cells: Cells) -> tuple[str, list[str], list[list[str]]]:
    """Coverage and width of accuracies, each kind of P(wrong) and share of wrong labels."""
    lines = []
    for (scenario, design), of in cells.items():
        if not scenario.startswith("accuracy/"):
            continue
        _, kind, noise = scenario.split("/")
        alone = of.get(("reviews alone", "width")) or _alone(cells, scenario, design)
        ratio = of.get(("reliabel", "width"), float("nan")) / alone if alone else float("nan")
        lines.append(
            [
                kind,
                noise,
                design,
                _figure(of.get(("reliabel", "coverage")), 3),
                _figure(of.get(("reliabel", "width")), 3),
                _figure(ratio, 2),
                *(_pair(of, method) for method in ("reviews alone", "PPI", "PPI++")),
            ]
        )
    head = ["P(wrong)", "wrong", "reviews", "coverage", "width", "width / reviews alone"]
    return (
        "Accuracy of one model (5,000 labels, 200 drawn, 100 chosen in two designs; coverage and "
        "width of the others)",
        [*head, "reviews alone", "PPI", "PPI++"],
        lines,
    )


def _alone(cells: Cells, scenario: str, design: str) -> float | None:
    """The width by reviews alone of the design with as many reviews."""
    same = "drawn and chosen" if design == "any time" else "drawn"
    return cells.get((scenario, same), {}).get(("reviews alone", "width"))


def _comparison(cells: Cells) -> tuple[str, list[str], list[list[str]]]:
    needs = "reviews for a power of .8"
    lines = []
    for (scenario, design), of in cells.items():
        if not scenario.startswith("comparison/"):
            continue
        fast, every = of.get(("where they differ", needs)), of.get(("all items", needs))
        share = fast / every if fast and every else float("nan")
        values = [
            of.get(("reliabel", name))
            for name in (
                "coverage",
                "told apart wrongly",
                "P of the likelier model",
                "how often it is better",
            )
        ]
        lines.append(
            [
                design,
                _figure(fast, 0),
                _figure(every, 0),
                _figure(share, 2),
                *(_figure(value, 3) for value in values),
            ]
        )
    head = ["models", "reviews where they differ", "reviews of all items", "share of them"]
    more = ["coverage", "told apart wrongly", "P of the likelier model", "how often it is better"]
    title = "Two models told apart with a power of .8, at any time (10,000 labels, 5 % wrong)"
    return title, [*head, *more], lines


def _scores(cells: Cells) -> tuple[str, list[str], list[list[str]]]:
    lines = [
        [
            scenario.split("/")[1],
            name,
            _figure(of.get(("reliabel", "coverage")), 3),
            _figure(of.get(("reliabel", "width")), 3),
        ]
        for (scenario, name), of in cells.items()
        if scenario.startswith("class scores/")
    ]
    title = "Balanced accuracy and macro F1 (four classes, 10 % wrong, 300 drawn)"
    return title, ["classes", "score", "coverage", "width"], lines


def _machine(cells: Cells) -> tuple[str, list[str], list[list[str]]]:
    names = ("promise broken", "share accepted", "share that could be", "reviews")
    lines = [
        [
            scenario.split("/")[1],
            *(_figure(of.get(("reliabel", name)), 0 if name == "reviews" else 3) for name in names),
        ]
        for (scenario, _), of in cells.items()
        if scenario.startswith("machine/")
    ]
    title = "Machine labels: at most 5 % of those accepted wrong, at any time (2,000 simulations)"
    return title, ["setting", *names], lines


def _people(cells: Cells) -> tuple[str, list[str], list[list[str]]]:
    lines = [
        [scenario.split("/")[1], design, _figure(of.get(("reliabel", "passes")), 3)]
        for (scenario, design), of in cells.items()
        if scenario.startswith("annotator/")
    ]
    title = "The alternative annotator test: how often a machine passes"
    return title, ["machine", "setting", "passes"], lines


def _pair(of: dict[tuple[str, str], float], method: str) -> str:
    coverage, width = of.get((method, "coverage")), of.get((method, "width"))
    return "" if coverage is None else f"{_figure(coverage, 3)}, {_figure(width, 3)}"


def _figure(value: float | None, digits: int) -> str:
    return "" if value is None or value != value else f"{value:,.{digits}f}"
