"""The first hour by the README: five commands from a file to a reviewed count, each of which ends
with the next one; and the three answers on worlds of each.
"""

from __future__ import annotations

import csv
import shlex

import numpy as np
import pytest
from sklearn.datasets import load_digits
from typer.testing import CliRunner

import reliabel as rl
from reliabel.cli.app import app
from reliabel.trust.answer import CANNOT_TELL, COUNT, NO_SIGN, answer


def say(command):
    """Run a command as it stands, and give what it printed."""
    words = shlex.split(command)
    assert words[0] == "reliabel"
    done = CliRunner().invoke(app, words[1:])
    assert done.exit_code == 0, done.output
    return done.output


def next_of(said):
    """The next command that an output names."""
    (line,) = [line for line in said.splitlines() if line.startswith("Next: ")]
    return line.removeprefix("Next: ")


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A table of digits in which 90 of 1,797 labels are wrong, under a name with a space."""
    monkeypatch.chdir(tmp_path)
    x, truth = load_digits(return_X_y=True)
    given = truth.copy()
    slipped = np.random.default_rng(0).choice(len(truth), 90, replace=False)
    given[slipped] = (given[slipped] + 1) % 10
    with (tmp_path / "my digits.csv").open("w", newline="") as file:
        write = csv.writer(file)
        write.writerow(["digit", *(f"p{i}" for i in range(64))])
        write.writerows([name, *row] for name, row in zip(given, x, strict=True))
    return tmp_path, truth


def judge(sheet, truth):
    """Fill in a sheet as people would who see the truth."""
    with sheet.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        right = str(truth[int(row["id"])])
        row["verdict"], row["label"] = ("keep", "") if row["given"] == right else ("change", right)
    with sheet.open("w", newline="") as file:
        write = csv.DictWriter(file, rows[0])
        write.writeheader()
        write.writerows(rows)
    return sum(row["verdict"] == "change" for row in rows)


def test_five_commands_lead_from_a_file_to_a_reviewed_count(planted):
    place, truth = planted
    first = say("reliabel audit 'my digits.csv' --label digit")
    assert next_of(first) == "reliabel sample 'my digits.audit' --n 100 -o to_review.csv"
    drawn = say(next_of(first))
    again = drawn.splitlines()[-1].strip()
    assert again == "reliabel audit 'my digits.csv' --label digit --verdicts to_review.csv"
    shown = say("reliabel report 'my digits.audit' --form text")
    assert next_of(shown) == again
    changed = judge(place / "to_review.csv", truth)
    counted = say(again)
    audit = rl.load(place / "my digits.audit")
    assert audit.count.low <= 90 <= audit.count.high
    assert audit.count.high - audit.count.low < 60
    assert "checked by review" in counted
    apply = next_of(counted)
    assert apply.startswith("reliabel apply 'my digits.audit' --decisions 'my digits.audit/")
    assert f"{changed} changed" in say(apply)
    assert (place / "my digits.mended.csv").is_file()


def test_no_command_names_a_file_that_is_not_there(planted):
    place, truth = planted
    said = say("reliabel audit 'my digits.csv' --label digit -o other.audit")
    for _ in range(4):
        words = shlex.split(next_of(said))
        for option in ("--decisions", "--verdicts"):
            if option in words:
                assert (place / words[words.index(option) + 1]).is_file()
        said = say(shlex.join(words))
        if "--decisions" in words:
            break
        if words[1] == "sample":
            judge(place / words[words.index("-o") + 1], truth)
            said = say("reliabel report other.audit --form text")
    else:
        pytest.fail("the steps do not end in apply")


def test_the_text_of_an_audit_names_no_place_that_is_not_known():
    p = np.repeat([[0.9, 0.1], [0.1, 0.9]], 40, axis=0)
    said = rl.report(rl.audit(rl.Classes(np.arange(80) // 40), probs=p), form="text")
    assert "{" not in said
    assert 'reliabel.save(audit, "labels.audit")' in said


def corners(rng, n, apart, k=3):
    truth = rng.integers(0, k, n)
    return (apart * np.eye(k)[truth] + rng.normal(size=(n, k))).astype(np.float32), truth


def moons(rng, n, blur):
    truth, turn = rng.integers(0, 2, n), rng.random(n) * np.pi
    x = np.where(truth == 0, np.cos(turn), 1 - np.cos(turn))
    y = np.where(truth == 0, np.sin(turn), 0.5 - np.sin(turn))
    return (np.stack([x, y], axis=1) + blur * rng.normal(size=(n, 2))).astype(np.float32), truth


def flipped(rng, y, share, k, by=None):
    step = by if by is not None else rng.integers(1, k, len(y))
    return np.where(rng.random(len(y)) < share, (y + step) % k, y)


def digits(_rng):
    return load_digits(return_X_y=True)


COUNTED = {
    "next class": lambda r: (*corners(r, 2000, 3), 0.05, 3, 1),
    "next class, far apart": lambda r: (*corners(r, 1500, 12, 5), 0.1, 5, 1),
    "any class": lambda r: (*corners(r, 2000, 3), 0.05, 3, None),
    "moons": lambda r: (*moons(r, 2000, 0.15), 0.05, 2, None),
    "digits": lambda r: (*digits(r), 0.05, 10, 1),
}


@pytest.mark.parametrize("world", COUNTED)
def test_plain_errors_get_a_count_whose_interval_holds_them(world):
    rng = np.random.default_rng(3)
    x, truth, share, k, by = COUNTED[world](rng)
    y = flipped(rng, truth, share, k, by)
    audit = rl.audit(rl.Classes(y), features=x, by=[])
    assert answer(audit).state == COUNT
    assert audit.count.low <= (y != truth).sum() <= audit.count.high


def outcome(rng, n, slope):
    """Yes or no by chance: ambiguity without one error."""
    x = rng.normal(size=(n, 4))
    return x, (rng.random(n) < 1 / (1 + np.exp(-slope * x[:, 0]))).astype(int)


OPEN = {
    "outcomes by chance": lambda r: outcome(r, 2000, 2),
    "clouds that overlap": lambda r: corners(r, 2000, 1.5),
    "wide moons": lambda r: moons(r, 2000, 0.4),
    "few labels": lambda r: corners(r, 300, 3),
    "digits by a few pixels": lambda r: (load_digits().data[:, 18:30], load_digits().target),
    "evidence of another kind": lambda r: (r.normal(size=(1500, 8)), r.integers(0, 3, 1500)),
}


@pytest.mark.parametrize("world", OPEN)
def test_ambiguity_and_weak_evidence_never_read_as_clean_and_get_no_count(world):
    x, y = OPEN[world](np.random.default_rng(4))
    audit = rl.audit(rl.Classes(np.asarray(y)), features=np.asarray(x, dtype=np.float32), by=[])
    said, told = answer(audit), rl.report(audit, form="text")
    assert said.state == CANNOT_TELL
    assert said.why
    assert said.improve
    assert "No sign" not in told
    assert "no sign" not in told


CLEAN = {
    "far clouds": lambda r: corners(r, 1500, 8),
    "five clouds": lambda r: corners(r, 2000, 7, 5),
    "digits": digits,
}


@pytest.mark.parametrize("world", CLEAN)
def test_clean_labels_with_strong_evidence_show_no_sign_of_errors(world):
    x, y = CLEAN[world](np.random.default_rng(5))
    audit = rl.audit(rl.Classes(np.asarray(y)), features=np.asarray(x, dtype=np.float32), by=[])
    assert answer(audit).state == NO_SIGN
    told = rl.report(audit, form="text")
    assert "no sign of errors" in told
    assert "errors that follow a pattern would not show" in told
