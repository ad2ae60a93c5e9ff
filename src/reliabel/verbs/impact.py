"""impact: what mending or dropping the labels that look wrong does to a model's score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.call import check_seed, generator
from reliabel.core.dataset import Dataset
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.lift import kind_of
from reliabel.core.results import Audit, Decision, Measure
from reliabel.engine.local import shared_work
from reliabel.folders.audit_folder import load
from reliabel.folders.decisions import resolve
from reliabel.folders.drawn_sample import read_sample
from reliabel.folders.evidence_store import Store
from reliabel.verbs.reviewed import gathered, given_tables
from reliabel.verbs.sample import is_of

if TYPE_CHECKING:
    from reliabel.trust.impact import Judge

NOTHING = (
    "there is nothing untouched to judge on: nobody has decided on a label, and no rows are held "
    "out; what the audit itself suggested cannot judge it. Let people judge labels (reliabel "
    "sample, then verdicts=), or name the split whose labels are right (held_out=)"
)
CHOSEN = (
    "the {n:,} labels that are judged on were chosen by people, not drawn: the differences speak "
    "of them, not of all labels"
)


@shared_work()
def impact(
    audit: Audit | Dataset | str | Path,
    *,
    verdicts: Any = None,
    held_out: str | Sequence[str] | Bools | None = None,
    at: float = 0.5,
    repeats: int = 2,
    embed: str = "auto",
    seed: int = 0,
) -> Measure:
    """What a model gains where the labels with a P(wrong) of ``at`` or more are mended, dropped, or
    as many others dropped by chance; its accuracy is judged on labels that no audit has touched.

    audit: an Audit, its folder, or a Dataset.  P(wrong) is made anew for each split, from the items
        that are learnt from alone, so that no label that is judged on has a part in a suggestion.
    verdicts: people's decisions (a file, a table or a list of them), beside those in the folder;
        labels kept, and those they were changed to, are what is judged on.  Where they are on the
        draw of ``sample`` they are weighted by it, and speak of all labels.
    held_out: instead of verdicts, the name of the split (or several) whose labels are right, or
        (n,) True for such rows; they are never learnt from.  A data set's evidence ``gold`` and
        ``trusted`` is used as verdicts are.
    repeats: how often the items are split into five.  embed: as ``audit`` takes it, where features
        are missing.
    Returns the gain of mending as a Measure with its interval; ``parts`` holds the accuracy of each
    way and the paired differences.
    Raises ValueError where there is nothing untouched to judge on, and for labels other than one
    class an item.
    """
    from reliabel.prepare import prepare
    from reliabel.trust.impact import impact as measured

    check_seed(seed)
    folder = Path(audit) if isinstance(audit, str | Path) else None
    whole = load(audit) if isinstance(audit, str | Path) else audit
    data = whole.data if isinstance(whole, Audit) else whole
    labels = data.labels
    if not isinstance(labels, Classes):
        raise ValueError(f"impact needs one class an item, got {kind_of(labels)}")
    if held_out is None:
        judge, note = _by_people(whole, folder, verdicts)
    else:
        judge, note = _by_rows(data, held_out)
    store = Store(folder)
    made = prepare(data, frozenset({"features"}), embed=embed, store=store, seed=seed)
    features = made.data.evidence.get("features")
    if features is None:
        raise ValueError(
            "impact needs features to fit a model to: give them (features=), or items from which "
            "they can be made"
        )
    found = measured(
        labels,
        features,
        judge,
        at=at,
        repeats=repeats,
        groups=data.evidence.get("groups"),
        rng=generator(seed, "impact"),
    )
    return replace(found, info={**found.info, "judged_on": note})


def _by_rows(data: Dataset, held_out: str | Sequence[str] | Bools) -> tuple[Judge, str]:
    """The rows of a split, or those that are True, as judges that nothing is learnt from."""
    from reliabel.trust.impact import Judge

    assert isinstance(data.labels, Classes)
    y = data.labels.y
    rows = np.asarray(held_out)
    if rows.dtype.kind != "b":
        rows = _rows_of(data, [held_out] if isinstance(held_out, str) else list(held_out))
    if rows.shape != y.shape:
        raise ValueError(
            f"held_out must be the name of a split or one True or False an item, {len(y):,}, got "
            f"shape {rows.shape}"
        )
    truth = np.where(rows, y, -1)
    return Judge(truth, np.ones(len(y)), ~rows), f"{int((truth >= 0).sum()):,} held-out labels"


def _rows_of(data: Dataset, names: Sequence[Any]) -> Bools:
    split = data.evidence.get("split")
    if split is None:
        raise ValueError(
            f"held_out names the split {names[0]!r}, and the data has no splits: name their column "
            "when the data is read (split=)"
        )
    known = [str(one) for one in np.unique(np.asarray(split).astype(str))]
    for name in names:
        if str(name) not in known:
            raise ValueError(
                f"there is no split {str(name)!r} to hold out; splits: {', '.join(known)}"
            )
    return np.isin(np.asarray(split).astype(str), [str(name) for name in names])


def _by_people(whole: Audit | Dataset, folder: Path | None, verdicts: Any) -> tuple[Judge, str]:
    """The labels that people judged, with the weights of the draw where they were drawn."""
    from reliabel.trust.impact import LEAST, Judge

    data = whole.data if isinstance(whole, Audit) else whole
    decisions = [] if folder is None else gathered(data, folder, None).all
    decisions += [one for table in given_tables(data, verdicts) for one in table.decisions]
    truth = _truth(data, decisions)
    if not (truth >= 0).any():
        raise ValueError(NOTHING)
    everything = np.ones(len(truth), dtype=bool)
    weight = _drawn(whole, folder, len(truth))
    judged = (truth >= 0) & (weight > 0)
    if judged.sum() >= LEAST:
        note = f"{int(judged.sum()):,} drawn labels that people judged, weighted by the draw"
        return Judge(truth, weight, everything), note
    many = int((truth >= 0).sum())
    note = CHOSEN.format(n=many) if decisions else f"{many:,} labels whose truth is known"
    return Judge(truth, np.ones(len(truth)), everything), note


def _truth(data: Dataset, decisions: list[Decision]) -> Ints:
    """(n,) the true class as far as people or the evidence say it, -1 elsewhere; a new class that
    people named is none that a model can give.
    """
    labels = data.labels
    assert isinstance(labels, Classes)
    truth = np.full(len(labels), -1, dtype=np.int64)
    gold, trusted = data.evidence.get("gold"), data.evidence.get("trusted")
    if trusted is not None:
        truth = np.where(trusted, labels.y, truth)
    if gold is not None:
        truth = np.where(np.asarray(gold) >= 0, gold, truth)
    settled = resolve(data, decisions, new_classes=True)
    code = {name: c for c, name in enumerate(labels.names)}
    for item, _ in settled.right:
        truth[item] = labels.y[item]
    for (item, _), name in settled.change.items():
        truth[item] = code.get(str(name), -1)
    return truth


def _drawn(whole: Audit | Dataset, folder: Path | None, n: int) -> Floats:
    """(n,) what each label stands for by the draw in the folder: the draws that took it, each by
    one over its chance; 0 for labels that were not drawn.
    """
    held = None if folder is None else read_sample(folder)
    if held is None or not isinstance(whole, Audit) or not is_of(held, whole):
        return np.zeros(n)
    return np.asarray(np.bincount(held.unit, 1 / held.q, minlength=n), dtype=float)
