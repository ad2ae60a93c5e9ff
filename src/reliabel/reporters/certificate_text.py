"""What a review allows to say, in sentences; what they never say is listed in docs/trust.md."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from reliabel.core.results import Interval
from reliabel.reporters.shell import percent, several
from reliabel.trust.certificate import Certificate
from reliabel.trust.certified import Certified
from reliabel.trust.reviewer_errors import ENOUGH
from reliabel.trust.reviews_left import ReviewsLeft

HOLDS = "It holds although you looked while reviewing."
MEANS = "Wrong means: your reviewers would change it."
NOT_INCLUDED = "Reviewers' own errors are not included."
BOTH_MISS = "Wrong labels that both reviewers would keep are invisible."
ASSUMED = (
    "Assumed: the list of labels was fixed before the first draw, reviewers could not foresee "
    "draws, and the verdict on a label does not depend on how it was picked."
)
GREEDY = (
    "No certificate: the review took the most suspect labels alone (greedy), and what people "
    "choose says nothing about the rest."
)
NO_DRAWS = "No label was drawn by chance yet, so that nothing is known about the rest."


def render(done: Certified) -> str:
    """The sentences, one a line."""
    return "\n".join(sentences(done))


def sentences(done: Certified) -> Iterator[str]:
    """What may be said, the most important first."""
    told = done.certificate
    yield _first(told)
    if told.greedy and told.unseen:
        return
    if told.holds and told.unseen:
        yield f"{HOLDS} {MEANS} {_reviewers(told)}"
    if done.left is not None:
        yield _more(done.left, done.easier, told.target)
    yield (
        f"{told.found:,} found; {told.low:,} to {told.high:,} were wrong at the start "
        f"({_points(told.confidence)}, at any time)."
    )
    yield from _remarks(told)
    if done.count is not None:
        yield _counted(done.count)
    if done.why_no_count:
        yield _sentence(done.why_no_count)
    if told.counts:
        yield _sentence(told.counts)
    if told.added:
        yield _added(told)
    if told.counted:
        yield ASSUMED


def _first(told: Certificate) -> str:
    share = _at_most(told.share)
    if told.greedy and told.unseen:
        return GREEDY
    if not told.unseen:
        return (
            f"All {told.n:,} {told.called[1]} were reviewed; {told.unsure:,} of them are still "
            "unsure."
        )
    if told.holds:
        return (
            f"You may stop: with {_points(told.confidence)} confidence at most "
            f"{_hidden(told):,} of the {told.unseen:,} {told.called[1]} nobody looked at are "
            f"wrong, {share} "
            f"of all {told.kept:,} (target {_points(told.target)})."
        )
    if not told.counted:
        return NO_DRAWS
    return (
        f"So far at most {share}: with {_points(told.confidence)} confidence at most "
        f"{_hidden(told):,} of the {told.unseen:,} {told.called[1]} nobody looked at are wrong "
        f"(target "
        f"{_points(told.target)}: {told.allowed:,})."
    )


def _hidden(told: Certificate) -> int:
    """How many wrong labels there are at most that nobody looked at."""
    return told.high - told.found


def _reviewers(told: Certificate) -> str:
    if told.missed is None or told.left_with_missed is None:
        return NOT_INCLUDED
    return (
        f"Counting labels that reviewers miss (at most {_at_most(told.missed)}, from "
        f"{several(told.second_looks, 'second look')}): at most "
        f"{_at_most(told.left_with_missed / max(told.kept, 1))}. {BOTH_MISS}"
    )


def _more(left: ReviewsLeft, easier: tuple[float, ReviewsLeft] | None, target: float) -> str:
    if not left.known:
        return (
            f"How many reviews {_points(target)} needs is unknown before any; at least "
            f"{left.fewest:,}."
        )
    if left.nearly_all:
        other = ""
        if easier is not None:
            other = f"; {_points(easier[0])} about {_two_digits(easier[1].middle)}"
        return f"{_points(target)} needs nearly every label reviewed{other}."
    if left.middle >= left.most:
        return f"More than {left.most:,} more reviews; how many is not known yet."
    high = f"{_two_digits(left.high)}" if left.high < left.most else f"{left.most:,} or more"
    return (
        f"About {_two_digits(left.middle)} more reviews ({_two_digits(left.low)}-{high}); about "
        f"{percent(left.right)} of them will look right."
    )


def _remarks(told: Certificate) -> Iterator[str]:
    if told.unsure and told.unseen:
        yield (
            f"{several(told.unsure, *told.called)} that reviewers are unsure of count as wrong "
            "and are not mended; a verdict on them brings the figure down."
        )
    if told.waiting:
        yield (
            f"{several(told.waiting, *(f'drawn {name}' for name in told.called))} without a "
            f"verdict: draws count in their order, so that {told.counted:,} count now and those "
            "behind the first open one wait."
        )
    if told.crossed:
        yield (
            "The bounds of different times contradict each other, which happens in "
            f"{_points(1 - told.confidence)} of reviews at most; those of now are given."
        )
    if told.second_looks and told.missed is None:
        yield (
            f"{several(told.second_looks, 'second look')} so far; from {ENOUGH} on the figure is "
            "given with what reviewers miss."
        )


def _added(told: Certificate) -> str:
    """What the certificate says of labels that people added where none was listed."""
    one, more = told.called
    many = told.added > 1
    return (
        f"{several(told.added, one, more)} {'were' if many else 'was'} added by hand where none "
        f"was listed: {'they are' if many else 'it is'} in the mended data, and in none of these "
        f"numbers. How many more such {more} are missing no draw can say: draws are made from what "
        "is listed."
    )


def _counted(count: Interval) -> str:
    return (
        f"Planned count: about {count.value:,.0f} were wrong at the start, {count.low:,.0f} to "
        f"{count.high:,.0f} ({_points(count.level)}, {count.method})."
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _points(share: float) -> str:
    """A share that somebody gave, in percent with its own digits.

    >>> _points(0.95), _points(0.005), _points(0.01)
    ('95 %', '0.5 %', '1 %')
    """
    return f"{100 * share:.6g} %"


def _at_most(share: float) -> str:
    """A bound in percent, rounded up.

    >>> _at_most(0.010401), _at_most(0.01), _at_most(0.0), _at_most(0.20261)
    ('1.05 %', '1 %', '0 %', '20.3 %')
    """
    parts = 10 if share >= 0.1 else 100  # of a percent
    return f"{ceil(100 * parts * share - 1e-9) / parts:.6g} %"


def _two_digits(number: int) -> str:
    """A forecast without false precision.

    >>> _two_digits(1234), _two_digits(7), _two_digits(98)
    ('1,200', '7', '98')
    """
    return f"{float(f'{number:.2g}'):,.0f}"
