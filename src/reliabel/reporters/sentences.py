"""The result of an audit in sentences: the answer, its uncertainty, other findings, the next step.

The text summary and the page share them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

import numpy as np

from reliabel.core import kinds
from reliabel.core.catalogue import Entry, catalogue
from reliabel.core.kinds import flat, item_value, known_labels
from reliabel.core.labels import Classes
from reliabel.core.results import Audit, Finding, Suspicion
from reliabel.reporters.charts import ROUND
from reliabel.reporters.shell import about, day, number, percent, several, short
from reliabel.trust.answer import NO_SIGN, Answer, answer

OPT_IN = ("optional:", "experimental:")  # how it is said that an auditor runs by name alone
NOT_A_COUNT = "not a count of errors"
THINGS = {"text": "text", "image": "picture", "table": "row"}
ORDER = ("label", "duplicate", "outlier", "open set", "broken")
BROKEN = {  # kinds of broken things that are no adjectives
    "encoding": "{} with damaged characters",
    "control characters": "{} with control characters",
    "picture": "{} that cannot be used",
    "no values": "{} without values",
    "features": "{} whose features say nothing",
    "all the same": "all texts are the same",
}
ENOUGH = 0.75  # share of the wrong labels that the sentence about reviewing aims at


@dataclass(frozen=True, eq=False)
class AuditView:
    """An audit with the derived facts that several sentences need."""

    audit: Audit

    @cached_property
    def thing(self) -> str:
        """What an item is called: text, picture, row, item."""
        task = (
            self.audit.data.source.get("task")
            or str(self.audit.info.get("task") or "").split(" ")[0]
        )
        return THINGS.get(str(task), "item")

    @property
    def things(self) -> str:
        """ "25,000 texts"."""
        return several(len(self.audit.data), self.thing)

    @cached_property
    def given(self) -> Classes | None:
        """One class per unit, where the kind of labels has classes."""
        return flat(self.audit.data.labels)

    @cached_property
    def labels(self) -> int:
        """The number of labels without the missing ones."""
        return known_labels(self.audit.data.labels)

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Catalogue entries of auditors and measures by name."""
        return {entry.name: entry for entry in catalogue() if entry.verb in ("audit", "measure")}

    @property
    def plural(self) -> str:
        """What labels are called: labels, boxes, regions."""
        return kinds.kind_for(self.audit.data.labels).called[1]

    def many(self, count: int) -> str:
        """ "25,000 labels"."""
        return several(count, *kinds.kind_for(self.audit.data.labels).called)

    def finds(self, auditor: str) -> str:
        """What an auditor finds; for one that is not in the catalogue, what its findings are."""
        if auditor in self.entries:
            return self.entries[auditor].finds
        word = self.audit.opinions[auditor]
        own = "label" if isinstance(word, Suspicion) and word.suggest is not None else ""
        return next(
            (finding.finds for finding in self.audit.findings if auditor in finding.by), own
        )

    @cached_property
    def label_auditors(self) -> tuple[str, ...]:
        """The auditors of labels that ran."""
        return tuple(
            name
            for name, word in self.audit.opinions.items()
            if isinstance(word, Suspicion) and self.finds(name) == "label"
        )

    @cached_property
    def flagger(self) -> str | None:
        """The auditor whose flags make the headline until there is P(wrong)."""
        with_flags = [
            name
            for name in self.label_auditors
            if isinstance(word := self.audit.opinions[name], Suspicion) and word.flag is not None
        ]
        explained = [name for name in with_flags if self.flags_mean(name)]
        return next(iter(explained + with_flags), None)

    def flags_mean(self, auditor: str) -> str:
        """What a flag of this auditor means, by its own file; empty where it does not say."""
        entry = self.entries.get(auditor)
        return "" if entry is None else entry.flags

    @cached_property
    def flagged(self) -> int:
        """The number of labels that this auditor flags."""
        word = self.audit.opinions[self.flagger] if self.flagger else None
        return int(word.flag.sum()) if isinstance(word, Suspicion) and word.flag is not None else 0

    @cached_property
    def by_kind(self) -> Mapping[str, Sequence[Finding]]:
        """Findings by what they are: label, duplicate, outlier, broken, ..."""
        groups: dict[str, list[Finding]] = {}
        for finding in self.audit.findings:
            groups.setdefault(finding.finds, []).append(finding)
        return groups

    @property
    def suspects(self) -> int:
        """The number of labels with P(wrong) of at least one half."""
        return 0 if self.audit.p_wrong is None else int((self.audit.p_wrong >= 0.5).sum())

    def splits(self, finding: Finding) -> tuple[str, ...]:
        """The splits that a finding's items come from, train first."""
        split = self.audit.data.evidence.get("split")
        if split is None:
            return ()
        names = {str(split[item]) for item in (finding.item, *finding.others)}
        return tuple(sorted(names, key=lambda name: (not name.lower().startswith("train"), name)))

    @cached_property
    def leaks(self) -> Counter[tuple[str, ...]]:
        """Tuple of splits -> number of duplicate groups with items in all of them."""
        across = (self.splits(finding) for finding in self.by_kind.get("duplicate", ()))
        return Counter(names for names in across if len(names) > 1)

    def disagree(self, finding: Finding) -> bool:
        """Whether the items of a duplicate group carry different labels; those without one, and
        kinds of labels that have no value for an item, disagree with none.
        """
        labels = self.audit.data.labels
        values = [item_value(labels, item) for item in (finding.item, *finding.others)]
        known = [value for value in values if value is not None]
        return any(value != known[0] for value in known)

    @cached_property
    def conflicts(self) -> int:
        """The number of duplicate groups whose items carry different labels."""
        return sum(map(self.disagree, self.by_kind.get("duplicate", ())))


def title(view: AuditView) -> str:
    """The answer in one sentence."""
    count, n = view.audit.count, view.labels
    if count is not None and count.identified:
        return (
            f"About {about(count.value)} of {n:,} {view.plural} look wrong "
            f"({percent(count.value / max(n, 1))})"
        )
    if count is not None:
        return _no_count(view, answer(view.audit))
    if view.flagger is not None:
        many = view.many(view.flagged) if view.flagged else f"No {view.plural}"
        return f"{many} flagged by {view.flagger.replace('_', ' ')} ({NOT_A_COUNT})"
    if view.label_auditors:
        return (
            f"{view.many(len(view.by_kind.get('label', ())))} to look at first, of {n:,} "
            f"({NOT_A_COUNT})"
        )
    return f"No label was judged: {view.many(n)}, {view.things}"


def sure(view: AuditView) -> str:
    """The uncertainty of the answer, and its condition."""
    count, n = view.audit.count, view.labels
    if count is not None and count.identified:
        return f"{span(count.low, count.high)} if {count.assumes}; {checked(view)}"
    if count is not None:
        return evidence_in_words(view, answer(view.audit))
    if view.flagger and view.flags_mean(view.flagger):
        if not view.flagged and view.entries[view.flagger].no_flags:
            return view.entries[view.flagger].no_flags.format(labels=view.many(n))
        return (
            f"{percent(view.flagged / max(n, 1))} of {view.many(n)}. "
            f"{view.flags_mean(view.flagger)} How many are wrong only a look can tell: start with "
            "the first in the list."
        )
    if view.label_auditors:
        return (
            "They are ranked by how suspect the auditors find them; how many are wrong only a look "
            "can tell."
        )
    return "See below which auditors were skipped, and why."


def _no_count(view: AuditView, said: Answer) -> str:
    """The answer where P(wrong) gives no count; never one that reads as "clean"."""
    if said.state == NO_SIGN:
        return f"No sign of errors among {view.many(view.labels)}"
    which = f"Cannot say how many of {view.many(view.labels)} are wrong"
    if said.weak:
        return f"{which}: the evidence is weak"
    look = "looks" if said.suspects == 1 else "look"
    return f"{which}: {said.suspects:,} {look} wrong" if said.suspects else which


def evidence_in_words(view: AuditView, said: Answer) -> str:
    """How good the evidence is, why there is no count, and what settles it."""
    look = f"look at 100 drawn {view.plural} to know (reliabel sample)"
    lines = [said.evidence, said.why, look]
    if said.suspects and said.weak:
        many = view.many(said.suspects)
        lines.insert(2, f"{many} with a P(wrong) of .5 or more: many of them may be right")
    return " ".join(f"{line[:1].upper()}{line[1:]}." for line in lines if line)


def checked(view: AuditView) -> str:
    """Whether the count has been checked by a review."""
    count = view.audit.count
    if count is not None and "model" not in count.method:
        return f"{percent(count.level)} interval, checked by review"
    return "checked by no review: look at 100 drawn ones to know (reliabel sample)"


def span(low: float, high: float) -> str:
    """An interval of counts.

    >>> span(400.3, 1600.0), span(0, 7)
    ('400-1,600', '0-7')
    """
    return f"{about(low)}-{about(high)}"


def promise(view: AuditView) -> str:
    """What a review would yield: "Reviewing the first 1,000 should find 78 % of them (70-86 %)".

    The number of reviews is the smallest round one that finds three quarters.
    """
    budget = view.audit.budget
    if (
        budget is None
        or not len(budget.k)
        or view.audit.count is None
        or not view.audit.count.identified
    ):
        return ""
    k = np.r_[0.0, np.asarray(budget.k, dtype=np.float64)]
    marks = [mark for mark in ROUND if mark <= k[-1]] or [int(k[-1])]
    best = next(
        (mark for mark in marks if np.interp(mark, k[1:], budget.found) >= ENOUGH), marks[-1]
    )
    found, low, high = (
        float(np.interp(best, k, np.r_[0.0, side]))
        for side in (budget.found, budget.low, budget.high)
    )
    band = f"{percent(low).removesuffix(' %')}-{percent(high)}"
    return f"Reviewing the first {best:,} should find {percent(found)} of them ({band})"


def agreement(view: AuditView) -> str:
    """How far the auditors agree on the labels that look wrong, "" where there is but one or where
    nothing looks wrong: "All 5 auditors agree on 213 of the 812 labels that look wrong, 2 to 4 on
    401"; each points as ``core.agreeing`` says.
    """
    of = len(view.label_auditors)
    listed = view.by_kind.get("label", ())
    look = [f for f in listed if f.agree is not None and (f.p_wrong or 0.0) >= 0.5]
    if of < 2 or not look:
        return ""
    every = sum(len(f.by) >= of for f in look)
    some = sum(2 <= len(f.by) < of for f in look)
    between = "2" if of == 3 else f"2 to {of - 1}"
    rest = f", {between} of them on {some:,}" if of > 2 and some else ""
    first = f"{'Both' if of == 2 else f'All {of}'} auditors agree on {every:,}"
    which = several(len(look), "label that looks wrong", "labels that look wrong")
    return f"{first} of {which}{rest}"


def notes(view: AuditView) -> list[str]:
    """The warnings that the answer does not repeat."""
    count = view.audit.count
    shown: tuple[str, ...] = ()
    if count is not None and not count.identified:
        shown = ("no errors that can be told from ambiguity", "weak evidence")
    elif view.audit.info.get("review"):  # people have told
        shown = ("no errors that can be told from ambiguity",)
    return [line for line in view.audit.warnings if not line.lower().startswith(shown)]


def also(view: AuditView) -> list[str]:
    """Findings other than labels, one phrase each."""
    return [phrase for _, _, phrase in other_findings(view)]


def other_findings(view: AuditView, *, disagree: bool = True) -> list[tuple[str, int, str]]:
    """Findings other than labels: what they are about, how many, and both in words.

    disagree: also how many duplicate groups carry different labels.
    """
    told: list[tuple[str, int, str]] = []
    for finds in sorted(
        view.by_kind, key=lambda kind: ORDER.index(kind) if kind in ORDER else len(ORDER)
    ):
        findings = view.by_kind[finds]
        if finds == "duplicate":
            told.append((finds, len(findings), _duplicates(view, len(findings), disagree)))
        elif finds == "broken":
            kinds = Counter(finding.kind or "broken" for finding in findings)
            told += [(finds, n, _broken(view, kind, n)) for kind, n in kinds.most_common(4)]
        elif finds == "open set":
            look = "looks" if len(findings) == 1 else "look"
            what = f"{several(len(findings), view.thing)} that {look} like none of the classes"
            told.append((finds, len(findings), what))
        elif finds != "label":
            told.append((finds, len(findings), several(len(findings), finds)))
    return told


def _duplicates(view: AuditView, n: int, disagree: bool) -> str:
    leak = sum(view.leaks.values())
    where = "/".join(next(iter(view.leaks))) if len(view.leaks) == 1 else "splits"
    parts = [
        f"{view.conflicts:,} with different labels" if disagree and view.conflicts else "",
        f"{leak:,} across {where}" if leak else "",
    ]
    told = ", ".join(filter(None, parts))
    return several(n, "duplicate group") + (f" ({told})" if told else "")


def _broken(view: AuditView, kind: str, n: int) -> str:
    if kind in BROKEN:
        return BROKEN[kind].format(several(n, view.thing))
    return several(n, f"{kind} {view.thing}")


def conflicts(view: AuditView) -> str:
    """How many groups of the same thing carry different labels, "" where none does: at least one
    label of each is wrong, or no label can be right.
    """
    if not view.conflicts:
        return ""
    one = view.conflicts == 1
    return (
        f"{several(view.conflicts, 'group')} of duplicates {'disagrees' if one else 'disagree'}: "
        f"the same {view.thing} with different labels"
    )


def source(view: AuditView) -> str:
    """The name of what was audited."""
    path = (view.audit.info.get("input") or {}).get("path") or view.audit.data.source.get("path")
    return PurePath(str(path)).name if path else "labels"


def next_command(folder: str) -> str:
    """What to type after looking at the findings."""
    return f"reliabel apply {folder} --decisions decisions.csv -o mended.csv"


def stamp(view: AuditView) -> str:
    """When, by which version, with which seed."""
    info = view.audit.info
    when = info.get("at")
    version = (info.get("versions") or {}).get("reliabel")
    parts = [
        f"audited {day(when)}" if when else "",
        f"reliabel {version}" if version else "",
        f"seed {info['seed']}" if "seed" in info else "",
    ]
    return " · ".join(part for part in parts if part)


def facts(value: Any) -> str:
    """A nested mapping of facts as one line: {"name": "x", "accuracy": .88} -> "x, accuracy 0.88".

    >>> facts({"name": "logistic regression", "accuracy": 0.8812, "folds": 5, "note": None})
    'logistic regression, accuracy 0.881, folds 5'
    """
    if isinstance(value, Mapping):
        shown = [(str(key), facts(inner)) for key, inner in value.items() if inner is not None]
        return ", ".join(
            text if key in ("name", "method") else f"{key.replace('_', ' ')} {text}"
            for key, text in shown
            if text
        )
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | float | np.number):
        return number(float(value))
    if isinstance(value, list | tuple | np.ndarray):
        return short(", ".join(facts(inner) for inner in list(value)[:12]), 200)
    return "" if value is None else short(value, 200)


def class_names(audit: Audit) -> tuple[str, ...]:
    """The names of the classes that people gave (for several labels per item, of the questions
    asked).
    """
    return kinds.class_names(audit.data.labels)
