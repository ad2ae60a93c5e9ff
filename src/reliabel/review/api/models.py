"""What is sent and answered, as the OpenAPI description tells it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from reliabel.review.passwords import LONGEST

MOST_CARDS, MOST_DECISIONS, MOST_ROWS = 100, 500, 500_000  # of one request
MOST_ROW = 2**53  # the largest whole number that a browser keeps


def _whole(value: Any) -> Any:
    """A whole number however JSON writes it: 3 and 3.0 are the same."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, Field(strict=True, ge=0, le=MOST_ROW), BeforeValidator(_whole)]
Key = Annotated[
    str,
    StringConstraints(pattern=r"^[!-~]{1,200}$"),
    Field(description="Chosen by the sender, another one each time; sent again it does nothing."),
]
Row = Annotated[Whole, Field(description="The label, by its flat row.")]
Seq = Annotated[int, Field(description="The number of an event of the log.")]
Verdict = Annotated[
    Literal["keep", "change", "drop", "unsure"], Field(description="What is said of the label.")
]
Saying = Annotated[
    Literal["keep", "change", "drop", "unsure", "add"],
    Field(description="What is said of the label; add: a span of its item that is not listed."),
]
Text = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]
Label = Annotated[
    Text | None,
    Field(description="The new label, for change and add; None for other verdicts."),
]
Count = Annotated[
    int,
    Field(strict=True, ge=1, le=MOST_CARDS, description="How many labels."),
    BeforeValidator(_whole),
]
Curve = list[list[int | float]]  # points, each as a list
Who = Annotated[str | None, Field(description="A person; None is nobody's name.")]


class Sent(BaseModel):
    """A body that is sent; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Refusal(BaseModel):
    """Why a request was refused, in a sentence."""

    detail: str


class Nothing(BaseModel):
    """It is done, and there is nothing to say."""


class Hello(BaseModel):
    """What the page must know before anybody is known."""

    mode: Literal["local", "team"] = Field(
        description="local: come by the printed link; team: log in by name and password."
    )
    login: bool = Field(description="Whether people log in here; else a proxy names them.")


class Numbers(BaseModel):
    """What the given numbers are like."""

    low: float
    high: float
    whole: bool = Field(description="Whether all are whole numbers.")


class Me(BaseModel):
    """Who is reviewing, and how the review is held."""

    who: Who
    role: str = Field(description="reviewer, adjudicator or admin.")
    csrf: str = Field(description="To be sent with each POST as the header X-CSRF-Token.")
    folder: str = Field(description="The name of the audit folder.")
    mode: Literal["local", "team"]
    blind: bool = Field(description="Whether what others said is shown only of labels one judged.")
    target: float = Field(description="The share of the labels that may stay wrong.")
    kind: str = Field(description="What is done with such labels, such as classification.")
    choices: list[str] = Field(description="The labels to choose from; none where they are open.")
    sources: list[str] = Field(description="What can be claimed from.")
    queue: str = Field(
        description="What the queue begins with: suspects of an audit, or disputed items of votes."
    )
    suggestions: bool = Field(description="Whether labels are suggested.")
    log: str = Field(description="The name of the log: what one browser keeps belongs to it.")
    version: str
    labels: int = Field(description="How many labels there are.")
    form: str = Field(description="How labels are judged: class, span, several, number or object.")
    called: list[str] = Field(description="One such label, and several.")
    classes: list[str] = Field(description="What each of several labels of an item is about.")
    numbers: Numbers | None = Field(description="What the given numbers are like.")
    lease: float = Field(description="For how many seconds a claimed label is nobody else's.")


class Login(Sent):
    """A name with its password."""

    name: str = Field(max_length=100)
    password: str = Field(max_length=LONGEST)


class ItemPart(BaseModel):
    """A part of an item: a text, a picture, or a cell of its row."""

    name: str
    kind: Literal["text", "picture", "value"]
    value: str | None = None
    url: str | None = Field(None, description="Where the picture is had, from the page's place.")
    cut: int = Field(0, description="How many characters at the end were left out.")


class Neighbour(BaseModel):
    """One of the nearest items."""

    row: int
    id: str
    label: str
    distance: float | None = Field(description="Cosine distance; None where it is not known.")
    text: str | None = None
    url: str | None = None


class Past(BaseModel):
    """What happened to a label."""

    seq: Seq
    kind: str = Field(description="decide, undo or settle.")
    who: Who
    verdict: str | None
    label: str | None
    at: str = Field(description="When, UTC.")


class MarkedPiece(BaseModel):
    """A piece of the text of an item, by its place in units of UTF-16, and the class it has."""

    start: int
    end: int
    label: str | None


class Wording(BaseModel):
    """The words of a text that may be chosen."""

    first: int = Field(description="The number of the first one within the item.")
    starts: list[int] = Field(
        description="Where each begins, in units of UTF-16, and where one more would."
    )


class Shape(BaseModel):
    """An object of a picture, in its pixels."""

    box: list[float] = Field(description="Left, top, right, bottom.")
    outline: list[list[float]] = Field(description="Of a region: rings of x, y, x, y, ...")
    label: str | None = Field(description="Its class; None where none is given.")


class DrawingOut(BaseModel):
    """The objects of a picture around the one that is judged."""

    width: int
    height: int
    given: Shape | None
    suggest: Shape | None
    missing: bool = Field(description="Whether nothing is given here.")
    others: list[Shape] = Field(description="Other given objects, those nearest first.")
    left: int = Field(description="How many others were left out.")
    near: list[float] = Field(description="Left, top, width, height of the enlarged part.")
    movable: bool = Field(description="Whether a decision may give another box.")
    near_url: str | None = Field(description="Where the enlarged part is had.")


class Piece(BaseModel):
    """A span of words."""

    label: str | None
    start: int = Field(description="Its first word, counted from 0 within the item.")
    end: int = Field(description="The word after its last.")


class Other(Piece):
    """Another span of the sentence, as it stands by now."""

    state: str = Field(description="given, mended, missing (one may be there) or added.")
    row: int | None = Field(description="Its flat row; None where somebody added it.")
    seq: int | None = Field(description="The event that added it.")
    who: Who = None


class Tagged(BaseModel):
    """The spans of a sentence."""

    given: Piece | None = Field(description="The one that is judged; None: none is given here.")
    suggest: Piece | None
    place: Piece = Field(description="The words that are asked about.")
    others: list[Other]
    apart: bool = Field(description="Whether no two spans may share words.")


class Suspect(BaseModel):
    """A label of the item that looks wrong."""

    unit: int
    p: float = Field(description="P(wrong).")


class WholeOut(BaseModel):
    """All yes-or-no labels of an item."""

    first: int = Field(description="The flat row of the first class.")
    yes: list[int]
    unknown: list[int]
    suspects: list[Suspect] = Field(description="The most suspect first.")
    said: dict[int, str] = Field(description="What this person decided: class, yes or no.")


class RangeOut(BaseModel):
    """Of a number: the interval of the suggested one, and a slip that explains the given one."""

    low: str | None
    high: str | None
    slip: str | None = Field(description="What it would be without the slip.")
    how: str | None = Field(description="The slip, in words.")


class CardOut(BaseModel):
    """A label to judge.  Nothing says whether it was chosen or drawn by chance."""

    row: int
    id: str
    unit: int | None = Field(description="Which label of its item; None where an item has one.")
    about: str | None = Field(description="Which class is asked about, of several an item.")
    item: list[ItemPart]
    given: str
    suggest: str | None
    p_wrong: float | None
    why: str = Field(description="Why it looks wrong; empty where nothing speaks of it.")
    near: list[Neighbour]
    spans: list[MarkedPiece] = Field(
        [], description="The pieces of the text that the label is about, of tagged text."
    )
    words: Wording | None = Field(
        None, description="The words that a decision may choose from, of tagged text."
    )
    drawing: DrawingOut | None = Field(None, description="The objects of a picture.")
    tagged: Tagged | None = Field(None, description="The spans of the sentence, of tagged text.")
    whole: WholeOut | None = Field(None, description="All labels of the item, of several.")
    number: RangeOut | None = Field(None, description="Of a number.")
    until: float | None = Field(
        None, description="Until when it is held for this person (seconds since 1970)."
    )
    history: list[Past] | None = Field(
        None, description="What happened to it, as far as this person may know; in /api/items."
    )


class FilterIn(Sent):
    """Conditions that labels meet all together; an empty filter means all labels."""

    given: Text | None = Field(None, description="The label as given.")
    suggest: Text | None = Field(None, description="The label suggested.")
    p_from: float | None = Field(None, description="P(wrong) at least.")
    p_to: float | None = Field(None, description="P(wrong) at most.")
    verdict: Text | None = Field(
        None, description="keep, change, drop, unsure, undecided or disputed."
    )
    who: Text | None = Field(None, description="Judged by this person.")
    text: Text | None = Field(None, description="A part of the id, the text or a cell.")
    group: Whole | None = Field(None, description="The number of a group of copies.")
    rows: list[Row] | None = Field(None, max_length=MOST_ROWS, description="A lasso's labels.")


class Filtered(Sent):
    """The labels that a filter means."""

    filter: FilterIn


class Claim(Sent):
    """How many labels somebody wants to have in hand, those that they hold already included."""

    n: Count
    source: Literal["queue", "second"] | Filtered = Field(
        "queue", description="The queue, labels that others judged, or a filter's."
    )


class Claimed(BaseModel):
    """Labels to judge; draws among them are in the log by now."""

    cards: list[CardOut]
    why: str = Field(description="What people will see, in a sentence.")
    left: bool = Field(description="Whether there may be more.")


class DecisionIn(Sent):
    """A decision on a label."""

    key: Key
    row: Row
    verdict: Saying
    label: Label = None
    whole: bool = Field(
        False, strict=True, description="Whether it is said of all labels of the item."
    )


class Decide(Sent):
    """Decisions in the order in which they were made."""

    decisions: list[DecisionIn] = Field(min_length=1, max_length=MOST_DECISIONS)


class Result(BaseModel):
    """What became of a decision."""

    key: str
    status: Literal["logged", "known", "refused"] = Field(
        description="logged: in the log now; known: it was before; refused: why says it."
    )
    seq: int | None
    why: str | None = None


class Decided(BaseModel):
    """What became of each decision, in their order."""

    results: list[Result]
    seq: Seq


class Rows(Sent):
    """Labels that somebody puts off."""

    rows: list[Row] = Field(max_length=MOST_DECISIONS)


class Released(BaseModel):
    """How many labels were given back."""

    n: int


class Undo(Sent):
    """Take back the last decision that stands, or one by its number."""

    key: Key
    seq: Whole | None = Field(None, description="Which decision; the last one where it is None.")


class Undone(BaseModel):
    """The label whose decision was taken back, which is to be judged again; none where an added
    span was taken back.
    """

    card: CardOut | None
    seq: Seq


class Change(BaseModel):
    """A verdict, an undo or a settlement."""

    seq: Seq
    kind: str
    row: int
    rows: int = Field(description="How many labels, from row on.")
    id: str
    unit: int | None
    who: Who
    verdict: str | None
    label: str | None
    at: str
    ref: int | None = Field(description="Which decision an undo takes back.")


class Changes(BaseModel):
    """What happened; ask after ``seq`` next."""

    seq: Seq
    events: list[Change]


class Cards(BaseModel):
    """Some labels."""

    cards: list[CardOut]


class Matching(BaseModel):
    """How many labels a filter means, and the first of them."""

    n: int
    rows: list[int]


class Bulk(Sent):
    """One verdict on many labels; ``expect`` is how many the person saw."""

    verdict: Verdict
    label: Label = None
    expect: Whole
    key: Key


class BulkOfFilter(Bulk):
    """One verdict on all labels that a filter means."""

    filter: FilterIn


class BulkOfGroup(Bulk):
    """One verdict on all labels of a group of copies."""

    group: Whole


class BulkDone(BaseModel):
    """On how many labels it was logged, or taken back."""

    n: int
    seq: Seq
    key: str


class BulkUndo(Sent):
    """Take back all of a decision on many labels."""

    key: Key


class Group(BaseModel):
    """Copies of one another."""

    group: int
    rows: list[int]
    labels: list[str]
    conflicting: bool


class Groups(BaseModel):
    """The groups of copies that the audit found, the first ``MOST_CARDS`` times ten."""

    n: int
    groups: list[Group]


class SaidOut(BaseModel):
    """What one person last said of a label."""

    who: Who
    verdict: str
    label: str | None
    at: str


class Conflict(BaseModel):
    """A label on which people differ."""

    card: CardOut
    verdicts: list[SaidOut]


class Conflicts(BaseModel):
    """Labels on which people differ, and how many there are."""

    n: int
    conflicts: list[Conflict]


class Settle(Sent):
    """What counts of a label on which people differ."""

    row: Row
    verdict: Verdict
    label: Label = None
    key: Key


class Logged(BaseModel):
    """The last event of the log."""

    seq: Seq


class Person(BaseModel):
    """How many decisions of a person stand."""

    who: Who
    n: int


class State(BaseModel):
    """What the certificate says, which may be a moment behind (``seq``)."""

    seq: Seq
    upper: float = Field(description="The largest share of the kept labels that may be wrong.")
    target: float
    confidence: float
    may_stop: bool
    about_more: list[int] | None = Field(
        description="About how many more reviews, from and to; None where that is not known."
    )
    sentence: str


class Progress(BaseModel):
    """How far the review is."""

    seq: Seq
    n: int = Field(description="Labels in all.")
    decided: int
    wrong: int = Field(description="Of the decided: changed, dropped or unsure.")
    mine: int = Field(description="Decisions of this person that stand.")
    open_draws: int = Field(description="Labels that were drawn and that nobody decided yet.")
    second_open: int = Field(description="Labels that wait for a second look by this person.")
    conflicts: int = Field(description="Labels on which people differ, not settled yet.")
    per_person: list[Person]
    certificate: State
    curve: Curve = Field(description="After so many reviews: the upper share.")


class CertificateOut(BaseModel):
    """All that the certificate says."""

    seq: Seq
    sentences: list[str] = Field(description="What may be printed, the main one first.")
    may_stop: bool
    upper: float
    target: float
    confidence: float
    table: list[list[str]]
    curve: Curve
    budget: Curve | None = Field(
        description="After so many reviews: the share of wrong labels found, low, high."
    )
    dull: str | None = Field(description="Why most labels look right from here.")
    assumed: list[str]


class Pair(BaseModel):
    """How often two people agree."""

    a: Who
    b: Who
    n: int
    raw: float | None


class Agreement(BaseModel):
    """How often people agree on labels that two or more judged."""

    n: int
    raw: float | None
    chance_corrected: float | None
    measure: str
    pairs: list[Pair]
    sentence: str


class EventOut(BaseModel):
    """An event of the log as it is written, with its hash."""

    model_config = ConfigDict(extra="allow")
    seq: Seq
    kind: str
    at: str
    hash: str


class Events(BaseModel):
    """Events of the log, the first thousand."""

    seq: Seq
    events: list[EventOut]
