"""The next step after an audit, chosen by its state: a command that can be pasted as it is.

No command names a file that does not exist, and none writes over one that does.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reliabel.core.kinds import kind_for
from reliabel.reporters.sentences import AuditView
from reliabel.trust.answer import COUNT, answer

DRAWN = 100  # labels of the first draw
SHEET, CLEAN = "to_review.csv", "mended"
KEPT = "verdicts.jsonl"  # what people judged in reviews of the audit
ROLES = frozenset(["label", "text", "image", "id", "split", "group"])  # options of the command
PLACE = "labels.audit"  # a folder for an audit that was not kept in one


@dataclass(frozen=True)
class NextStep:
    """A ``command`` to paste, and ``why`` one would: a sentence without a full stop."""

    command: str
    why: str


def next_steps(view: AuditView, folder: str | Path | None) -> tuple[NextStep, ...]:
    """What to do next, the most useful first.

    folder: where the audit is kept, as people wrote it; None where it is kept in no folder, and
        then the step is to keep it (Python).
    """
    if folder is None or not str(folder):
        return (_keep(),)
    place = Path(folder)
    if not _holds(place, "sample.json"):
        return tuple(_before_review(view, place))
    judged = (view.audit.info.get("review") or {}).get("of", 0)
    if judged < _drawn(place):  # never judged, or gone on with since
        return tuple(_to_judge(view, place))
    return tuple(_after_review(view, place))


def apply_step(view: AuditView, folder: str | Path | None, decisions: str) -> NextStep:
    """How decisions that were made in the page come into the data."""
    out = _new_file(view)
    if folder is None or not str(folder):
        return NextStep(
            f'reliabel.apply(audit, decisions="{decisions}", out="{out}")',
            f"put {decisions} where you work, then in Python",
        )
    return NextStep(
        _words("reliabel", "apply", folder, "--decisions", decisions, "-o", out),
        f"put {decisions} beside the audit, then",
    )


def _keep() -> NextStep:
    return NextStep(
        f'reliabel.save(audit, "{PLACE}")',
        "keep the audit in a folder, from which labels can be drawn for a review",
    )


def _before_review(view: AuditView, folder: Path) -> Iterator[NextStep]:
    if _can_be_drawn(view):
        yield NextStep(
            _words("reliabel", "sample", folder, "--n", DRAWN, "-o", unused(SHEET)),
            f"draw {DRAWN} labels for people to judge; their verdicts say how many are wrong",
        )
    if _may_be_changed(view):
        yield _automatic(view, folder)


def _to_judge(view: AuditView, folder: Path) -> Iterator[NextStep]:
    sheet = _sheet(folder)
    if sheet is None:
        yield NextStep(
            _words("reliabel", "sample", folder, "--n", _drawn(folder), "-o", unused(SHEET)),
            "write the drawn labels again, fill in verdict and label, then audit with the file as "
            "verdicts",
        )
        return
    yield NextStep(
        _again(view, folder, sheet),
        f"fill in verdict (keep, change, drop, unsure) and label in {sheet}, then count",
    )


def _after_review(view: AuditView, folder: Path) -> Iterator[NextStep]:
    decided = _decided(folder)
    if decided is not None:
        out = _new_file(view)
        yield NextStep(
            _words("reliabel", "apply", folder, "--decisions", decided, "-o", out),
            "write the data anew with what people decided",
        )
    more = 2 * _drawn(folder)
    yield NextStep(
        _words("reliabel", "sample", folder, "--n", more, "-o", unused(SHEET)),
        f"go on with the draw to {more} labels, which narrows the interval",
    )
    if _may_be_changed(view):
        yield _automatic(view, folder)


def _may_be_changed(view: AuditView) -> bool:
    """Whether changes without a person are worth proposing: where nothing can be counted, the share
    of them that is right is not known either.
    """
    sure = view.audit.p_suggest is not None  # of numbers nobody knows which suggestion is right
    return sure and view.audit.suggest is not None and answer(view.audit).state == COUNT


def _automatic(view: AuditView, folder: Path) -> NextStep:
    return NextStep(
        _words("reliabel", "apply", folder, "--auto", "0.95", "-o", _new_file(view)),
        "change the surest labels without a person, of which the model expects 95 % to be right",
    )


def _can_be_drawn(view: AuditView) -> bool:
    how = kind_for(view.audit.data.labels).p_wrong
    return view.audit.p_wrong is not None or how is None or how == "numbers"


def _again(view: AuditView, folder: Path, sheet: str) -> str:
    """The same audit with verdicts, in the words that made it as far as they are known."""
    said = view.audit.info.get("command")
    words = list(said) if isinstance(said, Sequence) and not isinstance(said, str) else None
    if words is None:
        words = ["reliabel", "audit", *_described(view), "-o", str(folder)]
    return _words(*_without(words, "--verdicts"), "--verdicts", sheet)


def _described(view: AuditView) -> list[str]:
    source: Mapping[str, Any] = view.audit.data.source
    words = [_input(view) or "FILE"]
    for role, column in (source.get("columns") or {}).items():
        if role in ROLES:
            for name in [column] if isinstance(column, str) else list(column):
                words += [f"--{role}", str(name)]
    return words


def _without(words: Sequence[str], option: str) -> list[str]:
    out: list[str] = []
    skip = False
    for word in words:
        if not skip and word != option and not word.startswith(f"{option}="):
            out.append(word)
        skip = not skip and word == option
    return out


def _sheet(folder: Path) -> str | None:
    """The file of a draw that people fill in, the last that is still there; None where it is not
    known or gone.
    """
    written = _card(folder).get("sheets")
    for name in reversed(written if isinstance(written, list) else []):
        if Path(str(name)).is_file():
            return _near(Path(str(name)))
    return next((str(one) for one in (Path(SHEET), folder / SHEET) if one.is_file()), None)


def _near(path: Path) -> str:
    """A path as people would write it: relative where it lies below the working folder."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _decided(folder: Path) -> str | None:
    """A file of decisions that exists: those of the folder, else the verdicts of the review."""
    inside = sorted(folder.glob("decisions.*")) if folder.is_dir() else []
    kept = folder / KEPT
    return str(inside[0]) if inside else str(kept) if kept.is_file() else _sheet(folder)


def _drawn(folder: Path) -> int:
    """How many draws the folder holds."""
    return int(_card(folder).get("n") or DRAWN)


def _card(folder: Path) -> Mapping[str, Any]:
    """What sample.json says; nothing where there is none that can be read."""
    for place in (folder / ".next" / "sample.json", folder / "sample.json"):
        if place.is_file():
            try:
                held = json.loads(place.read_text(encoding="utf-8"))
            except ValueError:
                return {}
            return held if isinstance(held, dict) else {}
    return {}


def _holds(folder: Path, name: str) -> bool:
    return (folder / name).is_file() or (folder / ".next" / name).is_file()


def _new_file(view: AuditView) -> str:
    """A name for the mended data, beside nothing that exists: reviews.mended.csv."""
    path = _input(view)
    name = Path(path) if path else Path("labels.csv")
    suffix = name.suffix if name.suffix and not name.is_dir() else ".csv"
    return unused(f"{name.name.removesuffix(name.suffix)}.{CLEAN}{suffix}")


def unused(name: str) -> str:
    """A file name that nothing has yet, counted on where something has it."""
    path, number = Path(name), 1
    while path.exists():
        number += 1
        path = Path(name).with_name(f"{Path(name).stem}_{number}{Path(name).suffix}")
    return str(path)


def _input(view: AuditView) -> str:
    """The path of what was audited, as people wrote it; empty for arrays and tables."""
    said = view.audit.info.get("input") or {}
    return str(view.audit.data.source.get("path") or said.get("path") or "")


def _words(*words: object) -> str:
    return shlex.join(str(word) for word in words)
