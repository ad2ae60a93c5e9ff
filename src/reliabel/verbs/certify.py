"""certify: when reviewing may stop, by the log of an audit folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reliabel.core.call import check_seed, generator

if TYPE_CHECKING:
    from reliabel.trust.certified import Certified

WHOLE = "all"


def certify(
    folder: str | Path,
    *,
    target: float = 0.01,
    confidence: float = 0.95,
    forecast: bool = True,
    store: str | Path | None = None,
    seed: int = 0,
) -> Certified:
    """What the reviews of an audit folder (``next``, ``decide``, ``review``) say of its labels: how
    many of those that nobody looked at are wrong at most, whether that is below ``target``, and
    about how many more reviews it takes.

    It may be asked at any time and as often as one likes, also with another target: the statement
    holds at all times together with probability ``confidence``, whatever people chose to look at
    and whenever they stop.  After ``next(plan=(K, D))`` the count of the planned review stands
    beside it (``count``).
    target: the share of the labels that are kept which may stay wrong.
    forecast: whether futures are played to say how many more reviews it takes (seconds).
    store: where the decisions lie, if not in the folder.  seed: of the futures alone.
    ``reporters.certificate_text.render`` makes sentences of it, ``reporters.certificate_chart`` a
    picture.
    Raises ValueError where the folder holds no audit, or target or confidence are no shares.
    """
    from reliabel.review.opening import open_log
    from reliabel.review.picking import members_and_p
    from reliabel.trust.certificate import check
    from reliabel.trust.certified import certified

    check(target, confidence)
    check_seed(seed)
    opened = open_log(folder, store=store)
    record, p = members_and_p(opened.audit, opened.log, WHOLE)
    return certified(
        record,
        p,
        target,
        confidence=confidence,
        forecast=forecast,
        rng=generator(seed, "certify"),
    )
