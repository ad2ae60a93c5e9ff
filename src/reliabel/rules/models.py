"""Labelling functions that ask a model or a language model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from reliabel.rules.answers import answer_of
from reliabel.rules.function import Function


def model(
    probs: Any, classes: Sequence[Any], *, threshold: float = 0.8, name: str = "model"
) -> Function:
    """A function that names the likeliest class of a model where its probability reaches a
    threshold.

    probs: (n, k) a row an item, in the order of the items; or a callable from a list of items to
        such rows.
    classes: (k,) the names of the columns.

    >>> sure = model([[0.9, 0.1], [0.6, 0.4]], ["ham", "spam"])
    >>> sure.answer(["first text", "second text"], 0)
    ['ham', None]
    """
    names = tuple(str(one) for one in classes)
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be a probability, got {threshold}")
    given = probs if callable(probs) else np.asarray(probs, dtype=float)

    def whole(items: Sequence[Any], start: int) -> list[str | None]:
        p = np.asarray(given(items) if callable(given) else given[start : start + len(items)])
        if p.shape != (len(items), len(names)):
            raise ValueError(
                f"{name} gives probabilities of shape {p.shape} for {len(items)} items and "
                f"{len(names)} classes"
            )
        top, best = p.max(1), p.argmax(1).tolist()
        return [names[c] if sure else None for c, sure in zip(best, top >= threshold, strict=True)]

    return Function(name, whole, whole=True, says=names)


def llm(
    ask: Callable[[str], str],
    prompt: str,
    answers: Mapping[str, Any],
    *,
    name: str = "llm",
) -> Function:
    """A function that asks a language model and reads its answer; several prompts are several
    functions.

    ask: from a prompt to the model's answer, by any client.
    prompt: holds ``{item}``, or ``{column}`` where an item is a row of several columns.
    answers: from what the model may say to a class name, None (nothing), or an answer that leaves
        a choice; the first one that begins the answer counts, the longest first, capitals aside.
        Any other answer is an error of the function, and is counted.

    >>> spam = llm(lambda prompt: "Yes, it is.", "Spam? {item}", {"yes": "spam", "no": None})
    >>> spam("free money")
    'spam'
    """
    read = sorted(
        ((key.casefold(), value) for key, value in answers.items()), key=lambda a: -len(a[0])
    )
    if not read:
        raise ValueError("llm needs answers, such as {'yes': 'spam', 'no': None}")

    def answer(item: Any) -> Any:
        fields = {**item} if hasattr(item, "keys") else {}
        said = str(ask(prompt.format(item=item, **fields))).strip()
        low = said.casefold().lstrip("\"'*`([ ")
        for key, value in read:
            if low.startswith(key):
                return value
        raise ValueError(f"the model answered {said!r:.60}, which is none of {', '.join(answers)}")

    says = [found for value in answers.values() if (found := answer_of(value)) is not None]
    return Function(name, answer, says=tuple(dict.fromkeys(n for one in says for n in one.names)))
