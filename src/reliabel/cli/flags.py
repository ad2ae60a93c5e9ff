"""Sentences of the library in the words of the command line: keywords become options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping

NAMED_ELSEWHERE = re.compile(r" \(([a-z_]+)= names another\)")
# a keyword with its value, if one follows: text in quotes, a word, a number
KEYWORD = re.compile(
    r"""(?<![\w.'"-])([a-z_]+)=('[^'\n]*'|"[^"\n]*"|[A-Za-z0-9][\w.]*(?![\w.]*[(\[]))?(?![=\w(\[{/\\])"""
)


def as_flags(sentence: str, flags: Mapping[str, str]) -> str:
    """A sentence with the keywords that are options of the command written as such.  Keywords
    within a call stay, and those whose option stands in the sentence.

    flags: keyword -> option.

    >>> flags = {"kind": "--kind", "merge_alike": "--merge-alike", "text": "--text"}
    >>> as_flags("kind='numbers' takes them (text= names another)", flags)
    '--kind numbers takes them (--text names another)'
    >>> as_flags("merge_alike=True or rl.read(x, text='a')", flags)
    "--merge-alike or rl.read(x, text='a')"
    """

    def flag(match: re.Match[str]) -> str:
        name, value = match[1], match[2]
        option = flags.get(name)
        if option is None or option in sentence or _in_call(sentence, match.start()):
            return match[0]
        if value is None or value == "True":
            return option
        return f"{option} {shlex.quote(value[1:-1] if value[0] in QUOTES else value)}"

    return KEYWORD.sub(flag, NAMED_ELSEWHERE.sub(_if_there(flags), sentence))


def _if_there(flags: Mapping[str, str]) -> Callable[[re.Match[str]], str]:
    """A hint on a keyword, none where the command has no such option."""
    return lambda match: match[0] if match[1] in flags else ""


QUOTES = "'\""


def _in_call(sentence: str, place: int) -> bool:
    """Whether a place lies within the parentheses of a call such as ``rl.read(...)``."""
    depth = 0
    for at in range(place - 1, -1, -1):
        depth += (sentence[at] == ")") - (sentence[at] == "(")
        if depth < 0:
            return at > 0 and (sentence[at - 1].isalnum() or sentence[at - 1] == "_")
    return False
