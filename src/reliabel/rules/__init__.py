"""Labelling functions: ready-made ones for words, patterns, spans, models and language models, and
answers that leave a choice.

    from reliabel.rules import gazetteer, keyword, one_of, regex
"""

from reliabel.rules.answers import ABSTAIN, Answer, not_of, one_of
from reliabel.rules.function import Function, function
from reliabel.rules.models import llm, model
from reliabel.rules.spans import (
    complete,
    gazetteer,
    on_text,
    on_words,
    span_pattern,
    tagger,
    word_pattern,
)
from reliabel.rules.words import keyword, regex

__all__ = [
    "ABSTAIN",
    "Answer",
    "Function",
    "complete",
    "function",
    "gazetteer",
    "keyword",
    "llm",
    "model",
    "not_of",
    "on_text",
    "on_words",
    "one_of",
    "regex",
    "span_pattern",
    "tagger",
    "word_pattern",
]
