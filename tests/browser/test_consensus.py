"""The page of a consensus in a real browser: workers are sorted by any column."""

import numpy as np
import pytest

from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes, Votes
from reliabel.verbs.aggregate import aggregate
from reliabel.verbs.report import report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def crowd():
    """Seventy workers, more than a page shows at first."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 400)
    item = np.repeat(np.arange(400), 5)
    worker = rng.integers(0, 70, 2000)
    y = np.where(rng.random(2000) < np.linspace(0.4, 0.95, 70)[worker], truth[item], 0)
    votes = Votes(item, worker, Classes(y, ("a", "b", "c")), 400, 70)
    return aggregate(Dataset(votes, {}, Ids(None, [f"w{j}" for j in range(70)])))


def column(page, place):
    rows = "#workers table[data-sortable] tbody tr:not([hidden])"
    return page.eval_on_selector_all(rows, f"rows => rows.map(row => row.cells[{place}].innerText)")


def test_a_click_on_a_heading_sorts_all_workers(browser, tmp_path, crowd):
    report(crowd, tmp_path / "page.html")
    page = browser.new_page()
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto((tmp_path / "page.html").as_uri())
    assert len(column(page, 0)) == 50
    page.get_by_role("button", name="votes", exact=True).click()
    few = [int(value) for value in column(page, 1)]
    assert few == sorted(few)
    assert len(few) == 50
    page.get_by_role("button", name="votes", exact=True).click()
    most = [int(value) for value in column(page, 1)]
    assert most == sorted(most, reverse=True)
    assert most[0] > few[0]
    page.get_by_role("button", name="Show all 70").click()
    page.get_by_role("button", name="worker", exact=True).click()
    assert column(page, 0) == [f"w{j}" for j in range(70)]
    assert page.get_attribute("#workers thead th >> nth=0", "aria-sort") == "ascending"
    page.close()
    assert not faults
