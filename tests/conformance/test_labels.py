"""The law book of label kinds."""

from __future__ import annotations

import ast
import inspect
import traceback
from dataclasses import FrozenInstanceError, fields, is_dataclass

import numpy as np
import pytest
from tests.conformance.retold import same
from tests.worlds import UNITS, WORLDS

from reliabel.core import arrays, objects, raw_labels, raw_lists
from reliabel.core import labels as module
from reliabel.core.arrays import real_numbers, truth_values, whole_numbers
from reliabel.core.free_text import Texts
from reliabel.core.labels import (
    Classes,
    Grouped,
    MultiLabel,
    Numbers,
    Soft,
    SoftMultiLabel,
    Spans,
    Votes,
)
from reliabel.core.objects import Boxes, Regions
from reliabel.core.packing import pack, unpack
from reliabel.core.raw_labels import encode

THERE = vars(module) | vars(objects)
KINDS = sorted(name for name, kind in THERE.items() if is_dataclass(kind))


def worlds_with(kind: str) -> list:
    """Labels of this kind from every world."""
    mine = [m(1).labels for name, m in (WORLDS | UNITS).items() if name.split("[")[0] == kind]
    assert mine, f"tests/worlds.py has no world for {kind}: add one"
    return mine


def law_take_composes(kind: str) -> None:
    for labels in worlds_with(kind):
        first = np.random.default_rng(0).permutation(len(labels))[: len(labels) // 2]
        then = np.arange(len(first))[::-2]
        assert same(labels.take(first).take(then), labels.take(first[then]))


def law_take_by_mask_is_take_by_index(kind: str) -> None:
    for labels in worlds_with(kind):
        mask = np.random.default_rng(0).random(len(labels)) < 0.3
        assert same(labels.take(mask), labels.take(np.flatnonzero(mask)))


def law_taking_all_gives_the_same(kind: str) -> None:
    for labels in worlds_with(kind):
        assert same(labels.take(np.arange(len(labels))), labels)


def law_taking_nothing_is_allowed_and_keeps_the_classes(kind: str) -> None:
    for labels in worlds_with(kind):
        none = labels.take(np.arange(0))
        assert len(none) == 0
        for holder, part in (
            (labels, none),
            (getattr(labels, "units", labels), getattr(none, "units", none)),
        ):
            assert getattr(holder, "names", None) == getattr(part, "names", None)


def law_length_is_the_number_of_rows(kind: str) -> None:
    for labels in worlds_with(kind):
        assert len(labels.take(np.arange(7))) == 7


def law_it_is_frozen(kind: str) -> None:
    for labels in worlds_with(kind):
        with pytest.raises(FrozenInstanceError):
            setattr(labels, fields(labels)[0].name, None)


def law_it_comes_back_from_disk(kind: str) -> None:
    for labels in worlds_with(kind):
        assert same(_there_and_back(labels), labels)


def law_its_parts_are_the_arrays_given(kind: str) -> None:
    """No copies: a memory map stays one."""
    for labels in worlds_with(kind):
        values = {f.name: getattr(labels, f.name) for f in fields(labels)}
        again = type(labels)(**values)
        assert all(
            getattr(again, name) is value
            for name, value in values.items()
            if isinstance(value, np.ndarray)
        )


def _there_and_back(labels):
    kept = []

    def keep(array):
        kept.append(array)
        return str(len(kept) - 1)

    return unpack(pack(labels, keep), lambda name: kept[int(name)])


LABELS = (
    law_take_composes,
    law_take_by_mask_is_take_by_index,
    law_taking_all_gives_the_same,
    law_taking_nothing_is_allowed_and_keeps_the_classes,
    law_length_is_the_number_of_rows,
    law_it_is_frozen,
    law_it_comes_back_from_disk,
    law_its_parts_are_the_arrays_given,
)


@pytest.mark.parametrize("law", LABELS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_kinds_keep_the_law(kind, law, record_property):
    record_property("law", f"labels {kind} {law.__name__}")
    law(kind)


class Sparse:
    """What tells a sparse matrix from an array."""

    shape, nnz, toarray = (2, 3), 1, None


INTS = np.array([0, 1])


class TwoColumns(list):
    """What a table of another library looks like."""

    column_names = ("a", "b")


BAD = [  # what is given, and the sentence
    (
        lambda: Classes(["a", None]),
        r"got object of shape \(2,\), which holds 'a'; -1 marks .* Classes.of\(values\) reads text",
    ),
    (lambda: Classes([0, None]), "got nan in row 1; -1 marks an unlabelled item"),
    (lambda: Classes([[0], [0, 1]]), "in 1 dimension, got rows of different lengths"),
    (lambda: Classes("ab"), "got str 'ab'"),
    (lambda: Classes(iter([0])), "got list_iterator; -1 marks"),
    (lambda: Classes([2**70]), "which holds 1180591620717411303424"),
    (lambda: Classes([0, 1], "ab"), "class names must be a sequence of names, got the text 'ab'"),
    (
        lambda: Classes(np.array([[0]])),
        r"Classes.y must be whole numbers in 1 dimension, got int64 of shape \(1, 1\)",
    ),
    (lambda: Classes(np.array([0.0, 0.5])), "got 0.5 in row 1"),
    (lambda: Classes([1e300]), r"got 1e\+300 in row 0"),
    (
        lambda: Classes(np.array([0, 3]), ("a", "b")),
        r"labels must be -1 \(unknown\) or 0..1 \(2 names: \['a', 'b'\]\), got \[3\] in 1 places",
    ),
    (lambda: Classes(np.array([-2])), r"got \[-2\]"),
    (lambda: Classes(INTS, ("a", "a")), r"class names must differ, seen twice: \['a'\]"),
    (
        lambda: Soft([0.5, 0.5]),
        r"Soft.p must be floats in 2 dimensions, got float64 of shape \(2,\)",
    ),
    (lambda: Soft([["a"]]), r"got <U1 of shape \(1, 1\), which holds 'a'"),
    (lambda: Soft(Sparse()), r"got a sparse matrix of shape \(2, 3\); give x.toarray\(\)"),
    (lambda: Soft(np.array([[0.5, 0.6]])), r"rows of Soft.p must sum to one, row 0 sums to 1.1"),
    (lambda: Soft(np.array([[np.nan, 1.0]])), "row 0 sums to nan"),
    (lambda: Soft(np.array([[0.5, 0.5]]), ("a",)), "1 class names for 2 columns"),
    (
        lambda: Soft(np.array([[0.5, 0.5]])).hard(ties="first"),
        "ties must be 'balance', 'lowest' or 'random', got 'first'",
    ),
    (
        lambda: SoftMultiLabel([[0.5, np.nan]]),
        "must be probabilities from 0 to 1, got nan in row 0, column 1",
    ),
    (lambda: MultiLabel(np.array([[0, 2]])), r"0..1 \(2 names: \['no', 'yes'\]\), got \[2\]"),
    (lambda: MultiLabel(INTS), "MultiLabel.y must be whole numbers in 2 dimensions"),
    (
        lambda: Numbers([True, False]),
        r"Numbers.y must be floats of shape \(n,\) or \(n, d\), got bool",
    ),
    (lambda: Numbers(5), "got int 5"),
    (lambda: Spans([0], [1, 2], [0]), "a class each, got 1 starts, 2 ends, 1 classes"),
    (lambda: Spans([0, 3], [1, 3], [0, 0]), "counted from 0; span 1 goes from 3 to 3"),
    (lambda: Spans([0], [1], [2], "ab"), "class names must be a sequence of names"),
    (lambda: Spans([0], [1], [2], ["a"]), r"labels must be -1 \(unknown\) or 0..0"),
    (lambda: Boxes([[0, 1, 2]], [0]), "must hold left, top, right and bottom of each box, got 3"),
    (lambda: Boxes([0, 1, 2, 3], [0]), r"Boxes.xyxy must be floats of shape \(m, 4\)"),
    (lambda: Boxes([[0, 1, 2, 3]], [0, 1]), "each box needs one of each, got 1 and 2 of y"),
    (lambda: Boxes([[0, 1, 2, 3]], [2], "ab"), "class names must be a sequence of names"),
    (lambda: Boxes([[0, 1, 2, 3]], [0], ["a"], [0.5, 1]), "got 1 and 1 of y, 2 of score"),
    (lambda: Regions([0], [0], [2, 2], [0, 1], [[2, 2]]), "got 1 starts, 2 lengths"),
    (lambda: Regions([0], [0], [2], [0, 2], [[2, 2]]), r"number of runs \(1\) in 2 numbers, got 2"),
    (lambda: Regions([0], [3], [2], [0, 1], [[2, 2]]), "of region 0 has 2 from pixel 3 of 2 x 2"),
    (
        lambda: Regions([0], [2, 0], [1, 1], [0, 2], [[2, 2]]),
        "must rise and not overlap; those of region 0 do not",
    ),
    (lambda: Regions([0], [0], [1], [0, 1], [[2]]), "must hold height and width of each"),
    (lambda: truth_values([0, 2], "flag"), "flag must be True or False in 1 dimension, got int64"),
    (lambda: Numbers(np.array([np.inf])), "1 infinite values; mark unknown numbers as NaN"),
    (
        lambda: Grouped(Classes(INTS), np.array([0, 1])),
        r"must rise from 0 to the number of units \(2\), got 0 .. 1",
    ),
    (lambda: Grouped(Classes(INTS), np.array([], dtype=int)), "got nothing"),
    (
        lambda: Grouped(Classes(INTS), np.array([0, 2]), np.array([[3, 1]])),
        "height x width must be its number of units",
    ),
    (lambda: Grouped([0, 1], [0, 2]), "Grouped.units must be a label set such as .*, got list"),
    (
        lambda: Votes(INTS, INTS, [0, 1], 2, 2),
        "Votes.labels must be a label set such as .*, got list",
    ),
    (
        lambda: Votes(INTS, INTS, Classes(INTS), None, 2),
        r"Votes.n must be the number of items \(a whole number\), got None",
    ),
    (lambda: Votes(INTS, INTS, Classes(INTS), 2, 2.0), "Votes.w must be the number of workers"),
    (lambda: Votes(np.array([0]), INTS, Classes(INTS), 1, 2), "got 1 items, 2 workers, 2 labels"),
    (
        lambda: Votes(np.array([0, 5]), INTS, Classes(INTS), 2, 2),
        r"Votes.item must be in 0..1, got 0 .. 5",
    ),
    (
        lambda: Votes(INTS, np.array([0, -1]), Classes(INTS), 2, 2),
        r"Votes.worker must be in 0..1, got -1 .. 0",
    ),
    (
        lambda: Votes(INTS, INTS, Classes(np.array([0, -1])), 2, 2),
        "1 votes are -1; an abstention is no row",
    ),
    (
        lambda: Votes(INTS, INTS, Texts(["yes", None]), 2, 2),
        r"1 votes hold no text \(None\); an abstention is no row",
    ),
    (
        lambda: Votes(INTS, INTS, Numbers(np.array([0, np.nan])), 2, 2),
        "1 votes are NaN; an abstention is no row",
    ),
    (lambda: encode(np.zeros((2, 2))), "one value per item, got an array of shape"),
    (lambda: encode([1.5, 2.0]), "label 1.5 in row 0 is not a whole number"),
    (lambda: encode([1.5, "a"]), "label 1.5 in row 0 is not a whole number"),
    (
        lambda: encode(["a", None, 1, "b"]),
        "labels mix numbers and text: 1 in row 2, 'a' in row 0; turn them all",
    ),
    (lambda: encode([True, 1]), "labels mix booleans and numbers: True in row 0, 1 in row 1"),
    (lambda: encode(["a", {"a": 1}]), r"a label is one value, got \{'a': 1\} in row 1"),
    (lambda: encode(["a", ["b", "c"]]), r"got \['b', 'c'\] in row 1; several labels an item are"),
    (lambda: encode([b"a", b"\xff"]), r"label b'.xff' in row 1 is no UTF-8 text"),
    (lambda: encode("cat"), "one value an item, in a list or an array; got the text 'cat'"),
    (lambda: encode(3), "got int 3"),
    (lambda: encode({"a": 1}), "got a mapping with the keys 'a'"),
    (lambda: encode(TwoColumns()), "got a table of 2 columns \\('a', 'b'\\): take the one"),
    (lambda: encode({"a"}), "got a set, which has no order"),
    (lambda: MultiLabel.of([["a"], [{"start": 1}]]), r"row 1 holds a list of \{'start': 1\}"),
    (lambda: MultiLabel.of([["a"], [0.5]]), "row 1 holds a list of 0.5, which is no label"),
    (
        lambda: MultiLabel.of([["a", 1]]),
        r"labels in lists \(int in row 0, str in row 0\): labels mix numbers and text",
    ),
    (lambda: MultiLabel.of([[0, 5]], ("a", "b")), "'5' is no number of one of the 2 classes"),
    (
        lambda: MultiLabel.of(
            [[4 * row, 4 * row + 1, 4 * row + 2, 4 * row + 3] for row in range(40)]
        ),
        "every list holds 4 whole numbers, 160 different ones in all: these look like boxes",
    ),
    (
        lambda: MultiLabel.of([["O", "B", "O", "O"]] * 20),
        "20 of 20 lists hold a label more than once: these look like one tag a token",
    ),
]


@pytest.mark.parametrize(("give", "sentence"), BAD, ids=[str(place) for place in range(len(BAD))])
def test_bad_input_gets_its_sentence(give, sentence):
    with pytest.raises(ValueError, match=sentence):
        give()


@pytest.mark.parametrize(
    "file", [module, objects, arrays, raw_labels, raw_lists], ids=lambda file: file.__name__
)
def test_every_sentence_of_the_label_kinds_is_in_the_table(file):
    raises = {
        node.lineno: node.end_lineno
        for node in ast.walk(ast.parse(inspect.getsource(file)))
        if isinstance(node, ast.Raise)
    }
    reached = set()
    for give, _ in BAD:
        try:
            give()
        except ValueError as refused:
            for frame in _frames(refused):
                if frame.filename == file.__file__:
                    reached |= {
                        start for start, end in raises.items() if start <= frame.lineno <= end
                    }
    missing = sorted(set(raises) - reached)
    assert not missing, f"no test gives what {file.__name__} refuses in lines {missing}"


def _frames(error):
    """Where an error was raised, and the error that it was made of."""
    while error is not None:
        yield from traceback.extract_tb(error.__traceback__)
        error = error.__context__


GIVEN = [  # a kind, what it is given, and the array it keeps
    (Classes, [0, 1, -1], np.array([0, 1, -1])),
    (Classes, (0, 1), np.array([0, 1])),
    (Classes, [], np.array([], dtype=np.int64)),
    (Classes, [0.0, 1.0], np.array([0, 1])),
    (Classes, np.array([0, 1], dtype=object), np.array([0, 1])),
    (Classes, [True, False], np.array([1, 0])),
    (Soft, [[0.5, 0.5]], np.array([[0.5, 0.5]])),
    (Soft, [[1, 0]], np.array([[1.0, 0.0]])),
    (MultiLabel, [[1, 0], [-1, 1]], np.array([[1, 0], [-1, 1]])),
    (MultiLabel, np.array([[True, False]]), np.array([[1, 0]])),
    (Numbers, [1.0, 2], np.array([1.0, 2.0])),
    (Numbers, [1, 2], np.array([1.0, 2.0])),
    (Numbers, [[1, 2], [3, 4]], np.array([[1.0, 2.0], [3.0, 4.0]])),
    (Numbers, [1.5, None], np.array([1.5, np.nan])),
]


@pytest.mark.parametrize(
    ("kind", "given", "kept"), GIVEN, ids=[f"{kind.__name__}-{given}" for kind, given, _ in GIVEN]
)
def test_lists_and_tuples_become_arrays_exactly(kind, given, kept):
    labels = kind(given)
    array = getattr(labels, fields(kind)[0].name)
    assert array.dtype == kept.dtype
    assert np.array_equal(array, kept, equal_nan=kept.dtype.kind == "f")


def test_groups_and_votes_take_lists():
    tokens = Grouped(Classes([0, 1, 1]), [0, 2, 3], [[1, 2], [1, 1]])
    assert tokens.offsets.tolist() == [0, 2, 3]
    assert tokens.shape.tolist() == [[1, 2], [1, 1]]
    votes = Votes([0, 0], (0, 1), Classes([0, 1]), n=np.int64(1), w=2)
    assert (votes.item.tolist(), votes.worker.tolist()) == ([0, 0], [0, 1])
    assert type(votes.n) is int


@pytest.mark.parametrize("names", [["a", "b"], ("a", "b"), np.array(["a", "b"])], ids=repr)
def test_names_may_be_any_sequence(names):
    assert Classes([0, 1], names).names == ("a", "b")
    assert Soft([[0.5, 0.5]], names).names == ("a", "b")


def test_tensors_of_torch_are_taken():
    torch = pytest.importorskip("torch")
    assert Classes(torch.tensor([0, -1])).y.tolist() == [0, -1]
    half = torch.tensor([[0.5, 0.5]], dtype=torch.bfloat16, requires_grad=True)
    assert Soft(half).p.tolist() == [[0.5, 0.5]]


def test_columns_of_pandas_are_taken():
    pandas = pytest.importorskip("pandas")
    assert Classes(pandas.Series([0, 1], dtype="Int64")).y.tolist() == [0, 1]
    assert Classes([0, 1], pandas.Index(["a", "b"])).names == ("a", "b")
    assert MultiLabel(pandas.DataFrame({"a": [1], "b": [0]})).y.tolist() == [[1, 0]]
    numbers = Numbers(pandas.Series([1, None], dtype="Float64"))
    assert np.array_equal(numbers.y, [1.0, np.nan], equal_nan=True)
    with pytest.raises(ValueError, match="got nan in row 1"):
        Classes(pandas.Series([0, None], dtype="Int64"))


def test_a_memory_map_stays_one(tmp_path):
    np.save(tmp_path / "y.npy", np.array([0, 1, 1], dtype=np.int8))
    y = np.load(tmp_path / "y.npy", mmap_mode="r")
    assert Classes(y).y is y
    assert Grouped(Classes(y), [0, 3]).units.y is y
    assert whole_numbers(y, "y") is y
    real = np.array([0.5], dtype=np.float16)
    assert real_numbers(real, "x", 1) is real
