"""evaluate: which model is better on a test whose labels are partly wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.call import check_seed, generator
from reliabel.core.dataset import Dataset
from reliabel.core.evaluation import Evaluation, ModelPair, ModelScore
from reliabel.core.given_labels import labels_of
from reliabel.core.labels import Bools, Classes, Floats, Ints
from reliabel.core.lift import kind_of
from reliabel.core.results import Audit, Prediction
from reliabel.engine.local import shared_work
from reliabel.folders.audit_folder import load
from reliabel.reading.predictions import codes_of, predictions_of
from reliabel.verbs.evaluated_reviews import Reviews, pair_name, reviews_of

if TYPE_CHECKING:
    from reliabel.trust.evaluation import Looks

MOST_PAIRS = 10  # models of which every pair is compared; of more the best two of the estimate
NO_P = (
    "there is no P(wrong), so that reviews are helped by the given labels alone: audit the test "
    "and name its folder (audit=)"
)


@shared_work()
def evaluate(
    predictions: Any,
    *,
    audit: Audit | Dataset | str | Path | None = None,
    labels: Any = None,
    verdicts: Any = None,
    n: int = 0,
    out: str | Path | None = None,
    who: str | None = None,
    seed: int = 0,
) -> Evaluation:
    """How many predictions of each model are truly right, and which model is better.

    predictions: of one model or of several: a mapping from names to predictions, or a list of
        files, each named by its stem.  Each is what ``rl.predict`` returned, a table with the ids
        of the items and a column of predictions, or an array of classes or probabilities.
    audit: of the test: an Audit, its folder, or a Dataset.  Reviews of the folder count, those
        drawn by chance (``next``, ``sample``) as evidence on all labels, others as known items.
    labels: without an audit, the labels of the test.
    verdicts: people's decisions on chosen labels (a file, a table or a list of them), beside those
        in the folder.
    n, out, who: hand out ``n`` labels to ``who``, drawn among the items on which the two best
        models differ, and write them to ``out`` for people to judge (then ``decide``); the draws
        are in the folder's log before anything is written.  All other items say nothing of which
        model is better.
    Without drawn reviews there are estimates and no intervals.
    Raises ValueError for labels other than one class an item, and for predictions that do not
    cover the test.

    >>> import numpy as np, reliabel as rl
    >>> given = ["cat", "dog"] * 50
    >>> told = rl.evaluate({"all cats": ["cat"] * 100}, labels=given)
    >>> told.models[0].given, told.best.name
    (0.5, 'all cats')
    """
    check_seed(seed)
    whole, data, folder = _opened(audit, labels)
    if not isinstance(data.labels, Classes):
        raise ValueError(f"evaluate needs one class an item, got {kind_of(data.labels)}")
    if not len(data.labels) or not (data.labels.y >= 0).any():
        raise ValueError("the test has no label to hold predictions against")
    notes: list[str] = []
    named = {
        name: predictions_of(value, data, name, notes)
        for name, value in named_predictions(predictions).items()
    }
    codes, names = codes_of(named.values(), data.labels.names)
    reviews = reviews_of(whole, data, folder, verdicts, names)
    known = data.labels.y >= 0
    p = whole.p_wrong if isinstance(whole, Audit) else None
    if p is None:
        notes.append(NO_P)
    doubt = np.zeros(len(known)) if p is None else np.where(np.isfinite(p), p, 0.0)
    test = _Test(data.labels.y, doubt, known, [*named], codes, len(names), reviews)
    found = _evaluated(test, p is not None, [*notes, *reviews.notes], seed)
    if not n and out is None:
        return found
    return _handed_out(found, test, folder, n or 50, out, who)


def _handed_out(
    found: Evaluation,
    test: _Test,
    folder: Path | None,
    n: int,
    out: str | Path | None,
    who: str | None,
) -> Evaluation:
    """The evaluation with a batch of labels on which the two best models differ."""
    from reliabel.review.batches import hand_out
    from reliabel.review.opening import open_log

    if folder is None:
        raise ValueError(
            "draws are kept in the folder of an audit; save the audit first (rl.save), then give "
            "the folder (audit=)"
        )
    if not found.pairs:
        raise ValueError("there is one model alone, so that nothing differs; give two or more")
    best = found.pairs[0]
    one, two = (test.names.index(name) for name in (best.first, best.second))
    part = test.rows[test.predicted[one] != test.predicted[two]]
    if not len(part):
        raise ValueError(f"{best.first} and {best.second} predict the same on every item")
    opened = open_log(folder)
    name = pair_name(part)
    opened.log.fix_population(name, part, f"{best.first} and {best.second} differ")
    made = hand_out(opened.audit, opened.log, n=n, out=out, who=who, population=name)
    batch = {
        "population": name,
        "labels": made.labels,
        "held": made.held,
        "out": made.out,
        "rows": made.rows,
        "of": len(part),
        "models": [best.first, best.second],
    }
    return replace(found, info={**found.info, "batch": batch})


def named_predictions(value: Any) -> dict[str, Any]:
    """Predictions by the names of their models.

    >>> list(named_predictions(["runs/small.csv", "runs/large.csv"]))
    ['small', 'large']
    """
    if isinstance(value, Mapping) and value and not _is_table(value):
        return {str(name): one for name, one in value.items()}
    several = isinstance(value, list | tuple) and any(
        isinstance(one, str | Path | Prediction)
        and (isinstance(one, Prediction) or Path(str(one)).suffix)
        for one in value
    )
    files = list(value) if several else [value]
    if isinstance(value, list | tuple | Mapping) and not len(value):
        raise ValueError("there are no predictions to evaluate")
    named: dict[str, Any] = {}
    for place, one in enumerate(files):
        name = Path(one).stem if isinstance(one, str | Path) else f"model {place + 1}"
        if name in named:
            raise ValueError(
                f"two predictions are called {name!r}; give a mapping from names to predictions, "
                "or files of different names"
            )
        named[name] = one
    return named


def _is_table(value: Mapping[Any, Any]) -> bool:
    """Whether a mapping holds the columns of one table: it has a column of predictions."""
    return "prediction" in value or {"id", "label"} <= set(value)


def _opened(audit: Any, labels: Any) -> tuple[Audit | Dataset, Dataset, Path | None]:
    """The audit or data set, its data, and the folder it lies in."""
    folder = Path(audit) if isinstance(audit, str | Path) else None
    if audit is None and labels is None:
        raise ValueError("there is nothing to evaluate on: give the audit of the test, or labels=")
    if audit is None:
        given, told = (labels, []) if isinstance(labels, Dataset) else labels_of(labels)
        data = given if isinstance(given, Dataset) else Dataset(given, source={"notes": told})
        return data, data, None
    whole = load(folder) if folder is not None else audit
    data = whole.data if isinstance(whole, Audit) else whole
    if labels is not None:
        _same(data, labels)
    return whole, data, folder


def _same(data: Dataset, labels: Any) -> None:
    """Refuse labels that are not those of the audit."""
    theirs = labels.labels if isinstance(labels, Dataset) else labels_of(labels)[0]
    if _named(data.labels) != _named(theirs):
        raise ValueError(
            f"the labels are not those of the audit ({len(theirs):,} and {len(data.labels):,} "
            "items); leave labels out, or audit these labels"
        )


def _named(labels: Any) -> list[str | None] | None:
    if not isinstance(labels, Classes):
        return None
    return [labels.names[c] if c >= 0 else None for c in labels.y.tolist()]


class _Test:
    """The labelled items of a test: labels, P(wrong), and predictions of all models."""

    def __init__(
        self,
        given: Ints,
        doubt: Floats,
        known: Bools,
        names: Sequence[str],
        predicted: Sequence[Ints],
        classes: int,
        reviews: Reviews,
    ) -> None:
        rows = np.flatnonzero(known)
        self.rows, self.names, self.classes, self.reviews = rows, names, classes, reviews
        self.given, self.doubt = given[rows], doubt[rows]
        self.predicted = [one[rows] for one in predicted]
        self.looks: Looks = reviews.of(rows, len(given))

    def differ(self, one: int, two: int) -> Looks:
        """The reviews of the items on which two models differ, draws made for them among these."""
        return self.reviews.of_pair(self.rows, self.predicted[one], self.predicted[two])


def _evaluated(test: _Test, has_p: bool, notes: list[str], seed: int) -> Evaluation:
    from reliabel import __version__
    from reliabel.trust.evaluation import right_share

    looks, rng = test.looks, generator(seed, "evaluate")
    rights = [right_share(test.given, one, test.doubt, looks) for one in test.predicted]
    models = tuple(
        _score(test, name, one, right, rng)
        for name, one, right in zip(test.names, test.predicted, rights, strict=True)
    )
    order = sorted(range(len(models)), key=lambda place: -rights[place].value)
    compared = order if len(models) <= MOST_PAIRS else order[:2]
    pairs = tuple(_pair(test, one, two) for one, two in combinations(compared, 2))
    wrong = _wrong(test, has_p)
    seen = len(np.unique(looks.item))
    info = {
        "source": test.reviews.source,
        "has_p_wrong": has_p,
        "seed": seed,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": __version__,
    }
    ranking = _ranking(test, wrong, rng) if len(models) > 1 else None
    return Evaluation(
        models, pairs, len(test.rows), seen, wrong, ranking, tuple(dict.fromkeys(notes)), info
    )


def _score(test: _Test, name: str, predicted: Ints, right: Any, rng: Any) -> ModelScore:
    from reliabel.trust.class_scores import class_scores

    scores = class_scores(test.given, predicted, test.doubt, test.looks, test.classes, rng)
    agree = float((predicted == test.given).mean())
    return ModelScore(name, agree, right, scores["balanced accuracy"], scores["macro F1"])


def _pair(test: _Test, one: int, two: int) -> ModelPair:
    from reliabel.trust.evaluation import beats, difference

    first, second = test.predicted[one], test.predicted[two]
    lead = difference(test.given, first, second, test.doubt, test.looks, own=test.differ(one, two))
    differ = int((first != second).sum())
    return ModelPair(test.names[one], test.names[two], differ, lead, beats(lead))


def _wrong(test: _Test, has_p: bool) -> float:
    """The share of wrong labels: drawn reviews count it with P(wrong), else P(wrong) alone says."""
    from reliabel.trust.evaluation import right_share

    if not has_p and not test.looks.drawn.any():
        return float("nan")
    # a model that predicts every given label is right where the label is
    return 1 - right_share(test.given, test.given, test.doubt, test.looks).value


def _ranking(test: _Test, wrong: float, rng: Any) -> Any:
    from reliabel.trust.noise_ranking import ranking

    return ranking(test.given, test.predicted, test.doubt, test.looks, wrong, rng)
