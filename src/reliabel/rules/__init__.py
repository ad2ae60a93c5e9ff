"""Labelling functions: ready-made ones for words, patterns, models and language models, and
answers that leave a choice.

    from reliabel.rules import keyword, one_of, regex
"""

from reliabel.rules.answers import ABSTAIN, Answer, not_of, one_of
from reliabel.rules.function import Function, function
from reliabel.rules.models import llm, model
from reliabel.rules.words import keyword, regex

__all__ = [
    "ABSTAIN",
    "Answer",
    "Function",
    "function",
    "keyword",
    "llm",
    "model",
    "not_of",
    "one_of",
    "regex",
]
