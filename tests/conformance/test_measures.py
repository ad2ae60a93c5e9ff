"""The law book of measures."""

from __future__ import annotations

import numpy as np
import pytest
from tests.conformance.book import kinds_of, obey, parameters, run, worlds_of
from tests.conformance.every import EVERY, well_formed
from tests.worlds import WORLDS

from reliabel.core.catalogue import Entry


def law_a_number_and_an_interval_around_it(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        said = run(entry, world)
        well_formed(said, world)
        assert not np.isnan(said.value), "no number for the easy world"


def law_no_interval_without_a_reason(entry: Entry) -> None:
    for _, world in worlds_of(entry):
        said = run(entry, world)
        if np.isnan(said.low) or np.isnan(said.high):
            reasons = [
                word
                for word in said.info.values()
                if isinstance(word, str) and len(word.split()) >= 4
            ]
            assert reasons, "info must say in a sentence why there is no interval"


def law_the_interval_covers(entry: Entry) -> None:
    """Twenty draws of the easy world against one that is several times as large and stands for all
    there is.
    """
    for kind in kinds_of(entry):
        n = 2400 if kind == "Classes" else 960
        large = run(entry, WORLDS[kind](99, n))
        if np.isnan(large.low) or np.isnan(large.high):
            continue
        small = [run(entry, WORLDS[kind](seed)) for seed in range(20)]
        slack = (large.high - large.low) / 2  # what the large draw itself is off by
        covered = sum(m.low - slack <= large.value <= m.high + slack for m in small)
        assert covered >= 17, f"{covered} of 20 intervals hold {large.value:.4f}"


BOOKS = {
    "Measure": (
        *EVERY,
        law_a_number_and_an_interval_around_it,
        law_no_interval_without_a_reason,
        law_the_interval_covers,
    )
}


@pytest.mark.parametrize(("entry", "law"), parameters("measure", BOOKS))
def test_measures_keep_the_law(entry, law, record_property):
    obey(entry, law, record_property)
