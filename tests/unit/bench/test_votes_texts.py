"""The part of the bench on free texts: its worlds, its measure, its tables."""

from reliabel.bench import votes_texts
from reliabel.bench.run import Row


def test_wrong_words_are_counted():
    wrong, right = votes_texts.wrong_words(["the cat", None, "A dog."], ["the cat", "one", "a dog"])
    assert wrong == 1 / 5
    assert right.tolist() == [True, False, True]


def test_worlds_have_as_many_answers_as_they_say():
    votes, truth = votes_texts.planted(0, items=12, each=3)
    assert (len(votes), len(truth), votes.n) == (36, 12, 12)
    again, _ = votes_texts.planted(0, items=12, each=3)
    assert votes.labels.y == again.labels.y
    choice, truth = votes_texts.planted(0, items=12, each=6, good=1 / 3, choice=3)
    assert sum(text in truth for text in choice.labels.y) > 36


def test_scenarios_and_tables():
    made = votes_texts.scenarios(quick=True, data=None)
    assert all(name.startswith("texts-") for name in made)
    rows = [
        Row("texts-five answers", "", "", 0, "rover", "wrong words", 0.0123),
        Row("texts-cost", "", "10 answers", 0, "rover", "cpu_s", 1.5),
    ]
    first, _, cost = votes_texts.sections(rows)
    assert ["rover", "", "1.2", "", "", "", ""] in first[1]
    assert cost[1][1] == ["rover", "10 answers", "cpu_s", "1.5"]
