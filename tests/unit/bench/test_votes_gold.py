"""The parts of the bench on known answers and on annotators: they are small, and show an effect."""

from reliabel.bench import votes_annotators, votes_gold
from reliabel.bench.run import Row


def test_known_strengths_turn_a_crowd_round():
    without, taught = votes_gold._comparisons(0)
    assert without < 0.3
    assert taught > 0.85


def test_known_boxes_help():
    without, taught = votes_gold._boxes(3)
    assert taught >= without


def test_rules_of_sections_know_more_than_headings():
    alone, together = (row.value for row in votes_annotators._sections(1))
    assert together > alone + 0.05


def test_scenarios_and_tables():
    for part, name in ((votes_gold, "gold-"), (votes_annotators, "annotators-")):
        assert all(one.startswith(name) for one in part.scenarios(quick=True, data=None))
    rows = [
        Row("gold-spans", "", "", 0, votes_gold.WITH, "right", 0.771),
        Row("gold-outlines", "", "", 0, "mask_majority", "pixels off", 0.181),
        Row("annotators-rare class", "", "", 0, "cluster_votes", "F1", 0.8),
    ]
    taught, outlines = votes_gold.sections(rows)
    assert taught[1][2] == ["with known answers", "", "77.1", "", ""]
    assert outlines[1][1] == ["mask_majority", "pixels off", "0.18"]
    rare, _ = votes_annotators.sections(rows)
    assert rare[1][1] == ["cluster_votes", "80.0"]
