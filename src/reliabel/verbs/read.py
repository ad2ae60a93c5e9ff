"""read: a file, a folder, a table or arrays become one data set: labels, evidence, ids, and notes
on what was inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from reliabel.core.class_order import is_none, order_in, ordered, placed_again
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.given_labels import labels_of as labels_in
from reliabel.reading.coco_votes import coco_votes_in
from reliabel.reading.column_globs import columns_named, is_glob
from reliabel.reading.column_roles import own_index, roles
from reliabel.reading.evidence_columns import (
    about,
    facts_of,
    feature_matrix,
    features_of,
    gaps,
    ids_of,
    opened_source,
    probs_of,
    same_rows,
    spoken_of,
)
from reliabel.reading.function_votes import of_wrench
from reliabel.reading.label_columns import labels_of, quantity
from reliabel.reading.label_lists import lists_of
from reliabel.reading.masks import masks_in, masks_of_arrays
from reliabel.reading.objects import boxes_in
from reliabel.reading.row_names import counted, in_one_order, names_of, with_row_names
from reliabel.reading.sampled_rows import sampled
from reliabel.reading.tagged_text import tagged
from reliabel.reading.vote_answers import KINDS, ONE_QUESTION


def read(
    source: Any = None,
    *,
    label: Any = None,
    text: str | Sequence[str] | None = None,
    image: str | None = None,
    id: str | None = None,
    split: str | None = None,
    group: str | None = None,
    features: Any = None,
    probs: Any = None,
    predicted: Any = None,
    item: str | None = None,
    worker: str | Sequence[str] | None = None,
    left: str | None = None,
    right: str | None = None,
    time: str | None = None,
    seconds: str | None = None,
    kind: str = "auto",
    order: Sequence[Any] | None = None,
    duplicates: str = "last",
    missing: Sequence[str] = (),
    separator: str | None = None,
    merge_alike: bool = False,
    one_based: bool = False,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    rows: int | None = None,
    seed: int = 0,
) -> Dataset:
    """Read labels and evidence; ``source["notes"]`` lists what was inferred, and each guess has a
    keyword here.

    source: a CSV, TSV, JSONL, JSON, Parquet, Arrow or Excel file, compressed or not; tagged text
        (CoNLL, JSON of texts with spans, Label Studio, a folder of BRAT); boxes in pictures
        (COCO, Pascal VOC, YOLO with its data.yaml or folders, Label Studio); masks of pictures
        (folders such as images/ and masks/, an array (n, h, w) in .npz); a folder of
        Parquet or Arrow files, of pictures (one folder a class), or a Hugging Face data set on
        disk; any of these but boxes and masks at an address that pyarrow knows (s3://, gs://);
        a pandas, polars or pyarrow table; a mapping from names to columns; None when ``label``
        (and features, probs) are arrays.
    label: a column, or several 0/1 columns (names, or patterns such as "is_*") for several labels
        an item; a column of lists holds several labels an item too.  Of tagged text the column of
        the tags (a number from 1) or the field of the spans.
    text, image, id, split, group: columns; without id, an index of pandas that is more than row
        numbers names the items.  Of boxes and masks, image is the folder of the pictures.
    features, probs: .npy, .npz, Parquet or CSV files, folders of them, addresses, or arrays, a row
        an item (of tagged text, probabilities of the tags of each word; of masks a folder with an
        array (classes, height, width) a picture); features may be a column of lists, which stays
        in its Parquet or Arrow file.
    predicted: boxes of a model, for boxes: COCO results (.json), a folder of YOLO's texts with
        confidences, an .npz or arrays with xyxy, y, score and image, or a list a picture.
    item, worker: columns of a long table of votes, one row a vote; several worker columns (names,
        or a pattern such as "r*") are a wide table, one column a worker. Exports of Label Studio,
        Prodigy, Argilla, WRENCH, Mechanical Turk, Toloka, Appen and others need neither; ``label``
        then names the question, if there are several.
    left, right: of votes that compare two things, the columns of the two; ``label`` then says which
        is better: its name, "left" or "right", "tie".
    time, seconds: columns of when a vote was cast and how long it took.
    duplicates: last, first, all or error, when a worker votes twice on an item.
    kind: "classes", "numbers", "boxes", "regions" (masks, and the outlines of COCO), or "auto":
        numbers where a label column of a table holds fractions, or whole numbers of which most
        are different, boxes or masks where a file or folder holds such, and classes elsewhere.
        "functions": votes of labelling functions (a matrix in .npy or .npz, or a table with a
        column a function, -1 where one says nothing; ``label`` are known labels then, and
        ``order`` the names of the classes 0, 1, ...).
        Votes may also be "sets" (several classes an answer), "candidates" (one of them is true),
        "rankings", "comparisons", "spans", "texts" (written freely), of which "auto" takes sets,
        spans and texts where a column plainly holds such.
    order: the classes from low to high, where they have an order (grades, stages, ratings); an
        ordered categorical needs none, nor do names that say it (low, medium, high; 1 to 5 in a
        column "stars"; 18-25, 26-40), which a note tells.  "none" where they have none.  Audits
        then look at how far off a label is.
    missing: words of the label column that mean no label, beside empty cells.
    separator: what stands between several labels in one cell, such as "|".
    merge_alike: make one of names (of classes, and of workers and items of votes) that differ only
        in spaces, capitals, Unicode form or letters that cannot be seen.
    one_based: whether coordinates of Pascal VOC count from 1, as in the original data sets.
    encoding, delimiter: of a text file.  sheet: of an Excel workbook.
    rows: so many random rows, drawn with seed.

    Raises ValueError with what is wrong, where, and what to do.

    >>> films = {"text": ["a fine film", "a dull film"], "mood": ["good", None]}
    >>> data = read(films, label="mood", text="text")
    >>> data.labels.names, data.labels.y.tolist(), data.evidence["items"]
    (('good',), [0, -1], ['a fine film', 'a dull film'])
    """
    _known(kind, ("auto", "classes", "numbers", "functions", *KINDS), "kind")
    if kind == "functions":
        words_of_votes: dict[str, Any] = {
            "item": item or id,
            "label": label,
            "text": text,
            "image": image,
        }
        words_of_votes |= {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
        return read_functions(
            source, worker=worker, missing=missing, classes=tuple(order or ()), **words_of_votes
        )
    cast = kind in ONE_QUESTION or any(n is not None for n in (item, worker, left, right))
    if isinstance(worker, str) and item is None:
        drawn = coco_votes_in(source, worker=worker, kind=kind, pictures=image, encoding=encoding)
        if drawn is not None:
            return drawn
    if not cast and kind in ("auto", "boxes"):
        words_of_boxes: dict[str, Any] = {"label": label, "pictures": image, "encoding": encoding}
        words_of_boxes |= {
            "one_based": one_based,
            "predicted": predicted,
            "merge_alike": merge_alike,
        }
        boxes = boxes_in(source, **words_of_boxes, wanted=kind == "boxes")
        if boxes is not None:
            return boxes if rows is None else sampled(boxes, rows, seed)
    if not cast and kind in ("auto", "regions") and label is None:
        masks = masks_in(source, pictures=image, probs=probs, wanted=kind == "regions")
        if masks is not None:
            if predicted is not None:
                raise ValueError(
                    "predicted takes boxes of a model beside boxes, and these labels are masks; "
                    "give a model's probabilities of pixels as probs="
                )
            return masks if rows is None else sampled(masks, rows, seed)
    if predicted is not None:
        raise ValueError("predicted takes boxes of a model beside boxes; these labels are none")
    asked, infer, kind = kind, kind == "auto", "classes" if kind == "auto" else kind
    _known(duplicates, ("last", "first", "all", "error"), "duplicates")
    if kind == "regions" and not cast:
        return masks_of_arrays(label if source is None else source, probs)
    if source is None or hasattr(source, "detach") or isinstance(source, np.ndarray):
        data = _of_arrays(source if features is None else features, label, probs, kind, order)
        return data if rows is None else sampled(data, rows, seed)
    _orderable(order, kind, item, worker)
    infer = infer and (
        order is None or is_none(order)
    )  # numbers that have an order of their own are classes
    if not cast and kind == "classes":
        words_with_tags = tagged(source, label=label, encoding=encoding, probs=probs)
        if words_with_tags is not None:
            ordered(words_with_tags.labels, order)
            return words_with_tags if rows is None else sampled(words_with_tags, rows, seed)

    from reliabel.reading.vote_tables import of_export, of_platform, streamed, votes

    words = {
        "item": item,
        "worker": worker,
        "left": left,
        "right": right,
        "label": label,
        "text": text,
        "image": image,
        "time": time,
        "seconds": seconds,
    }
    plain = kind in ("classes", "numbers")
    if rows is None and plain and not merge_alike:  # to merge names they must all be counted
        blocks = streamed(
            source,
            words,
            kind=asked,
            duplicates=duplicates,
            missing=missing,
            features=features,
            probs=probs,
        )
        if blocks is not None:
            return blocks
    question = label if isinstance(label, str) else None
    opened = opened_source(source, encoding, delimiter, question, sheet, features)
    opened = of_platform(opened, words)
    if "worker" in opened.table.roles and not isinstance(worker, list | tuple):
        words |= of_export(opened.table, words)
    if cast or words["worker"] is not None:
        if rows is not None:
            raise ValueError(
                "rows draws items at random, which would tear votes apart; leave it out with item "
                "and worker"
            )
        found_votes = votes(
            opened,
            words,
            kind=asked,
            duplicates=duplicates,
            missing=missing,
            features=features,
            probs=probs,
            merge_alike=merge_alike,
            separator=separator,
        )
        is_wrench = opened.table.form == "wrench" and asked == "auto"
        return of_wrench(found_votes, opened.table) if is_wrench else found_votes
    if not plain:
        raise ValueError(
            f"kind={kind!r} reads votes: name the columns of the item, of who voted and of the "
            "answer with item=, worker= and label=; comparisons have left= and right= besides"
        )
    given = {"features": features, "probs": probs}
    names, given, moved = in_one_order(names_of(source), given, "the table", counted(source))
    features, probs = given["features"], given["probs"]
    label = opened.table.roles.get("label") if label is None else label
    text = opened.table.roles.get("text") if text is None else text
    spoken = spoken_of(opened, features)
    label, fit = _fitting(opened.table, label)
    found = roles(
        opened.table,
        {"label": label, "text": text, "image": image, "id": id, "split": split, "group": group},
        beside=spoken,
    )
    if infer and quantity(opened.table, found.label):
        kind = "numbers"
    listed = (
        lists_of(opened.table, found.label[0], separator, missing, merge_alike)
        if kind == "classes" and len(found.label) == 1
        else None
    )
    labels, notes, *cells = listed or labels_of(
        opened.table, found.label, kind, missing, merge_alike=merge_alike
    )
    own = (
        opened.table.classes.get(found.label[0]) if found.label[0] in opened.table.ordered else None
    )
    labels, ranks, told = ordered(labels, order, own, column=" ".join(found.label))
    notes += told
    evidence = facts_of(opened, found, spoken) | ranks
    named = found.id or ("path" if opened.table.form == "imagefolder" else None)
    ids = ids_of(opened.table, named)
    own = names or own_index(opened.table) if named is None else ids.items
    if features is not None:
        evidence["features"], told = features_of(opened, features, own)
        notes += told
    if probs is not None:
        before = labels
        labels, evidence["probs"], more = probs_of(labels, probs, ids=own)
        evidence, told = placed_again(before, labels, evidence)
        notes += [*more, *told]
    same_rows(evidence, opened.table.rows)
    if infer and kind == "numbers":
        notes = [*notes, f"column {found.label[0]!r} is taken as numbers (kind='classes' if not)"]
    notes = [*opened.table.notes, *fit, *found.notes, *notes, *moved, *gaps(evidence, found)]
    data = Dataset(
        labels,
        evidence,
        ids,
        about(opened, found, notes, encoding, delimiter) | ({"cells": cells[0]} if cells else {}),
    )
    data = data if named is not None else with_row_names(data, names)
    return data if rows is None else sampled(data, rows, seed)


def _fitting(table: Any, label: Any) -> tuple[Any, list[str]]:
    """The label columns with patterns resolved, and notes on what they found."""
    if hasattr(label, "dtype") and not isinstance(label, str):
        own = getattr(label, "name", None)
        if own not in table.columns:
            raise ValueError(
                "beside a table, label is the name of a column, got "
                f"{type(label).__name__} of {len(label):,} values; give the table a column of "
                "them, or read arrays: rl.read(label=y, features=x)"
            )
        label = own
    wanted = [label] if isinstance(label, str) else label
    if not (isinstance(wanted, list | tuple) and any(is_glob(table, name) for name in wanted)):
        return label, []
    found, notes = columns_named(table, wanted, "label")
    return (found[0] if len(found) == 1 else found), notes


def read_votes(
    source: Any,
    *,
    item: str | None = None,
    worker: str | Sequence[str] | None = None,
    label: str | None = None,
    left: str | None = None,
    right: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    **words: Any,
) -> Dataset:
    """Votes from anything that ``read`` takes.

    Where neither item nor worker is named and no format says it, columns with the usual names are
    taken, which ``source["notes"]`` says.
    words: the other keywords of ``read``.
    Raises ValueError where the roles of columns cannot be told.
    """
    from reliabel.formats.label_matrix import is_one
    from reliabel.reading.preference_pairs import pair_columns
    from reliabel.reading.vote_columns import ranking_columns, vote_columns
    from reliabel.reading.vote_tables import of_platform

    form: dict[str, Any] = {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    named: dict[str, Any] = {"item": item, "worker": worker, "label": label}
    if words.get("kind") == "functions" or (words.get("kind", "auto") == "auto" and is_one(source)):
        return read(source, **named, **form, **{**words, "kind": "functions"})
    notes: list[str] = []
    named |= {"left": left, "right": right}
    alone = words.get("kind") in ONE_QUESTION and label is not None
    if not alone and all(name is None for name in (item, worker, left, right)):
        of_drawn = {key: words[key] for key in ("kind",) if key in words}
        drawn = coco_votes_in(source, pictures=words.get("image"), encoding=encoding, **of_drawn)
        if drawn is not None:
            return drawn
        whole = opened_source(source, encoding, delimiter, label, sheet)
        if "worker" not in of_platform(whole, named).table.roles:
            found, notes = dict[str, str](), list[str]()
            kind = words.get("kind", "auto")
            if kind in ("auto", "comparisons"):
                found, notes = pair_columns(whole.table, label)
            if not found and kind in ("auto", "rankings"):
                found, notes = ranking_columns(whole.table, label, kind)
                words |= {"kind": "rankings"} if found else {}
            if not found:
                found, notes = vote_columns(whole.table, label)
            named |= found
        elif "worker" in whole.table.roles:  # an export that holds boxes or spans is votes here
            named |= {role: whole.table.roles[role] for role in ("item", "worker")}
    data = read(source, **named, **form, **words)
    return replace(data, source={**data.source, "notes": [*notes, *data.source["notes"]]})


def read_functions(
    source: Any,
    *,
    item: str | None = None,
    worker: str | Sequence[str] | None = None,
    label: str | None = None,
    text: str | Sequence[str] | None = None,
    image: str | None = None,
    missing: Sequence[str] = (),
    classes: Sequence[str] = (),
    **form: Any,
) -> Dataset:
    """The votes of labelling functions from a matrix (.npy, .npz, an array, a sparse matrix),
    WRENCH, or a table with a column a function (``worker``; those with -1 among whole numbers where
    none is named) or a row a vote.

    label: in a table with a column a function, the column of known labels.
    classes: the names of the classes 0, 1, ....
    """
    from reliabel.formats.label_matrix import is_one
    from reliabel.reading.function_votes import (
        function_columns,
        functions_of_matrix,
        functions_of_table,
        marked,
        with_classes,
    )

    if is_one(source):
        return functions_of_matrix(source, missing=missing, classes=classes)
    opened = opened_source(source, form["encoding"], form["delimiter"], None, form["sheet"])
    if opened.table.form == "wrench":
        return with_classes(read(source, **form), classes)
    words: dict[str, Any] = {"item": item, "text": text, "image": image}
    if isinstance(worker, str) and not is_glob(opened.table, worker):
        data = read(source, worker=worker, label=label, missing=missing, **words, **form)
        return with_classes(marked(data), classes)
    columns = function_columns(opened.table, worker, [*words.values(), label])
    data = functions_of_table(opened, columns, missing=missing, label=label, **words)
    return with_classes(data, classes)


def _orderable(order: Any, kind: str, item: Any, worker: Any) -> None:
    """Refuse an order of what is no classes of items."""
    if order is None or is_none(order):
        return
    if kind == "numbers":
        raise ValueError("order is for classes, and kind='numbers' reads numbers; leave one out")
    if item is not None or worker is not None:
        raise ValueError(
            "order is for one class an item; with votes give it to the method that uses it, such "
            "as rl.aggregate(votes, by='ordinal_dawid_skene', order=(...))"
        )


def _of_arrays(features: Any, label: Any, probs: Any, kind: str, order: Any) -> Dataset:
    if label is None or isinstance(label, str):
        raise ValueError(
            "without a table, label must be the labels themselves (an array or a list), got "
            f"{label!r}"
        )
    labels, notes = labels_in(label, kind)
    labels, ranks, told = ordered(labels, order, order_in(label))
    notes += told
    given = {"features": features, "probs": probs}
    names, given, told = in_one_order(names_of(label), given, "the labels", counted(label))
    features, probs = given["features"], given["probs"]
    evidence: dict[str, Any] = dict(ranks)
    notes += told
    if features is not None:
        evidence["features"], told = feature_matrix(features, len(labels))
        notes += told
    if probs is not None:
        before = labels
        labels, evidence["probs"], more = probs_of(labels, probs)
        evidence, told = placed_again(before, labels, evidence)
        notes += [*more, *told]
    same_rows(evidence, len(labels))
    about = {"rows": len(labels), "columns": {}, "table": "arrays", "task": "arrays"}
    data = Dataset(labels, evidence, Ids(), {**about, "notes": notes})
    return with_row_names(data, names)


def _known(word: str, words: Sequence[str], what: str) -> None:
    if word not in words:
        raise ValueError(f"{what} must be one of {', '.join(words)}, got {word!r}")
