"""line_quality: junk lines in a corpus, learnt from some that are labelled."""

import numpy as np
import pytest

from reliabel.auditors import line_quality
from reliabel.bench.metrics import auroc
from reliabel.core.labels import Classes

SUBJECTS = ("The council", "A doctor", "Our team", "The river", "His sister", "The old school")
VERBS = ("agreed to open", "wrote about", "followed", "repaired", "remembered", "walked along")
OBJECTS = ("the bridge", "a small garden", "the long report", "her first book", "the road")
MENUS = ("Home", "Login", "Cart", "Contact", "Share", "Tweet", "Next", "Sign up", "RSS")


def corpus(n: int = 600, labelled: float = 0.2):
    rng = np.random.default_rng(0)
    junk = rng.random(n) < 0.3
    lines = [
        f" {rng.choice(['|', '>>', '/'])} ".join(rng.choice(MENUS, rng.integers(2, 6)))
        if bad
        else f"{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)} in {1900 + i}."
        for i, bad in enumerate(junk)
    ]
    y = np.where(rng.random(n) < labelled, junk.astype(int), -1)
    return lines, Classes(y, ("clean", "menu")), junk


def test_junk_is_found_from_few_labels():
    lines, labels, junk = corpus()
    found = line_quality.audit(labels, items=lines)
    new = labels.y < 0
    assert auroc(found.score[new], junk[new]) > 0.99
    assert found.flag[new & junk].mean() > 0.5 > 0.02 > found.flag[new & ~junk].mean()


def test_chances_are_scaled_on_lines_that_were_not_learnt_from():
    """Labels drawn at random cannot be learnt, and no line is called sure."""
    lines, labels, _ = corpus(labelled=0.5)
    rng = np.random.default_rng(1)
    y = np.where(labels.y >= 0, rng.integers(0, 2, len(lines)), -1)
    quality = line_quality.audit(Classes(y, labels.names), items=lines).info["quality"]
    assert ((quality > 0.1) & (quality < 0.9)).mean() > 0.9


def test_the_class_of_good_lines_is_named_or_the_largest():
    lines, labels, _ = corpus()
    other = line_quality.audit(labels, items=lines, clean="menu")
    assert other.info["clean"] == 1
    assert line_quality.audit(labels, items=lines).info["clean"] == 0


@pytest.mark.parametrize(
    ("y", "clean", "told"),
    [([0, 0, -1], "", "got 2 good and 0 other"), ([0, 1, -1], "fine", "no class is called 'fine'")],
)
def test_what_cannot_be_learnt_is_told(y, clean, told):
    with pytest.raises(ValueError, match=told):
        line_quality.audit(Classes(y, ("clean", "menu")), items=["a", "b", "c"], clean=clean)
