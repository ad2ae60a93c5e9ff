"""Many questions together: slips are told from ambiguity, and the interval covers."""

import numpy as np

from reliabel.trust.questions import GAMMAS, asked, interval, together


def answers(share, n=800, seed=0, steep=4.0):
    """One table that speaks for yes, answers by it, and a share of slips."""
    rng = np.random.default_rng(seed)
    d = rng.normal(size=(1, n)) * steep
    truth = rng.random(n) < 1 / (1 + np.exp(-d[0]))
    wrong = rng.random(n) < share
    none = np.zeros(n, dtype=bool)
    question = asked(d, truth ^ wrong, none, np.ones(n), fitted_on=np.arange(n))
    return question, wrong


def test_slips_are_counted_over_all_questions():
    made = [answers(0.05, seed=seed) for seed in range(6)]
    found = together([question for question, _ in made])
    share = np.mean([wrong.mean() for _, wrong in made])
    low, high = interval([found])
    assert low < share < high < 2.5 * share
    assert found.gain > 3
    assert GAMMAS[found.gamma.argmax()] < 0.4
    p = np.concatenate([q.p(w) for (q, _), w in zip(made, found.weights, strict=True)])
    wrong = np.concatenate([wrong for _, wrong in made])
    assert p[wrong].mean() > 5 * p[~wrong].mean()
    assert abs(p.sum() / wrong.sum() - 1) < 0.3


def one_way(missing, n=800, seed=0):
    """Answers of which a fifth of one kind is turned: yes into no, or no into yes."""
    rng = np.random.default_rng(seed)
    d = rng.normal(size=(1, n)) * 5
    truth = rng.random(n) < 1 / (1 + np.exp(-d[0]))
    wrong = (truth == missing) & (rng.random(n) < 0.2)
    none = np.zeros(n, dtype=bool)
    given = truth ^ wrong
    return asked(d, given, none, np.ones(n), fitted_on=np.arange(n)), given, wrong


def test_errors_that_go_one_way_are_not_looked_for_on_the_other():
    for missing, shape in ((True, 1), (False, 2)):
        made = [one_way(missing, seed=seed) for seed in range(6)]
        found = together([question for question, _, _ in made])
        assert found.shape.argmax() == shape
        p = np.concatenate([q.p(w) for (q, *_), w in zip(made, found.weights, strict=True)])
        given, wrong = (np.concatenate([of[place] for of in made]) for place in (1, 2))
        assert p[given == missing].sum() < 0.1 * p.sum()  # not the answers that were turned
        assert p[wrong].mean() > 0.5
        assert abs(p.sum() / wrong.sum() - 1) < 0.3


def test_where_few_answers_tell_the_ways_apart_all_of_them_count():
    made = [answers(0.05, n=100, seed=seed, steep=1.5) for seed in range(2)]
    found = together([question for question, _ in made])
    by_shape = found.weights.sum((0, 2)).reshape(3, -1).sum(1) / found.weights.sum()
    assert by_shape.min() > 0.1


def test_ambiguity_alone_gains_nothing():
    found = together([answers(0.0, seed=seed)[0] for seed in range(6)])
    assert found.gain < 0


def test_copies_with_both_answers_are_judged_by_the_evidence_alone():
    question, _ = answers(0.05)
    twice = np.arange(800) < 2
    again = asked(question.d, question.yes, twice, question.weight, fitted_on=np.arange(800))
    p = again.p(together([again]).weights[0])
    alone = question.p(together([question]).weights[0])
    assert (p[:2] > alone[:2]).all()  # a lapse is not needed to explain them


def test_a_part_of_the_cases_is_fitted_and_all_are_judged():
    question, _ = answers(0.05)
    part = asked(
        question.d,
        question.yes,
        question.twice,
        question.weight,
        fitted_on=np.arange(0, 800, 3),
    )
    assert len(part.p(together([part]).weights[0])) == 800
