"""The suite's part on published methods on tagged text, on little data."""

import numpy as np
import pytest

from reliabel.bench import labels_taggers, labels_taggers_lines, labels_taggers_page
from reliabel.bench import labels_taggers_worlds as worlds
from reliabel.bench.run import Row
from reliabel.core.labels import Grouped, Spans

TYPES = ("LOC", "PER")


def news(n: int = 160):
    """A name after "in" or "said"."""
    names = ["Bern", "Rome", "Oslo", "Ann", "Bob", "Cid"]
    items = [(("in", "said")[i % 6 > 2], names[i % 6], "on", str(i)) for i in range(n)]
    kind = (np.arange(n) % 6 > 2).astype(int)
    return items, Grouped(Spans(np.ones(n), np.full(n, 2), kind, TYPES), np.arange(n + 1))


def test_a_world_knows_its_errors_and_a_tagger_learns_from_it():
    of = worlds.world(news(), "even", 0, (100, 40))
    assert of.planted == round(0.2 * 100)
    assert 0 < of.wrong.sum() <= of.planted
    given = of.labels.units.y >= 0
    assert worlds.agreement(of.noisy, of.truth) == pytest.approx(
        2 * (given & ~of.wrong).sum() / (given.sum() + 100)
    )
    assert worlds.retrained(of, of.truth) == pytest.approx(100)
    none = np.zeros(len(of.tags), dtype=bool)
    assert worlds.retrained(of, keep=none, more=news(30)) == pytest.approx(100)


def test_by_name_all_of_a_name_are_wrong_alike():
    items, truth = news()
    made = worlds.planted(items, truth, "names", 1)
    names = np.array([words[1] for words in items])
    y = np.full(len(items), -1)
    y[made.labels.item] = made.labels.units.y
    assert all(len(set(y[names == name])) == 1 for name in set(names))
    assert (y != truth.units.y).any()


def test_a_mend_changes_adds_and_takes_away():
    labels = Grouped(Spans([0, 2, 4], [1, 3, 5], [0, 1, -1], TYPES), [0, 3])
    mend = Grouped(Spans([0, 2, 4], [2, 3, 5], [0, -1, 1], TYPES), [0, 3])
    found = worlds.corrected(labels, np.ones(3, dtype=bool), mend).units
    assert [found.start.tolist(), found.end.tolist(), found.y.tolist()] == [[0, 4], [2, 5], [0, 1]]
    same = worlds.corrected(labels, np.zeros(3, dtype=bool), mend).units
    assert same.y.tolist() == [0, 1]


def test_a_filter_without_junk_costs_fewer_bits():
    good = ["the cat sat on the mat", "the dog sat on the cat", "a dog on a mat"] * 5
    junk = ["buy now | click here | the cat"] * 30
    few = labels_taggers_lines._loss(good, ["the cat on the mat"], [*good, *junk])
    all_lines = labels_taggers_lines._loss([*good, *junk], ["the cat on the mat"], [*good, *junk])
    assert few < all_lines


def test_every_pattern_can_be_filled():
    rng = np.random.default_rng(0)
    for some in labels_taggers_lines.PATTERNS.values():
        for pattern in some:
            line = labels_taggers_lines._filled(pattern, ["alpha", "beta"], rng)
            assert line
            assert "{a" not in line


def test_the_page_shows_differences_with_intervals():
    def row(method, seed, value):
        name = f"taggers-labels even {seed}"
        return Row(name, "ag_news", "even", seed, method, "F1 of a tagger", value)

    rows = [row("as given", s, 70.0 + s) for s in range(3)]
    rows += [row("better", s, 71.0 + s + 0.1 * s) for s in range(3)]
    ((title, lines),) = labels_taggers_page.sections(rows)
    assert "trained" in title
    assert lines[1][:3] == ["labels", "as given", "71.0"]
    assert lines[2][:3] == ["labels", "better", "72.1 (+1.1 ± 0.2)"]


def test_scenarios_are_named_after_the_part_and_missing_data_are_said(tmp_path):
    made = labels_taggers.scenarios(quick=True, data=tmp_path)
    assert all(name.startswith("taggers-") for name in made)
    with pytest.raises(FileNotFoundError, match="ag_news_test"):
        made["taggers-labels even 0"]()
