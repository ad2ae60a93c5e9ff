"""The table of evidence: one record for each keyword that an algorithm may ask for.

A new kind of evidence is one record here, or one that a package registers.
"""

from __future__ import annotations

from typing import Any

from reliabel.core.evidence import pictures, records
from reliabel.core.evidence.axes import (
    a_function,
    anything,
    arrays_of_one_shape,
    as_given,
    columns_of_one_length,
    dense_arrays,
    matrices_of_one_length,
    matrix,
    plain_array,
    raw_items,
    truth_given,
    yes_or_no,
)
from reliabel.core.evidence.slices import cell_column, votes_at, yes_or_no_probabilities
from reliabel.core.evidence.spec import EvidenceSpec
from reliabel.core.evidence.values import (
    class_places,
    known_truth,
    probabilities,
    probabilities_with_gaps,
)

_FUNCTION: dict[str, Any] = {"convert": as_given, "check": a_function}
_SPECS = (
    EvidenceSpec(
        "probs",
        "row",
        ("n", "k"),
        "(n, k) class probabilities from a model that did not train on the item",
        check=probabilities,
        column=yes_or_no_probabilities,
    ),
    EvidenceSpec(
        "features",
        "row",
        ("n", "d", "..."),
        "(n, d) one vector per item; learners may take (n, ...) arrays",
        describes_items=True,
    ),
    EvidenceSpec(
        "feature_maps",
        "row",
        ("n", "d", "rows", "columns"),
        "(n, d, rows, columns) features of the cells of a grid over each picture, such as those "
        "that a vision model gives its patches",
        column=None,
        describes_items=True,
    ),
    EvidenceSpec(
        "embeddings",
        "row",
        ("n",),
        "features of several embedders: a mapping of their names to (n, d) arrays",
        convert=dense_arrays,
        check=matrices_of_one_length,
        describes_items=True,
    ),
    EvidenceSpec(
        "neighbours",
        "row",
        ("n", "j"),
        "Neighbours(index (n, j), distance (n, j), recall), nearest first, self left out",
        convert=as_given,
        check=records.check_neighbours,
        count=lambda value: len(value.index),
        describes_items=True,
    ),
    EvidenceSpec(
        "items",
        "row",
        ("n",),
        "the raw items: texts, picture paths, table rows, words of sentences",
        convert=raw_items,
        check=columns_of_one_length,
        describes_items=True,
    ),
    EvidenceSpec(
        "columns",
        "row",
        ("n",),
        "a table of other facts about the items, to slice by",
        convert=as_given,
        check=columns_of_one_length,
        describes_items=True,
    ),
    EvidenceSpec(
        "split",
        "row",
        ("n",),
        "(n,) name of the split of each item",
        convert=plain_array,
        describes_items=True,
    ),
    EvidenceSpec(
        "groups",
        "row",
        ("n",),
        "(n,) whole numbers: which items belong together (patient, document, bag)",
        convert=plain_array,
        describes_items=True,
    ),
    EvidenceSpec(
        "graph",
        "pair",
        ("n", "n"),
        "(n, n) sparse affinities",
        convert=matrix,
        count=lambda value: int(value.shape[0]),
        describes_items=True,
    ),
    EvidenceSpec(
        "dynamics",
        "row",
        ("epochs", "n"),
        "Dynamics(margin, p_given, correct), each (epochs, n), recorded while a model trained",
        convert=as_given,
        check=records.check_dynamics,
        count=lambda value: int(value.margin.shape[1]),
    ),
    EvidenceSpec(
        "token_probs",
        "row",
        ("n",),
        "TokenProbs(p (words, k), offsets (n + 1,), names): the chance of each tag (O, B-X, I-X) "
        "of each word, by a model that did not train on the sentence",
        convert=records.token_probs,
        check=records.check_token_probs,
        column=None,
    ),
    EvidenceSpec(
        "tags",
        "row",
        ("n",),
        "the tags of each sentence as its file has them, one a word: a list of tuples of text",
        convert=records.tag_rows,
        check=anything,
        column=None,
    ),
    EvidenceSpec(
        "sizes",
        "row",
        ("n", "e"),
        "(n, 2) height and width of each picture",
        convert=pictures.picture_sizes,
        check=pictures.check_sizes,
        column=None,
        describes_items=True,
    ),
    EvidenceSpec(
        "pixel_probs",
        "row",
        ("n",),
        "PixelProbs(source, names): for each picture the chance of each class in each pixel, an "
        "array (k, h, w) read when it is asked for, by a model that did not train on the picture",
        convert=pictures.pixel_probs,
        check=pictures.check_pixel_probs,
        column=None,
    ),
    EvidenceSpec(
        "scores",
        "row",
        ("n", "..."),
        "scores of auditors, larger = more suspect: a mapping of their names to (n,) arrays",
        convert=dense_arrays,
        check=arrays_of_one_shape,
        column=None,
    ),
    EvidenceSpec(
        "predicted",
        "row",
        ("n",),
        "a label set made by a model (boxes, spans, masks, numbers); need not be aligned by units",
        convert=as_given,
        check=records.check_label_set,
        column=None,
    ),
    EvidenceSpec(
        "votes",
        "row",
        ("n",),
        "the Votes behind the labels",
        convert=as_given,
        check=records.check_votes,
        count=lambda value: int(value.n),
        take=votes_at,
        column=None,
    ),
    EvidenceSpec(
        "gold",
        "row",
        ("n",),
        "(n,) the true label where it is known, -1 elsewhere; of spans, boxes and masks a label "
        "set of the n items, empty where it is not known; of pairs the better thing",
        convert=truth_given,
        check=known_truth,
        column=cell_column,
        cells=True,
    ),
    EvidenceSpec(
        "trusted",
        "row",
        ("n",),
        "(n,) True where the given label is known to be right",
        convert=plain_array,
        check=yes_or_no,
        column=cell_column,
        cells=True,
    ),
    EvidenceSpec(
        "paired",
        "row",
        ("n", "e"),
        "(n, e) features of the other side, for Matches",
        describes_items=True,
    ),
    EvidenceSpec(
        "teacher",
        "row",
        ("n", "k"),
        "(n, k) probabilities of a stronger or an earlier model",
        check=probabilities_with_gaps,
        column=yes_or_no_probabilities,
    ),
    EvidenceSpec(
        "privileged",
        "row",
        ("n", "e", "..."),
        "(n, e) features at hand only while training",
        describes_items=True,
    ),
    EvidenceSpec(
        "class_features",
        "class",
        ("k", "d"),
        "(k, d) one vector per class (its name's embedding, a prototype)",
        column=None,
    ),
    EvidenceSpec(
        "class_distance",
        "class",
        ("k", "k"),
        "(k, k) how far apart classes are (a tree, an order)",
        column=None,
    ),
    EvidenceSpec(
        "class_order",
        "class",
        ("k",),
        "(k,) the place of each class in their order, from low to high (or their names in it)",
        convert=as_given,
        check=class_places,
        column=None,
    ),
    EvidenceSpec(
        "class_iou",
        "class",
        ("k", "epochs"),
        "(k, epochs) how far a model's predictions agreed with the given labels of each class "
        "after each epoch of its training (intersection over union of their pixels)",
        column=None,
    ),
    EvidenceSpec(
        "noise_matrix",
        "class",
        ("q", "q"),
        "(k, k) chance of a given label (column) under a true one (row)",
    ),
    EvidenceSpec(
        "posterior",
        "row",
        ("n", "k"),
        "(n, k) chance of each class being the true one, by P(wrong)'s model",
        check=probabilities_with_gaps,
        column=yes_or_no_probabilities,
    ),
    EvidenceSpec(
        "fit",
        "none",
        (),
        "function (features, labels, weights) -> model, for methods that refit",
        **_FUNCTION,
    ),
    EvidenceSpec(
        "module",
        "none",
        (),
        "function () -> torch.nn.Module, for methods that train one",
        **_FUNCTION,
    ),
    EvidenceSpec(
        "views",
        "none",
        (),
        "function (batch, rng) -> batch, an augmentation",
        **_FUNCTION,
    ),
    EvidenceSpec(
        "training",
        "none",
        (),
        "Training(epochs, lr, ...): how to train; the verb makes it from the user's options",
        convert=as_given,
        check=records.record_named("Training", "core/training.py"),
        keyword=False,
    ),
    EvidenceSpec(
        "start_from",
        "none",
        (),
        "a Model to start from, for methods that adapt one",
        convert=as_given,
        check=records.record_named("Model", "core/results.py"),
    ),
    EvidenceSpec(
        "rng",
        "none",
        (),
        "numpy Generator, the only source of chance",
        convert=as_given,
        check=records.record_named("Generator", "numpy.random"),
        keyword=False,
    ),
)
EVIDENCE: dict[str, EvidenceSpec] = {spec.name: spec for spec in _SPECS}
OWN = frozenset(EVIDENCE)  # what the package itself defines: registered evidence never changes it


def register(spec: EvidenceSpec) -> None:
    """Add a kind of evidence: from then on algorithms may ask for it by its name, verbs accept it
    as a keyword, and data sets hold it.

    Raises ValueError where the name is taken by another record.

    >>> register(EvidenceSpec("doc_volume", "row", ("n",), "(n,) how loud each recording is"))
    >>> EVIDENCE.pop("doc_volume").level
    'row'
    """
    taken = EVIDENCE.get(spec.name)
    if taken is not None and taken is not spec:
        raise ValueError(
            f"evidence {spec.name!r} exists: {taken.meaning}; register yours under another name"
        )
    EVIDENCE[spec.name] = spec
