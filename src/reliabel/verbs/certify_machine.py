"""certify, of a machine: how many of its labels may be accepted unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.kinds import layout_of
from reliabel.core.labels import Floats, Ints
from reliabel.folders.consensus_folder import is_consensus
from reliabel.folders.consensus_folder import load as load_consensus
from reliabel.folders.fingerprint import fingerprint
from reliabel.folders.items_file import COLUMN
from reliabel.folders.other_columns import other_columns

ALL, ACCEPT = "all", "accept-"  # names of populations of the log

if TYPE_CHECKING:
    from reliabel.trust.machine_labels import Accepted, Grid, MachineCertificate, MachineLooks


def certify_machine(
    folder: str | Path,
    confidence: str,
    *,
    risk: float = 0.05,
    level: float = 0.95,
    n: int = 0,
    out: str | Path | None = None,
    who: str | None = None,
    store: str | Path | None = None,
) -> MachineCertificate:
    """The most confident labels of an audit or a consensus folder that may be accepted unseen, so
    that at most a share ``risk`` of them is wrong; valid whenever people stop reviewing.

    confidence: the column of the audited file, or of consensus.parquet, that says how sure the
        machine is of each label: larger is surer.
    level: the probability with which all of it holds at all times together.
    n, out, who: hand out ``n`` labels to ``who``, drawn where they tell most, and write them to
        ``out`` for people to judge.  store: where the decisions lie, if not in the folder.
    Choose the risk and the column before looking at verdicts: the statement is of one risk.
    Raises ValueError where there is no such column of numbers, and for labels of which an item has
    several.
    """
    from reliabel.review.looked import looked_of
    from reliabel.review.opening import open_log
    from reliabel.trust.machine_labels import MachineCertificate, accepted, grid_of
    from reliabel.trust.reviewer_errors import OF_COUNT

    if not 0.5 <= level < 1:
        raise ValueError(f"confidence is a probability from 0.5 to below 1, got {level}")
    opened = open_log(folder, store=store)
    data, log = opened.audit.data, opened.log
    if layout_of(data.labels).rows != len(data.labels):
        raise ValueError("machine labels are accepted item by item, and items here have several")
    known = np.flatnonzero(log.board.populations[ALL].inside)
    score = confidence_of(Path(folder), data, confidence)[known]
    grid = grid_of(score, risk)
    doubt = (
        1 - score if bool(((score >= 0) & (score <= 1) | np.isnan(score)).all()) else score * np.nan
    )
    names = [population_of(known, grid, at, risk) for at in range(len(grid))]
    looks = _looks(looked_of(log, undecided=True), known, names)
    found = accepted(grid, looks, risk, doubt, alpha=1 - level)
    people = {one.who for one in log.decisions()}
    batch = None
    if n or out is not None:
        batch = _handed_out(opened, grid, known, names, found, n or 50, out, who)
    trials = log.record(ALL)
    narrow = accepted(grid, looks, risk, doubt, alpha=OF_COUNT * (1 - level))
    missed, high = _with_missed(found, narrow, trials.trials, trials.missed, 1 - level)
    return MachineCertificate(
        found,
        confidence,
        level,
        int(np.isfinite(score).sum()),
        int((looks.wrong >= 0).sum()),
        len(people),
        trials.trials,
        missed,
        high,
        batch,
        (*opened.notes, *_other_risks(list(log.board.populations), risk)),
    )


def confidence_of(folder: Path, data: Dataset, name: str) -> Floats:
    """(n,) the numbers of a column of the audited file or the consensus folder, NaN where a cell is
    empty.
    """
    columns: dict[str, Sequence[Any]] = {}
    if is_consensus(folder):
        columns |= load_consensus(folder)[1]
    beside = data.evidence.get("columns")
    columns |= dict(beside) if isinstance(beside, Mapping) else {}
    if name not in columns:
        others = other_columns(data, np.arange(len(data.labels)))
        columns |= {key.removeprefix(COLUMN): cells for key, cells in others.items()}
    if name not in columns:
        known = ", ".join(list(columns)[:15]) or "none (has the audited file moved or changed?)"
        raise ValueError(
            f"there is no column {name!r} that says how sure the machine is; columns: {known}"
        )
    cells = columns[name]
    try:
        score = np.array([np.nan if one is None or one == "" else float(one) for one in cells])
    except (TypeError, ValueError) as wrong:
        raise ValueError(
            f"column {name!r} does not hold numbers ({wrong}); name the one with the machine's "
            "confidence"
        ) from wrong
    if len(score) != len(data.labels):
        raise ValueError(
            f"column {name!r} has {len(score):,} rows, the labels {len(data.labels):,}"
        )
    return score


def population_of(known: Ints, grid: Grid, at: int, risk: float) -> str:
    """The population of the labels that a level accepts; no other labels have this name."""
    return f"{ACCEPT}{risk:g}-{fingerprint(known[grid.level <= at])[:12]}"


def _looks(looked: Any, known: Ints, names: Sequence[str]) -> MachineLooks:
    """What was looked at, with rows numbered among the known labels and populations as levels;
    draws for another risk from the same labels are as good.
    """
    from reliabel.trust.machine_labels import CHOSEN, MachineLooks

    width = {name.rpartition("-")[2]: at for at, name in enumerate(names)}
    item = np.searchsorted(known, looked.row)
    levels = [
        len(names)
        if name == ALL
        else width.get(name.rpartition("-")[2], CHOSEN)
        if name.startswith(ACCEPT)
        else CHOSEN
        for name in looked.population
    ]
    return MachineLooks(item, looked.wrong, np.array(levels, dtype=np.int64), looked.unseen)


def _other_risks(names: Sequence[str], risk: float) -> list[str]:
    """A sentence where labels were drawn for another risk as well."""
    risks = {
        name.removeprefix(ACCEPT).rpartition("-")[0] for name in names if name.startswith(ACCEPT)
    }
    others = sorted(risks - {f"{risk:g}"})
    if not others:
        return []
    return [
        f"Labels were drawn for a risk of {', '.join(others)} too: what is said holds for a risk "
        "that was chosen before looking"
    ]


def _handed_out(
    opened: Any,
    grid: Grid,
    known: Ints,
    names: Sequence[str],
    found: Accepted,
    n: int,
    out: str | Path | None,
    who: str | None,
) -> dict[str, object]:
    """Labels drawn from the level that tells most."""
    from reliabel.review.batches import hand_out

    if found.then is None:
        raise ValueError("all labels may be accepted already; there is nothing to draw")
    at = found.then
    why = f"confidence {grid.threshold[at]:g} or more"
    opened.log.fix_population(names[at], known[grid.level <= at], why)
    made = hand_out(opened.audit, opened.log, n=n, out=out, who=who, population=names[at])
    return {
        "population": names[at],
        "threshold": float(grid.threshold[at]),
        "labels": made.labels,
        "held": made.held,
        "out": made.out,
        "rows": made.rows,
    }


def _with_missed(
    found: Accepted, narrow: Accepted, trials: int, missed: int, alpha: float
) -> tuple[float | None, int | None]:
    """What reviewers miss at most, and how many accepted labels are then wrong at most.

    narrow: the levels at the part of alpha that is left for the count.
    """
    from reliabel.trust.reviewer_errors import ENOUGH, OF_CHANCE, OF_SHARE, most_missed, most_wrong

    if trials < ENOUGH or found.best < 0:
        return None, None
    share = most_missed(trials, missed, OF_SHARE * alpha)
    best = narrow.levels[found.best]
    return share, most_wrong(best.high, share, OF_CHANCE * alpha, n=best.items)
