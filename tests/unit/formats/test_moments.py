"""Moments as seconds since 1970."""

import datetime

import numpy as np
import pytest

from reliabel.formats.moments import moment_in, seconds_since_1970

NOON = 1_700_000_000.0 - 1_700_000_000.0 % 86_400 + 43_200  # 2023-11-14 12:00 UTC


def cells(*values):
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2023-11-14T12:00:00Z", 0),
        ("2023-11-14T12:00:00z", 0),
        ("2023-11-14T12:00:00", 0),
        ("2023-11-14 12:00", 0),
        ("2023-11-14T13:00:00+01:00", 0),
        ("2023-11-14T13:00+0100", 0),
        ("2023-11-14T13:00:00+01", 0),
        ("2023-11-14 04:00:00 -0800", 0),
        ("2023-11-14 12:00:00 UTC", 0),
        ("2023-11-14 13:00 CET", 0),
        ("2023-11-14T12:00:00.25Z", 0.25),
        ("2023-11-14T12:00:00,25", 0.25),
        ("2023-11-14T12:00:00.123456789+00:00", 0.123456),
        ("20231114T120000Z", 0),
        ("2023-11-14T12", 0),
        ("2023-11-14", -43_200),
        ("Tue Nov 14 04:00:12 PST 2023", 12),
        ("Tue Nov 14 05:00:12 MST 2023", 12),
        ("Tue Nov 14 12:00:12 2023", 12),
        ("Tue, 14 Nov 2023 12:00:00 GMT", 0),
        ("Tue, 14 Nov 2023 13:00:00 +0100", 0),
    ],
)
def test_moments_as_people_write_them(text, seconds):
    assert moment_in(text) == pytest.approx(NOON + seconds, abs=1e-6)


def test_summer_time_is_another_zone():
    later, sooner = (moment_in(f"Mon Jul 03 10:00:00 {zone} 2023") for zone in ("PST", "PDT"))
    assert later - sooner == 3600


@pytest.mark.parametrize(
    "text", ["soon", "2023-13-14", "14 o'clock", "Tue Nov 14 12:00:12 XYZ 2023", "03/04/2024", ""]
)
def test_other_text_is_no_moment(text):
    assert moment_in(text) is None


def test_days_and_months_are_told_by_the_whole_column():
    day_first = seconds_since_1970(cells("14/11/2023 12:00", "01/12/2023 00:00"), "when")
    assert day_first.tolist() == [NOON, NOON + 16.5 * 86_400]
    month_first = seconds_since_1970(cells("11/14/2023 12:00:00 PM", None, "12/1/2023"), "when")
    assert month_first[[0, 2]].tolist() == [NOON, NOON + 16.5 * 86_400]
    assert np.isnan(month_first[1])
    dots = seconds_since_1970(cells("14.11.2023 12:00"), "when")
    assert dots.tolist() == [NOON]
    said = seconds_since_1970(cells("11/2/2023 12:00:00"), "when", month_first=True)
    assert said.tolist() == [NOON - 12 * 86_400]
    with pytest.raises(
        ValueError, match=r"'when' holds '03/04/2024': whether the day or the month comes first"
    ):
        seconds_since_1970(cells("03/04/2024", "05/06/2024 10:00"), "when")
    with pytest.raises(ValueError, match=r"such as 14/11/2023 and 11/15/2023; write them as"):
        seconds_since_1970(cells("14/11/2023", "11/15/2023"), "when")


def test_numbers_stay_and_milliseconds_become_seconds():
    assert seconds_since_1970(np.array([1.5, 2.0]), "when").tolist() == [1.5, 2.0]
    assert seconds_since_1970(np.array([int(NOON) * 1000]), "when").tolist() == [NOON]
    assert seconds_since_1970(cells(str(int(NOON) * 1000), None), "when")[0] == NOON
    assert seconds_since_1970(cells(3, "4", 5.5), "when").tolist() == [3, 4, 5.5]


def test_dates_of_other_types_and_of_numpy():
    moment = datetime.datetime(
        2023, 11, 14, 13, tzinfo=datetime.timezone(datetime.timedelta(0, 3600))
    )
    assert seconds_since_1970(cells(moment, None), "when")[0] == NOON
    assert seconds_since_1970(cells(datetime.date(2023, 11, 14)), "when")[0] == NOON - 43_200
    stamps = np.array(["2023-11-14T12:00", "NaT"], dtype="datetime64[us]")
    found = seconds_since_1970(stamps, "when")
    assert found[0] == NOON
    assert np.isnan(found[1])


def test_the_first_cell_that_is_no_moment_is_shown():
    with pytest.raises(
        ValueError, match=r"column 'when' must hold numbers or moments .* row 1 holds 'soon'"
    ):
        seconds_since_1970(cells("2023-11-14", "soon"), "when")
    with pytest.raises(ValueError, match="row 0 holds True"):
        seconds_since_1970(cells(True), "when")
