import numpy as np

from reliabel.core.evidence import Neighbours
from reliabel.core.labels import Classes
from reliabel.trust.why import why

LABELS = Classes(np.array([0, 1, 1, 1, 0, 2, -1]), ("negative", "positive", "mixed"))
NEAR = Neighbours(np.array([[1, 2, 3, 4, 5, 6]] * 7), np.ones((7, 6)))


def test_neighbours_and_model_are_counted():
    p = np.array([[0.02, 0.9, 0.08]] * 7)
    assert why(LABELS, 0, 1, probs=p, neighbours=NEAR) == "its 5 nearest are 3 positive, 1 negative; the model gives negative .02, positive .90"


def test_a_suggestion_that_no_neighbour_has_gives_the_commonest():
    labels = Classes(np.array([0, 1, 1]), ("a", "b", "c"))
    near = Neighbours(np.array([[1, 2], [2, 0], [1, 0]]), np.ones((3, 2)))
    assert why(labels, 0, 2, neighbours=near) == "its 2 nearest are all b"


def test_copies_that_disagree_come_first():
    assert why(LABELS, 0, 1, copies=np.array([7, 7, 7, -1, -1, -1, -1])) == "2 exact copies say otherwise"
    assert why(LABELS, 3, 1, copies=np.array([7, 7, 7, -1, -1, -1, -1])) == ""


def test_none_of_the_given_class_and_round_numbers():
    p = np.array([[0.001, 0.999, 0.0]] * 7)
    assert why(LABELS, 5, 1, probs=p, neighbours=Neighbours(np.array([[1, 2, 4]] * 7), np.ones((7, 3)))) == (
        "its 3 nearest are 2 positive, none mixed; the model gives mixed 0, positive 1"
    )


def test_nothing_to_say_without_evidence():
    assert why(LABELS, 0, 1) == ""
