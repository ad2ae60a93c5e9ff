"""What each learner claims: by the room it stands in, where nothing else is said of it here.

A claim compares a column of the suite learn with one of a baseline over some kinds of noise, or
names the draws of its own (``learn_claim_draws``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reliabel.bench.learn_cells import TAIL
from reliabel.core.catalogue import Entry, catalogue

PLAIN = "cross_entropy"
FLIPS = ("pair .3", "confusion .4")
HEAVY = ("symmetric .5", "pair .3", "instance .4")
WRONG = ("symmetric .2", "symmetric .5", "pair .3", "confusion .4", "instance .4")
RECALL = "macro recall"


@dataclass(frozen=True)
class Claim:
    """``metric`` of the method is higher (``more``) than ``baseline_metric`` of the baseline in the
    cells of ``noises``; or so in the draws named ``draws``.
    """

    says: str
    method: str = ""
    noises: tuple[str, ...] = ()
    metric: str = "last"
    baseline: str = PLAIN
    baseline_metric: str = "last"
    more: bool = True
    draws: str = ""
    told: str = ""  # the baseline in words, where its name does not say it

    @property
    def against(self) -> str:
        """The baseline in words."""
        named = f"{self.baseline}, {self.baseline_metric}"
        return self.told or ("the labels as given" if self.baseline == "truth" else named)


LASTS = Claim("more accurate at the last epoch", noises=HEAVY)
CHOSEN = Claim(
    "more accurate where many labels are wrong",
    noises=HEAVY,
    metric="chosen",
    baseline_metric="chosen",
)
STRUCTURED = Claim(
    "more accurate on structured flips",
    noises=FLIPS,
    metric="chosen",
    baseline_metric="chosen",
)
KEEPS = Claim(
    "what it keeps is right more often",
    noises=WRONG,
    metric="right among kept",
    baseline="truth",
)
RELABELS = Claim(
    "what it relabels is right more often",
    noises=WRONG,
    metric="right as relabelled",
    baseline="truth",
)
TAILS = Claim(
    "finds more of each class under a long tail",
    noises=(TAIL,),
    metric=f"chosen, {RECALL}",
    baseline_metric=f"chosen, {RECALL}",
)
TAIL_SPLIT = replace(
    TAILS, says="finds more of each class than a split by one threshold", baseline="divide_mix"
)
CALIBRATED = Claim(
    "smaller calibration error on clean labels", more=False, told="cross_entropy, last epoch"
)
TRUSTED = Claim(
    "more accurate with a tenth trusted", told="cross_entropy with the same labels put in"
)
VOTED = Claim("more accurate from votes", told="cross_entropy on the majority of the votes")
TOLD = Claim(
    "more accurate where columns at training time tell who errs",
    told="cross_entropy with the same hidden layer, last epoch",
)
TWO_VIEWS = Claim(
    "more accurate with a second view in training", told="cross_entropy on the first view alone"
)
TWO_CLASSES = Claim(
    "more accurate on two classes that err in one region", told="cross_entropy, chosen"
)
BY_EVIDENCE = {"trusted": TRUSTED, "privileged": TOLD, "paired": TWO_VIEWS}  # that it needs
BY_ROOM = {  # folder below learners -> claims where none of its own stands below
    "losses": (LASTS,),
    "matrices": (STRUCTURED,),
    "selection": (LASTS, KEEPS, RELABELS),
}
OWN: dict[str, tuple[Claim, ...]] = {
    "noise_ignorant": (replace(LASTS, says="more accurate than training on", metric="chosen"),),
    PLAIN: (),
    "label_smoothing": (CALIBRATED,),
    "max_suppression": (CALIBRATED,),
    "conditional_smoothing": (CALIBRATED,),
    "tabasco": (TAILS, TAIL_SPLIT, KEEPS, RELABELS),
    "representation_calibration": (TAILS, TAIL_SPLIT, KEEPS, RELABELS),
    "late_stopping": (KEEPS,),
    "massart_halfspace": (TWO_CLASSES,),
}


def claims() -> list[Claim]:
    """All claims of the learners that are here."""
    entries = [entry for entry in catalogue() if entry.verb == "learn" and entry.ours]
    return [claim for entry in entries for claim in claims_of(entry)]


def claims_of(entry: Entry) -> list[Claim]:
    """The claims of one learner; what has no noises is judged on draws of its own."""
    said = _said_of(entry)
    if "training" not in entry.accepts:  # it has no epochs
        said = tuple(CHOSEN if claim == LASTS else claim for claim in said)
    return [
        replace(claim, method=entry.name, draws="" if claim.noises else entry.name)
        for claim in said
    ]


def _said_of(entry: Entry) -> tuple[Claim, ...]:
    if entry.name in OWN:
        return OWN[entry.name]
    special = tuple(claim for word, claim in BY_EVIDENCE.items() if word in entry.needs)
    if special:
        return special
    if "Classes" not in entry.takes and "Votes[Classes]" in entry.takes:
        return (VOTED,)
    return next((own for room, own in BY_ROOM.items() if f".{room}." in entry.module), ())
