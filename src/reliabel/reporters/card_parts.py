"""The content of a data card, after the dataset nutrition label: what is stated, where the data
come from, variables, statistics, pair plots, relations with the label, quality, and how each number
was made.

The same parts become Markdown and HTML.  Paper: Holland, Hosny, Newman, Joseph, Chmielinski. The
dataset nutrition label. 2018.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.kinds import layout_of
from reliabel.core.results import Audit
from reliabel.reporters.card_blocks import Block, Bullets, Drawing, Facts, Grid, Part, Words
from reliabel.reporters.card_meta import RECOMMENDED, REQUIRED, STATED, CardMeta
from reliabel.reporters.class_numbers import class_numbers
from reliabel.reporters.item_view import ItemViews
from reliabel.reporters.page_context import PageContext
from reliabel.reporters.pair_plots import chosen, pair_plots, strengths
from reliabel.reporters.sentences import (
    OPT_IN,
    AuditView,
    class_names,
    facts,
    notes,
    other_findings,
    promise,
    source,
    stamp,
    sure,
    title,
)
from reliabel.reporters.shell import number, percent, several, short
from reliabel.reporters.variables import (
    NUMBER,
    TEXT,
    Association,
    Variable,
    associations,
    variables,
)

CLASSES, WIDE = 60, 40  # rows of the tables of classes and of variables
HIGH, MEDIUM = 0.05, 0.01  # shares of the items from which an issue is severe
NOT_STATED = "not stated"
WHY = {REQUIRED: "Croissant requires it", RECOMMENDED: "readers ask for it"}


@dataclass(frozen=True, eq=False)
class CardContent:
    """An audit and what people state about its data, with what several parts need."""

    audit: Audit
    meta: CardMeta
    folder: str | Path | None = None

    @cached_property
    def view(self) -> AuditView:
        """The audit with its derived facts."""
        return AuditView(self.audit)

    @cached_property
    def context(self) -> PageContext:
        """What knows the places of this machine, which stay out of the card."""
        return PageContext(self.audit, self.view, ItemViews(self.audit.data), 1, self.folder)

    @cached_property
    def found(self) -> Sequence[Variable]:
        """All variables."""
        return variables(self.audit)

    @cached_property
    def strength(self) -> Sequence[Association]:
        """How variables go with the label."""
        return associations(self.audit, self.found)

    @property
    def name(self) -> str:
        """The stated name, else that of the file."""
        return self.meta.text("name") or Path(source(self.view)).stem

    @property
    def size(self) -> str:
        """ "1,427 texts in 8 classes"."""
        names = class_names(self.audit)
        return self.view.things + (
            f" in {several(len(names), 'class', 'classes')}" if names else ""
        )

    @property
    def lead(self) -> str:
        """The answer in two sentences."""
        return (
            f"{self.size}. {title(self.view)}; {self.context.shared(sure(self.view))}".rstrip(".")
            + "."
        )

    @property
    def stamp(self) -> str:
        """When it was audited, by which version, with which seed."""
        return stamp(self.view)

    def absent(self) -> list[str]:
        """What of the data cannot be shown, because it is not at hand."""
        said = []
        read = self.audit.info.get("input") or {}
        path = self.audit.data.source.get("path") or read.get("path")
        if path and not Path(str(path)).exists():
            name = Path(str(path)).name
            said.append(
                f"the audited file {name} is not at hand: everything here comes from the audit "
                "folder; its SHA-256 is that of the file that was audited"
            )
        items = self.audit.data.evidence.get("items")
        if items is None:
            said.append("the audit holds no items, so that they cannot be described")
        elif self.context.shown.pictures and not any(v.name == "width" for v in self.found):
            said.append(
                "the pictures are not at hand, so that their size and brightness are missing"
            )
        return said


def card_parts(content: CardContent) -> list[Part]:
    """All parts, in the order of the label; those without content are left out."""
    made = [(key, heading, make(content)) for key, heading, make in PARTS]
    return [Part(key, heading, blocks) for key, heading, blocks in made if blocks]


def to_give(content: CardContent) -> list[str]:
    """What is missing, in sentences."""
    return [_sentence(line) for line in (*content.meta.warnings(), *content.absent())]


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}."


def _missing(content: CardContent) -> list[Block]:
    rows = [
        (one.key, one.means, WHY[wanted]) for wanted in WHY for one in content.meta.missing(wanted)
    ]
    blocks: list[Block] = []
    if rows:
        blocks.append(Words("Nobody has stated these; nothing is guessed.", True))
        blocks.append(Grid(("to state", "what it is", "wanted by"), rows))
    other = [_sentence(line) for line in (*content.meta.unplaced(), *content.absent())]
    return [*blocks, *([Bullets("Not at hand", other)] if other else [])]


def _stated(content: CardContent, part: str) -> dict[str, str]:
    told = {}
    for one in STATED:
        if one.part == part and one.key != "name":
            absent = NOT_STATED if one.wanted in (REQUIRED, RECOMMENDED) else ""
            told[_words(one.key)] = content.meta.text(one.key) or absent
    return told


def _words(key: str) -> str:
    """ "datePublished" -> "date published"."""
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in key)


def _metadata(content: CardContent) -> list[Block]:
    data, info = content.audit.data, content.audit.info
    missing = layout_of(data.labels).rows - content.view.labels
    split = data.evidence.get("split")
    splits = Counter(map(str, split)).most_common(12) if split is not None else ()
    columns = data.source.get("columns")
    has = {
        "items": f"{len(data):,} ({content.view.things})",
        "labels": f"{content.view.labels:,}"
        + (f", {missing:,} missing" if missing else ", none missing"),
        "classes": f"{len(class_names(content.audit)):,}" if class_names(content.audit) else "",
        "splits": ", ".join(f"{short(name, 40)} {n:,}" for name, n in splits),
        "task": str(info.get("task") or data.source.get("task") or ""),
        "columns": facts(columns) if isinstance(columns, Mapping) else "",
    }
    further = content.meta.further
    return [
        Facts({"name": content.name} | _stated(content, "about")),
        Facts(has),
        *([Facts({f"further: {key}": value for key, value in further.items()})] if further else []),
    ]


def _provenance(content: CardContent) -> list[Block]:
    given = content.audit.info.get("input") or {}
    sha = str(given.get("sha256") or content.audit.data.source.get("sha256") or "")
    form = {
        "file": source(content.view) if given.get("path") else "",
        "SHA-256": sha,
        "rows": f"{given['rows']:,}" if isinstance(given.get("rows"), int) else "",
        "format": str(content.audit.data.source.get("form") or ""),
    }
    notes_of = [
        short(content.context.shared(str(one)), 300)
        for one in content.audit.data.source.get("notes", ())
    ]
    return [
        Facts(_stated(content, "provenance")),
        Facts(form),
        Bullets("What was inferred when it was read", notes_of),
    ]


def _variables(content: CardContent) -> list[Block]:
    rows = [
        (
            short(one.name, 40),
            one.role,
            one.kind,
            one.missing,
            one.distinct,
            short(content.meta.columns.get(one.name) or one.note, 160),
        )
        for one in content.found[:WIDE]
    ]
    return [
        Grid(
            ("variable", "role", "kind", "missing", "different", "what it holds"),
            rows,
            (3, 4),
            empty="The audit holds no columns.",
        ),
        *_more(len(content.found), WIDE, "variables"),
    ]


def _more(many: int, most: int, what: str) -> list[Block]:
    return [Words(f"The first {most:,} of {many:,} {what}.", True)] if many > most else []


def _statistics(content: CardContent) -> list[Block]:
    rows = [
        (short(one.name, 40), one.summary())
        for one in content.found[:WIDE]
        if one.kind != TEXT or one.summary()
    ]
    blocks: list[Block] = [
        Grid(("variable", "distribution"), rows, empty="There is no variable to count."),
    ]
    numbers = class_numbers(content.view)
    names = class_names(content.audit)
    if numbers is not None and names:
        order = np.argsort(-numbers.labels, kind="stable")[:CLASSES]
        wrong = [
            f"{int(numbers.wrong[c]):,}" if numbers.counted[c] else "not counted"
            for c in range(len(names))
        ]
        described = any(name in content.meta.classes for name in names)
        blocks.append(
            Grid(
                (
                    "class",
                    "labels",
                    "share",
                    numbers.word,
                    *(["what it means"] if described else []),
                ),
                [
                    (
                        short(names[c], 60),
                        int(numbers.labels[c]),
                        percent(numbers.labels[c] / max(content.view.labels, 1)),
                        wrong[c],
                        *([content.meta.classes.get(names[c], "")] if described else []),
                    )
                    for c in order.tolist()
                ],
                (1, 2, 3),
                "Classes",
            )
        )
        blocks += _more(len(names), CLASSES, "classes")
    return blocks


def _pairs(content: CardContent) -> list[Block]:
    plotted = chosen(content.found, content.strength)
    chart = pair_plots(plotted, content.audit.data.labels)
    if chart is None:
        return []
    numbers = sum(one.kind == NUMBER for one in content.found)
    which = "all numbers" if len(plotted) >= numbers else "those that go best with the label"
    words = (
        f"{which.capitalize()}; below the diagonal up to 250 items, above it Spearman's rank "
        "correlation over all."
    )
    return [Drawing("Pairs of variables", words, chart, "pairs.svg")]


def _correlations(content: CardContent) -> list[Block]:
    told = list(content.strength)
    if not told:
        return []
    words = (
        "0 is no relation, 1 a perfect one; the tick is what one in twenty variables without any "
        "relation reaches. A variable that gives the label away may be a leak."
    )
    rows = [
        (short(one.variable, 40), one.measure, f"{one.value:.3f}", f"{one.chance:.3f}", one.items)
        for one in told[:WIDE]
    ]
    head = ("variable", "measure", "with the label", "by chance up to", "items")
    return [
        Drawing("With the label", words, strengths(told[:20]), "with_label.svg"),
        Grid(head, rows, (2, 3, 4)),
        *_more(len(told), WIDE, "variables"),
    ]


def _quality(content: CardContent) -> list[Block]:
    audit, view = content.audit, content.view
    count = audit.count
    counted = count is not None and count.identified
    blocks: list[Block] = [Words(content.lead)]
    if count is not None:
        blocks.append(
            Facts(
                {
                    "wrong labels": _with_share(count.value, view.labels)
                    if counted
                    else "no count",
                    "interval": f"{round(count.low):,} to {round(count.high):,}"
                    if counted
                    else "none without a review",
                    "level": percent(count.level) if counted else "",
                    "method": count.method,
                    "holds if": count.assumes,
                    "reviewed by people": "yes" if audit.info.get("review") else "no",
                }
            )
        )
    if promise(view):
        blocks.append(Words(promise(view) + "."))
    blocks.append(
        Grid(
            ("known issue", "severity", "items concerned", "share"),
            _issues(content),
            (2, 3),
            empty="No issue was found.",
        )
    )
    blocks.append(
        Words(
            f"Severity: high from {HIGH:.0%} of the items, and where splits share items; medium "
            f"from {MEDIUM:.0%}; else low.",
            True,
        )
    )
    rows = [
        (name.replace("_", " "), _short(m.value), _span(m.low, m.high))
        for name, m in audit.measures.items()
    ]
    if rows:
        blocks.append(Grid(("measure", "value", "interval"), rows, (1,), "Measures"))
    warned = [short(content.context.shared(line), 400) for line in notes(view)]
    return [*blocks, Bullets("Notes", warned)]


def _with_share(many: float, of: int) -> str:
    return f"{round(many):,} ({percent(many / max(of, 1))})"


def _issues(content: CardContent) -> list[tuple[str, str, str, str]]:
    view, n = content.view, max(len(content.audit.data), 1)
    count = content.audit.count
    rows: list[tuple[str, float, int]] = []
    if count is not None and count.identified:
        rows.append(("wrong labels (estimated)", float(count.value), max(view.labels, 1)))
    for finds, n_found, phrase in other_findings(view, disagree=False):
        concerned = {i for f in view.by_kind[finds] for i in (f.item, *f.others)}
        many = n_found if finds == "broken" else len(concerned)  # of each kind of broken items
        what = phrase.removeprefix(f"{n_found:,} ")
        rows.append((what, many, n))
    if view.conflicts:
        groups = [f for f in view.by_kind.get("duplicate", ()) if view.disagree(f)]
        many = len({i for f in groups for i in (f.item, *f.others)})
        rows.append(("duplicates with different labels", many, n))
    leak = sum(view.leaks.values()) > 0
    return [
        (
            what,
            "high"
            if many / of >= HIGH or (leak and what.startswith("duplicate"))
            else "medium"
            if many / of >= MEDIUM
            else "low",
            number(round(many)),
            percent(many / of),
        )
        for what, many, of in rows
    ]


def _short(value: float) -> str:
    return "?" if value != value else f"{value:.3f}" if abs(value) <= 1 else number(value)


def _span(low: float, high: float) -> str:
    return "" if low != low or high != high else f"{_short(low)} to {_short(high)}"


def _uses(content: CardContent) -> list[Block]:
    return [Facts(_stated(content, "uses"))]


def _made(content: CardContent) -> list[Block]:
    audit, info = content.audit, content.audit.info
    rows = [
        (
            name.replace("_", " "),
            thresholds(audit, name),
            content.view.entries[name].paper if name in content.view.entries else "",
        )
        for name in audit.opinions
    ]
    skipped = [
        f"{name.replace('_', ' ')}: {short(content.context.shared(why), 200)}"
        for name, why in audit.skipped.items()
        if not why.startswith(OPT_IN)
    ]
    p_wrong = info.get("p_wrong") or {}
    return [
        Facts(
            {
                "date": str(info.get("at") or ""),
                "versions": facts(info.get("versions")),
                "random seed": str(info["seed"]) if "seed" in info else "",
                "options": facts(info.get("options")),
                "features": facts(info.get("embedder")),
                "probabilities": facts(info.get("model")),
                "neighbours": neighbours_made(audit),
                "P(wrong)": facts({k: p_wrong[k] for k in ("labels", "agreement") if k in p_wrong}),
            }
        ),
        Grid(
            ("auditor", "estimates and thresholds", "paper"),
            [(a, b, short(c, 200)) for a, b, c in rows],
            caption="Auditors",
            empty="No auditor ran.",
        ),
        Bullets("Skipped", skipped),
    ]


def neighbours_made(audit: Audit) -> str:
    """How the neighbours were found, how many, and the recall of the lists."""
    told = facts(audit.info.get("neighbours"))
    near = audit.data.evidence.get("neighbours")
    if isinstance(near, Neighbours):
        exactly = f" (± {percent(near.half_width)}, measured)" if near.half_width else ""
        method = str(near.method) or "given"
        return f"{method}, {near.index.shape[1]:,} each, recall {percent(near.recall)}{exactly}"
    return told


def thresholds(audit: Audit, name: str) -> str:
    """What an auditor tells of itself: numbers, words, and the ends of lists of numbers."""
    told = []
    for key, value in audit.opinions[name].info.items():
        words = key.replace("_", " ")
        if isinstance(value, bool | str | int | float | np.number):
            told.append(f"{words} {facts(value)}")
        elif (
            isinstance(value, np.ndarray)
            and value.dtype.kind == "f"
            and 0 < value.size < len(audit.data)  # of classes, not of items
            and np.isfinite(value).any()
        ):
            low, high = float(np.nanmin(value)), float(np.nanmax(value))
            told.append(f"{words} {number(low)} to {number(high)}")
    return short(", ".join(told), 200)


PARTS: Sequence[tuple[str, str, Callable[[CardContent], list[Block]]]] = (
    ("missing", "To be given", _missing),
    ("metadata", "Metadata", _metadata),
    ("provenance", "Provenance", _provenance),
    ("uses", "Uses and limits", _uses),
    ("variables", "Variables", _variables),
    ("statistics", "Statistics", _statistics),
    ("pairs", "Pair plots", _pairs),
    ("correlations", "Correlations with the label", _correlations),
    ("quality", "Quality", _quality),
    ("how", "How this was made", _made),
)
