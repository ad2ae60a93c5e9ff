"""The paragraph on an audit that a paper can quote: Markdown with citation keys, or LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable

from reliabel.core.results import Audit
from reliabel.reporters.bibliography import Paper, bib, latex, of_entries
from reliabel.reporters.card_blocks import plain_markdown
from reliabel.reporters.card_parts import CardContent, neighbours_made
from reliabel.reporters.sentences import facts, other_findings
from reliabel.reporters.shell import about, day, percent

OWN = "reliabel"
OPEN, CLOSE = "\ue000", "\ue001"  # around citation keys; no text of people holds them
CITE = re.compile(f"{OPEN}(.*?){CLOSE}")


def markdown(content: CardContent) -> str:
    """The paragraph in Pandoc's Markdown: [@key; @key]."""
    return _written(content, plain_markdown, lambda keys: f"[{'; '.join('@' + k for k in keys)}]")


def tex(content: CardContent) -> str:
    """The paragraph in LaTeX: \\cite{key,key}."""
    return _written(content, latex, lambda keys: rf"\cite{{{','.join(keys)}}}")


def references(content: CardContent) -> str:
    """The .bib file with every key of the paragraph."""
    version = str((content.audit.info.get("versions") or {}).get("reliabel") or "")
    return bib([paper for some in _papers(content).values() for paper in some], version)


def _papers(content: CardContent) -> dict[str, tuple[Paper, ...]]:
    known = content.view.entries
    ran = [*content.audit.opinions, *content.audit.measures]
    return of_entries(known[name] for name in ran if name in known)


def _written(
    content: CardContent, plain: Callable[[str], str], cite: Callable[[list[str]], str]
) -> str:
    """The sentences with texts made plain and citation keys set."""
    out = []
    for sentence in _sentences(content):
        parts = CITE.split(sentence)
        told = [
            cite(part.split()) if odd % 2 else plain(f"x{part}x")[1:-1]
            for odd, part in enumerate(parts)
        ]
        out.append("".join(told).strip())
    return " ".join(out) + "\n"


def _sentences(content: CardContent) -> list[str]:
    audit = content.audit
    return [
        one
        for one in (
            _who(content),
            _evidence(audit),
            _auditors(content),
            *_answer(content),
            _faults(content),
        )
        if one
    ]


def _who(content: CardContent) -> str:
    info = content.audit.info
    version = (info.get("versions") or {}).get("reliabel")
    told = f"We audited the labels of {_own(content.name)} ({content.size}) with Reliabel"
    told += f" {version}" if version else ""
    told += f" {OPEN}{OWN}{CLOSE}"
    told += f" on {day(info['at'])}" if info.get("at") else ""
    return told + (f" (random seed {info['seed']})." if "seed" in info else ".")


def _own(text: str) -> str:
    """A text of people without the signs that we set."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def _evidence(audit: Audit) -> str:
    info, said = audit.info, []
    if info.get("embedder"):
        said.append(f"features of the items came from {facts(info['embedder']).replace('_', ' ')}")
    model = info.get("model")
    if isinstance(model, dict) and model.get("name"):
        folds = f" over {model['folds']} folds" if model.get("folds") else ""
        agree = model.get("accuracy")
        held = (
            f" (agreement with the given labels {percent(agree)})"
            if isinstance(agree, float)
            else ""
        )
        said.append(f"out-of-fold class probabilities came from {model['name']}{folds}{held}")
    if neighbours_made(audit):
        said.append(
            f"nearest neighbours were searched by cosine similarity ({neighbours_made(audit)})"
        )
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _auditors(content: CardContent) -> str:
    found = _papers(content)
    named = []
    for name in content.audit.opinions:
        keys = list(dict.fromkeys(paper.key for paper in found.get(name, ())))
        cited = f" {OPEN}{' '.join(keys)}{CLOSE}" if keys else ""
        named.append(f"{name.replace('_', ' ')}{cited}")
    if not named:
        return ""
    last = f" and {named[-1]}" if len(named) > 1 else named[-1]
    return f"The auditors were {', '.join(named[:-1])}{last}."


def _answer(content: CardContent) -> list[str]:
    audit, view = content.audit, content.view
    count, labels = audit.count, view.labels
    if count is None or not count.identified:
        flagged = (
            f"; {view.suspects:,} of {labels:,} labels are more likely wrong than right"
            if audit.p_wrong is not None
            else ""
        )
        return [f"The number of wrong labels could not be estimated without a review{flagged}."]
    reviewed = audit.info.get("review")
    how = (
        "from the verdicts of people on labels drawn with known probabilities"
        if reviewed
        else "from the calibrated chance of each label to be wrong, without a review by people"
    )
    ends = f"{percent(count.level)} interval {about(count.low)} to {about(count.high)}"
    return [
        f"An estimated {about(count.value)} of {labels:,} labels are wrong "
        f"({percent(count.value / max(labels, 1))}; {ends}), {how}.",
        f"The interval holds if {count.assumes}.",
    ]


def _faults(content: CardContent) -> str:
    found = [phrase for _, _, phrase in other_findings(content.view)]
    if not found:
        return ""
    text = ", ".join(found[:-1]) + (f" and {found[-1]}" if len(found) > 1 else found[-1])
    return f"The audit also found {text}."
