"""Loss mixture: planted groups, one group, order, options, and what is too little to fit."""

import numpy as np
import pytest

from reliabel.auditors import loss_mixture, self_confidence
from reliabel.core.labels import Classes

NAMES = ("a", "b")


def planted(n=2000, share=0.2, seed=0):
    """Losses from Beta(2, 8) and Beta(8, 2), times four."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(n) < share
    own = np.exp(-4 * np.where(wrong, rng.beta(8, 2, n), rng.beta(2, 8, n)))
    return Classes(np.zeros(n, int), NAMES), np.stack([own, 1 - own], 1), wrong


def test_the_two_groups_are_cut_where_they_part():
    """A fixed threshold on the given label's probability has to be guessed; here it is found."""
    labels, p, wrong = planted(share=0.4)
    said = loss_mixture.audit(labels, probs=p)
    assert said.info["bimodal"]
    assert said.info["share"] == pytest.approx(wrong.mean(), abs=0.06)
    ours, half = ((flag != wrong).mean() for flag in (said.flag, p[:, 0] < 0.5))
    assert ours < 0.03 < half - 0.1


def test_the_fit_goes_on_until_it_has_converged():
    labels, p, _ = planted(n=20_000, share=0.5)
    info = loss_mixture.audit(labels, probs=p, trim=0.0).info
    mean = info["low"] + info["a"] / (info["a"] + info["b"]) * (info["high"] - info["low"])
    assert mean == pytest.approx([0.8, 3.2], abs=0.08)  # four times .2 and .8


def test_one_group_is_not_split():
    rng = np.random.default_rng(0)
    own = np.exp(-rng.random(1000))
    said = loss_mixture.audit(
        Classes(np.zeros(1000, int), NAMES), probs=np.stack([own, 1 - own], 1), trim=0.0
    )
    assert not said.info["bimodal"]
    assert not said.flag.any()
    assert said.score == pytest.approx((1 - own) / 2)
    assert "one group" in said.info["note"]


def test_the_order_is_that_of_the_loss():
    labels, p, _ = planted()
    ours, theirs = (m.audit(labels, probs=p).score for m in (loss_mixture, self_confidence))
    assert (np.argsort(ours, kind="stable") == np.argsort(theirs, kind="stable")).all()


@pytest.mark.parametrize("trim", [-0.1, 0.5, float("nan")])
def test_a_trim_that_leaves_nothing_is_refused(trim):
    labels, p, _ = planted(50)
    with pytest.raises(ValueError, match="trim must be a share"):
        loss_mixture.audit(labels, probs=p, trim=trim)


@pytest.mark.parametrize("n", [1, 5])
def test_few_or_equal_losses_are_one_group(n):
    said = loss_mixture.audit(Classes(np.zeros(n, int), NAMES), probs=np.full((n, 2), 0.5))
    assert not said.info["bimodal"]
    assert said.score.tolist() == [0.25] * n


def test_unlabelled_items_take_no_part():
    labels, p, _ = planted(400)
    y = np.array(labels.y)
    y[:50] = -1
    said = loss_mixture.audit(Classes(y, NAMES), probs=p)
    alone = loss_mixture.audit(Classes(y[50:], NAMES), probs=p[50:])
    assert np.isnan(said.score[:50]).all()
    assert not said.flag[:50].any()
    assert said.score[50:] == pytest.approx(alone.score)
