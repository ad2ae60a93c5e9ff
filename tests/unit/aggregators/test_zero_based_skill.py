import pytest

from reliabel.aggregators.zero_based_skill import aggregate


def test_one_full_step_is_the_agreement_with_the_majority(tiny):
    assert aggregate(tiny, iterations=1).skill == pytest.approx([0.875, 1, 0.625])


def test_it_settles_where_weights_and_majority_agree(tiny):
    found = aggregate(tiny)
    assert found.skill == pytest.approx([1, 1, 0.5])
    assert found.labels.p[:, 1] == pytest.approx([0.2, 1, 0, 2 / 3])
    assert not len(found.trace), "there is no objective"


def test_skills_follow_the_planted_ones(planted):
    votes, truth, right = planted
    found = aggregate(votes)
    assert (found.labels.p.argmax(1) == truth).mean() > 0.9
    assert found.skill.argsort()[-5:].tolist() != right.argsort()[:5].tolist()
    assert (
        found.skill[right.argsort()[-10:]].mean() - found.skill[right.argsort()[:10]].mean()
    ) > 0.2
