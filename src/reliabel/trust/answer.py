"""The answer of an audit to "how many labels are wrong": one of three, never one that reads as
"clean" when that is not known.

- "count": about N are wrong, with an interval and its condition, by the model or by a review.
- "cannot tell": no number can be given: the evidence is weak, or what disagrees with it looks like
  ambiguity or like a pattern that the model repeats.  Labels that look wrong one by one may still
  be listed, and a review of drawn labels gives the number.
- "no sign": no sign of errors, by evidence that was strong enough to show them.

The rules and the figures behind them stand in docs/trust.md, section "Three answers".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reliabel.core.catalogue import catalogue
from reliabel.core.kinds import kind_for, known_labels
from reliabel.core.results import Audit
from reliabel.core.short_repr import by_fields

COUNT, CANNOT_TELL, NO_SIGN = "count", "cannot tell", "no sign"
# Evidence counts as strong enough to show errors from these on.
MANY = 1000  # distinct labels
AGREES = 0.98  # share of the labels that the evidence agrees with
GOOD = 0.95  # share of agreement from which a better model is not asked for
SURE = 0.95  # mean chance of the likeliest class among the surest tenth
EXPLAINS = 0.5  # share of the spread of numbers that predictions must explain for a count
FEW = 0.005  # share of the labels with a P(wrong) of one half or more
NOTHING = (
    "the evidence is strong enough to show plain errors, and shows none; errors that follow a "
    "pattern would not show"
)
LOOKS_WRONG = 0.5  # P(wrong) from which a label looks wrong


@dataclass(frozen=True)
class Answer:
    """What an audit can say about the number of wrong labels.

    ``state`` is "count", "cannot tell" or "no sign"; ``why`` the reason in one sentence;
    ``improve`` what would make the evidence better, one sentence each; ``evidence`` how good the
    evidence is, one sentence, empty where no evidence was weighed; ``suspects`` the number of
    labels that look wrong one by one (P(wrong) of one half or more); ``weak`` whether the evidence
    is too weak to tell.
    """

    state: str
    why: str
    improve: tuple[str, ...] = ()
    evidence: str = ""
    suspects: int = 0
    weak: bool = False

    __repr__ = by_fields


def answer(audit: Audit) -> Answer:
    """Which of the three answers an audit allows, and why."""
    p, count = audit.p_wrong, audit.count
    suspects = 0 if p is None else int((p >= LOOKS_WRONG).sum())
    facts = audit.info.get("p_wrong") or {}
    made = evidence(facts, audit)
    if count is not None and count.identified:
        reviewed = "model" not in count.method
        why = "people judged drawn labels" if reviewed else _shown(facts)
        return Answer(COUNT, why, () if reviewed else _improve(audit, facts), made, suspects)
    if p is None or count is None:
        return Answer(CANNOT_TELL, _not_weighed(audit), _improve(audit, facts), made, suspects)
    state = stated(facts, False, suspects / max(known_labels(audit.data.labels), 1))
    called = kind_for(audit.data.labels).called[1]
    weak = weaknesses(facts, called)
    improve = () if state == NO_SIGN else _improve(audit, facts)
    why = NOTHING if state == NO_SIGN else _open(weak, called)
    return Answer(state, why, improve, made, suspects, bool(weak))


def stated(facts: Mapping[str, Any], identified: bool, suspects: float) -> str:
    """The state by what is known of the evidence (``trust.verdict.facts_of``), whether errors can
    be told from ambiguity, and the share of the labels that look wrong one by one.

    >>> stated({"labels": 2000, "agreement": 0.99, "conf": 1.0, "floor_gain": -9.0}, False, 0.0)
    'no sign'
    >>> stated({"labels": 2000, "agreement": 0.9, "conf": 1.0, "floor_gain": -9.0}, False, 0.0)
    'cannot tell'
    """
    if identified:
        return COUNT
    gain = facts.get("floor_gain")
    strong = (
        (facts.get("labels") or 0) >= MANY
        and (facts.get("agreement") or 0) >= AGREES
        and (facts.get("conf") or 0) >= SURE
    )
    quiet = gain is not None and gain < 0 and suspects <= FEW and not facts.get("fitted")
    return NO_SIGN if strong and quiet else CANNOT_TELL


def _shown(facts: Mapping[str, Any]) -> str:
    if "explained" in facts:
        return "wrong numbers stand out from the scatter of right ones"
    if facts.get("flat"):
        return "labels disagree with the evidence as often where it is sure as elsewhere"
    return "errors stand out from ambiguity"


def _open(weak: list[str], called: str) -> str:
    if weak:
        return f"the evidence is too weak to show how many {called} are wrong: {', '.join(weak)}"
    return (
        "what disagrees with the evidence looks like ambiguity, or like a pattern that the model "
        "repeats (a rule, another model's labels, one person's habit)"
    )


def weaknesses(facts: Mapping[str, Any], called: str = "labels") -> list[str]:
    """Why evidence is weak, one phrase each; nothing where it is not, or where it is not known."""
    size, agreement, conf = (facts.get(name) for name in ("labels", "agreement", "conf"))
    low = []
    explained = facts.get("explained")
    if explained is not None and explained < EXPLAINS:
        low.append(f"predictions explain {100 * max(explained, 0.0):.0f} % of the spread")
    if facts.get("fitted"):
        low.append("its probabilities may be of a model that was fitted to these very labels")
    if size is not None and size < MANY:
        low.append(f"{size:,.0f} distinct {called} (fewer than {MANY:,})")
    if agreement is not None and agreement < 0.55:
        low.append(f"it agrees with {100 * agreement:.0f} % of the {called} (less than 55 %)")
    if conf is not None and conf < 0.8:
        low.append(f"it is {100 * conf:.0f} % sure of the surest tenth (less than 80 %)")
    return low


def evidence(facts: Mapping[str, Any], audit: Audit) -> str:
    """How good the evidence is, in one sentence; empty where that is not known."""
    agreement, explained = facts.get("agreement"), facts.get("explained")
    if explained is not None:
        share, many = 100 * max(explained, 0.0), facts.get("labels") or 0
        return f"predictions explain {share:.0f} % of the spread of {many:,.0f} numbers"
    if agreement is None:
        return ""
    size = facts.get("labels") or known_labels(audit.data.labels)
    called = kind_for(audit.data.labels).called[1]
    return f"the evidence agrees with {100 * agreement:.0f} % of {size:,.0f} {called}"


def _not_weighed(audit: Audit) -> str:
    kind = kind_for(audit.data.labels)
    if kind.p_wrong is None:
        return f"for labels of the kind {kind.name} there is no P(wrong); the ranking stands alone"
    said = [line for line in audit.warnings if line.startswith("no P(wrong)")]
    if said:
        return said[0]
    return "there is no evidence from which P(wrong) could be made"


def _improve(audit: Audit, facts: Mapping[str, Any]) -> tuple[str, ...]:
    """What would make the evidence better, for the kind of data at hand."""
    if kind_for(audit.data.labels).p_wrong == "regions":
        return ("give a better model's probabilities of pixels (probs=, pixel_probs=)",)
    if kind_for(audit.data.labels).p_wrong == "spans":
        own = "give the probabilities of a tagger of your own (probs=)"
        given = (audit.info.get("model") or {}).get("name") == "given"
        return (
            (own,) if given else (own, "let the tagger see a vector of each word (embed='minilm')")
        )
    if kind_for(audit.data.labels).p_wrong == "numbers":
        better = "give predictions of a better model that did not train on the item (predicted=)"
        few = (facts.get("labels") or MANY) < MANY
        return (better, *((f"bring more numbers: {MANY:,} or more",) if few else ()))
    out = _trained_features(audit.info)
    if set(facts.get("tables") or ()) == {"model"}:
        out.append("give features of the items as well (features=), not probabilities alone")
    elif not out:
        out.append("give features of a model that knows such items (features=)")
    if (facts.get("agreement") or 0) < GOOD:
        out.append("give a better model's out-of-sample probabilities (probs=)")
    if (facts.get("labels") or MANY) < MANY:
        out.append(f"bring more labels: {MANY:,} or more tell errors from chance")
    return tuple(out)


def _trained_features(info: Mapping[str, Any]) -> list[str]:
    """The trained model for such items, where a simpler embedder was used and not because it
    describes them better.
    """
    known = {entry.name: entry for entry in catalogue() if entry.verb == "embed"}
    used = known.get(str(info.get("embedder") or "").split(" (")[0])
    if used is None or used.extras:
        return []
    out = []
    for entry in known.values():
        if entry.reads != used.reads or entry.auto_rank <= used.auto_rank:
            continue
        if entry.missing_extras():
            extra = max(entry.extras, key=lambda name: (name == entry.reads, name))
            out.append(f"take the features of a trained network: pip install 'reliabel[{extra}]'")
        elif not info.get("embedder_why"):  # it was asked for by its name
            name = (*entry.also, entry.name)[0]
            out.append(f'take the features of a trained network (embed="{name}")')
    return out
