import numpy as np
import pytest

from reliabel.core.labels import Classes, Votes
from reliabel.ops.votes import (
    as_distribution,
    check_matrices_fit,
    log_shares,
    normalise,
    right_votes,
    tally,
    vote_counts,
    vote_shares,
    votes_matrix,
    votes_per_worker,
)


def _random(n=500, w=7, k=4, v=1600, seed=0, item_sorted=False):
    rng = np.random.default_rng(seed)
    item = rng.integers(n, size=v)
    item = np.sort(item) if item_sorted else item
    return Votes(
        item, rng.integers(w, size=v), Classes(rng.integers(k, size=v), tuple("abcd"[:k])), n=n, w=w
    )


@pytest.mark.parametrize("item_sorted", [True, False])
def test_the_matrix_holds_every_vote(item_sorted):
    votes = _random(item_sorted=item_sorted)
    (block,) = votes_matrix(votes)
    dense = np.zeros((500, 28))
    np.add.at(dense, (votes.item, votes.worker * 4 + votes.labels.y), 1)
    assert (block.votes.toarray() == dense).all()
    assert (block.by_worker.toarray() == dense.reshape(500, 7, 4).sum(2)).all()
    assert (vote_counts(block) == dense.reshape(500, 7, 4).sum(1)).all()
    assert (block.worker == block.votes.indices // 4).all()
    assert (np.bincount(block.row, minlength=500) == np.bincount(votes.item, minlength=500)).all()


def test_blocks_join_to_the_whole():
    votes = _random(n=200_000, v=300_000, k=4)
    blocks = votes_matrix(votes)
    assert len(blocks) > 1
    assert sum(len(block) for block in blocks) == 200_000
    whole = np.concatenate([vote_counts(block) for block in blocks])
    assert (
        whole == np.bincount(votes.item * 4 + votes.labels.y, minlength=800_000).reshape(-1, 4)
    ).all()
    assert (votes_per_worker(blocks) == np.bincount(votes.worker, minlength=7)).all()


def test_share_is_even_without_votes_and_certain_with_gold():
    votes = Votes(np.array([0, 0]), np.array([0, 1]), Classes(np.array([0, 1])), n=3, w=2)
    (block,) = votes_matrix(votes, np.array([-1, -1, 1]))
    assert vote_shares(block).tolist() == [[0.5, 0.5], [0.5, 0.5], [0.0, 1.0]]


def test_tally_counts_answers_by_truth_and_leaves_items_without_votes_out():
    votes = Votes(np.array([0, 1, 1]), np.array([0, 0, 1]), Classes(np.array([0, 1, 1])), n=3, w=2)
    (block,) = votes_matrix(votes)
    posterior = np.array([[1.0, 0.0], [0.25, 0.75], [0.5, 0.5]])
    count, size = tally(block, posterior)
    assert count.tolist() == [[1.0, 0.0], [0.25, 0.75], [0.0, 0.0], [0.25, 0.75]]
    assert size.tolist() == [1.25, 0.75]
    assert right_votes(block, posterior).tolist() == [1.75, 0.75]


def test_normalise_survives_what_underflows():
    posterior, evidence = normalise(np.array([[-2000.0, -2001.0], [-np.inf, -5.0]]))
    assert posterior[0] == pytest.approx([1 / (1 + np.exp(-1)), 1 / (1 + np.e)])
    assert posterior[1].tolist() == [0.0, 1.0]
    assert evidence == pytest.approx(-2000 + np.log1p(np.exp(-1)) - 5)


def test_gold_counts_with_the_score_of_its_class():
    posterior, evidence = normalise(np.log([[0.1, 0.3], [0.2, 0.2]]), np.array([0, -1]))
    assert posterior[0].tolist() == [1.0, 0.0]
    assert evidence == pytest.approx(np.log(0.1) + np.log(0.4))


def test_settle_gives_the_balance_where_nothing_was_said():
    (block,) = votes_matrix(Votes(np.array([0]), np.array([0]), Classes(np.array([1])), n=2, w=1))
    assert as_distribution(
        np.array([[0.0, 3.0], [0.0, 0.0]]), block, empty=np.array([0.2, 0.8])
    ).tolist() == [[0.0, 1.0], [0.2, 0.8]]


def test_log_share_of_a_class_without_votes_is_finite():
    assert np.isfinite(log_shares(np.array([0.0, 4.0]))).all()
    assert np.exp(log_shares(np.zeros(4))) == pytest.approx(np.full(4, 0.25))


def test_too_many_matrices_are_refused_with_a_way_out():
    votes = Votes(
        np.array([0]),
        np.array([0]),
        Classes(np.array([0]), tuple(map(str, range(1000)))),
        n=1,
        w=200,
    )
    with pytest.raises(ValueError, match=r"200 workers over 1000 classes.*use one_coin"):
        check_matrices_fit(votes)


def test_keys_widen_where_32_bits_would_overflow():
    wide = 70_000
    votes = Votes(
        np.array([0]),
        np.array([wide - 1]),
        Classes(np.array([wide - 1]), tuple(map(str, range(wide)))),
        n=1,
        w=wide,
    )
    (block,) = votes_matrix(votes)
    assert block.votes.indices.tolist() == [wide * wide - 1]
    assert (block.worker[0], block.label[0]) == (wide - 1, wide - 1)
