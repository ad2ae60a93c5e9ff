"""Reviewing in a terminal: a label, one key, the next label."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from reliabel.review.drawn_pictures import in_blocks, where_in_words
from reliabel.review.sitting import Card, Sitting

KEYS = (
    "a keep as given · y take the suggestion · 1-9 another class · / type a label · m unsure · "
    "d drop · s later · u undo · n neighbours · ? keys · q quit"
)
MORE = {  # keys of some kinds of labels
    "span": "/ with words (LOC 3:5) moves a span · + adds one where none is listed",
    "several": "w all labels of the item at once",
    "number": "/ type a number · t take it without its slip",
}
SLIP = ": t takes it"
LONG = 1500  # characters of an item that are shown
DIGITS = "123456789"
Read = Callable[[], str]  # the next key, "" at the end
Write = Callable[[str], None]


def terminal(
    sitting: Sitting, read: Read, line: Read, write: Write, *, pictures: bool = False
) -> int:
    """Judge labels until nobody wants to go on or none is left; returns how many were decided.

    read: the next key; line: a line of text; write: shows a line.  pictures: draw objects of
    pictures in coloured blocks, given and suggested side by side.
    """
    write(KEYS)
    if sitting.form in MORE:
        write(MORE[sitting.form])
    while sitting.card is not None:
        if pictures and sitting.drawn:
            write("\n".join(in_blocks(sitting.drawn, sitting.card.row)))
        write(_told(sitting.card, sitting))
        key = read()
        if key in ("", "q", "\x03", "\x04"):
            break
        try:
            _act(sitting, key, line, write)
        except ValueError as wrong:
            write(f"  {wrong}")
    if sitting.card is None:
        write("no label is left")
    open_ = len(sitting.log.board.open_draws(sitting.population))
    if open_:
        several = open_ > 1
        write(
            f"{open_:,} label{'s' * several} {'are' if several else 'is'} handed out and not "
            "decided yet; the next review begins with them"
        )
    return sitting.done


def _act(sitting: Sitting, key: str, line: Read, write: Write) -> None:
    """Do what a key means."""
    card = sitting.card
    assert card is not None
    if key == "a":
        sitting.keep()
    elif key == "y":
        if card.suggest is None:
            raise ValueError("no label is suggested; type one with /")
        sitting.change(card.suggest)
    elif key in DIGITS:
        if int(key) > len(sitting.choices):
            raise ValueError(f"there is no class {key}; type a label with /")
        sitting.change(sitting.choices[int(key) - 1])
    elif key == "/":
        write("  label:")
        sitting.change(line().strip())
    elif key == "+":
        write("  span to add, its class and words (LOC 3:5):")
        sitting.add(line().strip())
    elif key == "w":
        write("  all classes that the item has, with commas between:")
        sitting.whole([one.strip() for one in line().split(",") if one.strip()])
    elif key == "t":
        slip = next((one for one in card.facts if one.endswith(SLIP)), None)
        if slip is None:
            raise ValueError("no slip explains this label")
        sitting.change(slip.split()[0])
    elif key == "m":
        sitting.unsure()
    elif key == "d":
        sitting.drop()
    elif key == "s":
        sitting.later()
    elif key == "u":
        taken = sitting.undo()
        write(
            f"  taken back: {taken.verdict} of {plain(taken.id)}; unsure until it is decided again"
        )
    elif key == "n":
        write(
            "\n".join(f"    {plain(id_)}: {plain(label)}" for id_, label in card.near) or "    none"
        )
    elif key not in ("\n", "\r", " "):
        write(KEYS)
        if sitting.form in MORE:
            write(MORE[sitting.form])


def _told(card: Card, sitting: Sitting) -> str:
    """A label as lines of text."""
    unit = "" if card.about is None else f", {card.about}?"
    lines = ["", f"{plain(card.id)}{unit}   ({sitting.done:,} decided)"]
    for name, value in card.item.items():
        cut = " ..." if len(value) > LONG else ""
        lines.append(f"  {plain(name)}: {plain(value[:LONG])}{cut}")
    suggest = "" if card.suggest is None else f"   suggested: {plain(card.suggest)}"
    lines.append(f"  given: {plain(card.given)}{suggest}")
    drawing = sitting.drawn.drawing(card.row)
    if drawing is not None:
        nothing = "nothing is given here; the place: " if drawing.missing else ""
        lines.append(f"  {nothing}{where_in_words(drawing)}")
    lines += [f"  {plain(one)}" for one in (*card.facts, *sitting.said)]
    if card.near:
        lines.append(f"  nearest: {', '.join(plain(label) for _, label in card.near)}")
    names = sitting.choices[: len(DIGITS)]
    if names:
        lines.append(
            "  " + "  ".join(f"{d} {plain(n)}" for d, n in zip(DIGITS, names, strict=False))
        )
    return "\n".join(lines)


def plain(text: str) -> str:
    """A text without what would steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


@contextmanager
def keys() -> Iterator[tuple[Read, Read]]:
    """How to read a key and a line from stdin: key by key on a terminal, else letter by letter."""
    if not sys.stdin.isatty():
        yield (lambda: sys.stdin.read(1)), sys.stdin.readline
        return
    import termios
    import tty

    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)

    def line() -> str:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)
        try:
            return sys.stdin.readline()
        finally:
            tty.setcbreak(handle)

    try:
        tty.setcbreak(handle)
        yield (lambda: sys.stdin.read(1)), line
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)
