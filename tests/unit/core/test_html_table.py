"""What a notebook shows of a result."""

import numpy as np

import reliabel as rl
from reliabel.core.results import Corrupted, Measure, Picks


def test_an_audit_shows_its_count_and_its_first_findings():
    y = np.repeat([0, 1], 30)
    y[3] = 1
    audit = rl.audit(
        rl.Classes(y, ("a<b", "c")), probs=np.repeat([[0.9, 0.1], [0.2, 0.8]], 30, axis=0)
    )
    page = audit._repr_html_()
    assert page.startswith("<table><caption>60 items, no count of wrong labels, ")
    assert page.count("<tr>") == 11
    assert "<td>3</td><td>label</td>" in page
    assert "a&lt;b" in page
    assert "a<b" not in page


def test_the_others_show_their_numbers():
    labels = rl.Classes(np.array([0, 1]))
    votes = rl.Votes(np.array([0, 1]), np.array([0, 0]), labels, n=2, w=1)
    assert (
        "consensus on 2 items by 1 workers, the first 1 are"
        in rl.aggregate(votes, by="dawid_skene")._repr_html_()
    )
    assert "<td>0.25</td><td>0.2</td><td></td>" in Measure(0.25, 0.2, float("nan"))._repr_html_()
    assert (
        "<td>2</td><td>1</td>"
        in Corrupted(labels, np.arange(2), np.array([True, False]))._repr_html_()
    )
    assert "<td>1</td><td>5</td><td></td>" in Picks(np.array([5]))._repr_html_()
