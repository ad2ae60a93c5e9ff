"""From what a data set holds to the evidence that is asked for: features, out-of-fold
probabilities, neighbours, training dynamics.

Each piece is made once and kept by what it was made from (``folders.evidence_keys``); ``info``
names it, and what had to be guessed or mended is a sentence in ``warnings``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from reliabel.core.dataset import Dataset
from reliabel.core.evidence import Neighbours
from reliabel.core.kinds import places_of
from reliabel.core.labels import Classes, Grouped, Ints, Labels, Numbers, Spans
from reliabel.core.objects import Boxes, Regions
from reliabel.core.short_repr import by_fields
from reliabel.folders.evidence_store import Store
from reliabel.prepare.box_crops import make_box_crops
from reliabel.prepare.candidate_boxes import with_candidates as with_box_candidates
from reliabel.prepare.candidate_regions import with_candidate_regions
from reliabel.prepare.candidate_spans import with_candidates
from reliabel.prepare.cost import estimate
from reliabel.prepare.dynamics import make_dynamics
from reliabel.prepare.features import make_features
from reliabel.prepare.neighbours import SEARCHES, make_neighbours
from reliabel.prepare.pixel_probs import make_pixel_probs
from reliabel.prepare.predictions import make_predictions
from reliabel.prepare.preparation import MADE, Preparation, items_in
from reliabel.prepare.probabilities import copies_of, make_probabilities
from reliabel.prepare.second import make_second
from reliabel.prepare.token_probs import make_token_probs

__all__ = ["MADE", "Prepared", "estimate", "prepare"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """The data set with its evidence filled, what was made and how (``info``), and sentences for
    the reader (``warnings``).

    ``fold`` (n,) is the fold whose model gave each row of the probabilities, None where they were
    given; ``copies`` (n,) names the first exact copy of each item (itself where there is none),
    None where copies cannot be told.  ``second`` holds other probs, neighbours and
    features of the same items by the name of their embedder, out of the same folds.
    ``embedder`` says what makes the same features of other items, where that was asked for,
    ``mending`` what was mended in them (``ops.mending.Mended`` takes it; empty where nothing was).
    ``crops`` holds the evidence on the crops of boxes (``prepare.box_crops``), where it was made.
    """

    data: Dataset
    info: dict[str, Any]
    warnings: list[str]
    fold: Ints | None = None
    copies: Ints | None = None
    second: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    embedder: Mapping[str, Any] = field(default_factory=dict)
    mending: Mapping[str, Any] = field(default_factory=dict)
    crops: Mapping[str, Any] = field(default_factory=dict)

    __repr__ = by_fields


def prepare(
    data: Dataset,
    needs: frozenset[str],
    *,
    embed: str = "auto",
    model: Any = "auto",
    search: str = "auto",
    store: Store | None = None,
    seed: int = 0,
    second: bool = False,
    lasting: bool = False,
    places: Labels | None = None,
) -> Prepared:
    """The data set with the evidence that ``needs`` names, as far as it can be made of what is
    there.

    embed: auto, the name of an embedder (tfidf, minilm, patches, efficientnet, table), a
        sentence-transformers folder, or a timm backbone for pictures.
    model: auto, logistic, the class name of a scikit-learn classifier, or an estimator object.
    search: how neighbours are found: auto, or exact, which measures all pairs.
    store: where pieces are kept between runs; None keeps nothing.
    second: make a second kind of evidence too, where ``embed`` is auto and the items have another
        embedder.
    places: the labels with the places where none is given that people have judged already, which
        are then the only ones.
    lasting: say how the same features are made of items that come later (``Prepared.embedder``).
    Raises ValueError for unknown names.  Evidence that cannot be made is left out; who needs it
    says so (``core.call.why_not``).
    """
    from reliabel.ops.chunks import constant

    if search not in SEARCHES:
        raise ValueError(f"search must be {' or '.join(SEARCHES)}, got {search!r}")
    work = Preparation(data, store or Store(), seed, evidence=dict(data.evidence), lasting=lasting)
    asked = {name for name in needs & MADE if work.evidence.get(name) is None}
    _check_given(work)
    labels = data.labels
    if isinstance(labels, Grouped) and isinstance(labels.units, Spans):
        return _of_spans(work, labels, asked, embed, places)
    if isinstance(labels, Grouped) and isinstance(labels.units, Boxes):
        learn = (embed, model, search) if "probs" in asked else None
        return _of_boxes(work, labels, learn, places)
    if isinstance(labels, Grouped) and isinstance(labels.units, Regions):
        return _of_regions(work, labels, asked, places)
    if asked or ("features" in needs and "features" in work.evidence):
        with work.timed("features"):
            make_features(work, embed)
    fold, copies = None, None
    beside: Mapping[str, Mapping[str, Any]] = {}
    features: Any = constant(work.evidence.get("features"))
    if getattr(features, "ndim", 0) == 2 and (asked or "probs" in needs):
        learnt = "probs" in needs or "predicted" in needs
        if learnt and len(features) == items_in(data.labels):  # not of units within them
            copies = copies_of(work, features)
            if "predicted" in asked and isinstance(data.labels, Numbers):
                with work.timed("predicted"):
                    fold = make_predictions(work, features, copies, model)
            if "probs" in asked:
                with work.timed("probs"):
                    fold = make_probabilities(work, features, copies, model)
        _relate(work, asked, features, search)
        if second and fold is not None and embed == "auto" and "features" not in data.evidence:
            with work.timed("second"):
                beside = make_second(work, fold, search)
    ready = replace(data, evidence=work.evidence)
    return Prepared(
        *(ready, work.info, work.warnings, fold, copies, beside), work.embedder, work.mending
    )


def _of_spans(
    work: Preparation, labels: Grouped[Spans], asked: set[str], embed: str, places: Labels | None
) -> Prepared:
    """Tagged text: probabilities of tags, and the places where a span may be missing.  Its items
    are words, of which an embedder makes no features, at most a vector of each.
    """
    if "token_probs" in asked:
        with work.timed("token_probs"):
            make_token_probs(work, labels, embed)
    elif work.evidence.get("token_probs") is not None:
        work.info["model"] = {"name": "given"}
    found = _as_judged(work, with_candidates(work, labels), places)
    ready = replace(work.data, labels=found, evidence=work.evidence)
    return Prepared(ready, work.info, work.warnings)


def _of_boxes(
    work: Preparation,
    labels: Grouped[Boxes],
    learn: tuple[str, Any, str] | None,
    places: Labels | None,
) -> Prepared:
    """Objects in pictures: the places where a box may be missing, by the predictions of a
    detector; without any, what the crops of the boxes look like (``learn``: embedder, model and
    search).
    """
    crops: Mapping[str, Any] = {}
    if work.evidence.get("predicted") is not None:
        work.info["model"] = {"name": "given"}
    elif learn is not None:
        crops = make_box_crops(work, labels, *learn)
    found = _as_judged(work, with_box_candidates(work, labels), places)
    ready = replace(work.data, labels=found, evidence=work.evidence)
    return Prepared(ready, work.info, work.warnings, crops=crops)


def _of_regions(
    work: Preparation, labels: Grouped[Regions], asked: set[str], places: Labels | None
) -> Prepared:
    """Masks: probabilities of the classes of pixels, and the parts of regions that look like
    another class.
    """
    if "pixel_probs" in asked:
        with work.timed("pixel_probs"):
            make_pixel_probs(work, labels)
    elif work.evidence.get("pixel_probs") is not None:
        work.info["model"] = {"name": "given"}
    with work.timed("regions"):
        found = _as_judged(work, with_candidate_regions(work, labels), places)
    ready = replace(work.data, labels=found, evidence=work.evidence)
    return Prepared(ready, work.info, work.warnings)


def _as_judged(work: Preparation, found: Labels, judged: Labels | None) -> Labels:
    """The labels with the places where none is given as people have judged them, where they did;
    ``found`` else.
    """
    if judged is None:
        return found
    here, there = (set(places_of(one)) for one in (found, judged))
    if new := len(here - there):
        several = new > 1
        work.warnings.append(
            f"{new:,} place{'s' * several} where a label may be missing "
            f"{'are' if several else 'is'} not looked at: people have begun to judge the labels "
            "of this folder, whose places stay as they are; audit into another folder to look at "
            f"{'them' if several else 'it'}"
        )
    return judged


def _check_given(work: Preparation) -> None:
    """Name the evidence that was given, and warn of probabilities that look odd."""
    from reliabel.ops.feature_cleaning import odd_probabilities

    labels, evidence = work.data.labels, work.evidence
    if "probs" in evidence:
        work.info["model"] = {"name": "given"}
        if isinstance(labels, Classes):
            work.warnings += odd_probabilities(labels.y, evidence["probs"])
    near = evidence.get("neighbours")
    if isinstance(near, Neighbours):
        work.info["neighbours"] = {"method": "given", "k": int(near.index.shape[1])}


def _relate(work: Preparation, asked: set[str], features: Any, search: str) -> None:
    """Fill the neighbours and the training dynamics that are asked for."""
    if "neighbours" in asked and len(features) > 1:
        with work.timed("neighbours"):
            make_neighbours(work, features, search)
    if "dynamics" in asked and isinstance(work.data.labels, Classes):
        with work.timed("dynamics"):
            make_dynamics(work, features)
