"""The suite certificate on short reviews, and what broken protocols do to a certificate."""

from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from reliabel.bench import certificate_page
from reliabel.bench.certificate import (
    EVERY,
    QUICK_EACH,
    QUICK_N,
    SEVEN,
    SHARES,
    Task,
    efficiency,
    validity,
)
from reliabel.bench.certificate_worlds import UNIFORM
from reliabel.bench.run import Row
from reliabel.trust.certificate import certificate
from reliabel.trust.review_record import record_of

ALLOWANCE = 2  # Monte-Carlo standard errors
FALSE = (
    "false at the first certificate",
    "false when it looks good",
    "upper end ever too low",
    "ever outside",
)


@pytest.mark.slow
def test_false_statements_are_as_rare_as_promised() -> None:
    """35 settings x 20 reviews of 1,000 labels, to the last label."""
    total = dict.fromkeys((*FALSE, "certified"), 0.0)
    for share in SHARES:
        for told in validity(Task("validity", share, EVERY, 0, QUICK_N, QUICK_EACH)).values():
            for name in total:
                total[name] += told[name]
    reviews = len(SHARES) * len(SEVEN) * QUICK_EACH
    most = 0.05 + ALLOWANCE * np.sqrt(0.05 * 0.95 / reviews)
    for name in FALSE:
        assert total[name] / reviews <= most, name
    assert total["certified"] > reviews / 3


def test_good_p_wrong_saves_reviews() -> None:
    """The rule against draws alone, 3 % of 2,000 wrong at a target of 1 %."""
    good, plain = (
        efficiency(Task("efficiency", 0.03, kind, 0, 2000, 20))["mean"]
        for kind in ("good .95", UNIFORM)
    )
    assert good < 0.6 * plain


def broken(
    how: str, rng: Generator, *, n: int = 5000, share: float = 0.03, draws: int = 500
) -> bool:
    """Whether a review says that at most 1 % are wrong, where 3 % are: by a log that is honest, or
    by one that puts wrong draws aside before it commits them.
    """
    wrong = rng.permutation(np.arange(n) < share * n)
    item = rng.permutation(n)[:draws]
    bad = wrong[item]
    if how == "honest":
        kinds, order = ["drawn"] * draws, np.arange(draws)
    elif how == "redrawn":  # a wrong one is drawn anew, and reviewed later as a chosen one
        kinds = ["drawn"] * int((~bad).sum()) + ["chosen"] * int(bad.sum())
        order = np.argsort(bad, kind="stable")
    else:  # shown ten ahead; the easy ones come back first and are committed as they come
        shown = np.arange(draws) // 10
        order = np.lexsort((bad, shown))
        late = bad[order]
        kinds = np.where(late, "chosen", "drawn").tolist()
    record = record_of(n, kinds, bad[order].astype(int).tolist(), forecast=1.0, allowed=n // 100)
    return certificate(record, 0.01).holds


@pytest.mark.parametrize("how", ["redrawn", "prefetched"])
def test_broken_protocols_say_what_is_false(how: str) -> None:
    assert np.mean([broken(how, default_rng(seed)) for seed in range(40)]) > 0.9


def test_the_honest_protocol_does_not() -> None:
    assert not any(broken("honest", default_rng(seed)) for seed in range(40))


def test_parts_are_not_done_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reliabel.bench import certificate as suite
    from reliabel.bench.run import Table

    task = Task("efficiency", 0.0, UNIFORM, 0, 500, 3)
    monkeypatch.setattr(suite, "_tasks", lambda quick: [task])
    table = Table(tmp_path / "certificate.csv")
    suite.run(table, quick=True, data=None)
    rows = len(table.rows)
    assert rows > 0
    suite.run(Table(table.path), quick=True, data=None)
    assert len(Table(table.path).rows) == rows


def test_parts_of_a_setting_are_pooled() -> None:
    def row(method: str, part: int, metric: str, value: float) -> Row:
        scenario = f"{method} 0.01 useless 10000 part {part}"
        return Row(scenario, "n 10000", "1.0% wrong, useless", part, method, metric, value)

    rows = [
        row(method, part, metric, value)
        for method, of in {
            "efficiency": {"reviews": (2, 2), "mean": (100, 200), "deviation": (0, 0)},
            "validity": {"reviews": (100, 300), "certified": (80, 300)}
            | dict.fromkeys(FALSE, (4, 4)),
        }.items()
        for metric, values in of.items()
        for part, value in enumerate(values)
    ]
    tables = {title.split(" ")[0]: lines for title, _, lines in certificate_page.tables(rows)}
    assert tables["Mean"] == [["1.0%", "150 (29)"]]
    assert tables["Share"] == [["1.0%", "useless", "400", "95.0 %", *["2.0 %"] * 4]]
