"""Which language most texts seem to be in: by their letters where these are not Latin, else by
words that nearly every sentence of a language holds.

A text is counted for the language whose words it holds most of; ties with English, and texts that
hold no such word (codes, names), say nothing.  Nothing is learnt, so that every decision can be
followed by hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reliabel.core.short_repr import by_fields
from reliabel.ops.texts import missing

ENGLISH = "English"
LOOKED_AT = 500  # texts, evenly spread
START = 400  # characters of each
WORD = re.compile(r"[^\W\d_]+")
MAJORITY = 0.4  # of the texts looked at that are in other languages, where they decide
MIXED = 0.2  # of the texts looked at from which the other part is told
OTHER_LETTERS = 0.3  # of a text's letters from which they, not its words, name the language
SCRIPTS = {  # as Unicode names them
    "ARABIC": "Arabic",
    "CJK": "Chinese",
    "CYRILLIC": "Russian",
    "HANGUL": "Korean",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "KATAKANA-HIRAGANA": "Japanese",
    "THAI": "Thai",
}
WORDS = {
    ENGLISH: (
        "the and of to is was are were be been that this it its for with you your my have has had "
        "not they from at by he his her we our will would can could what when where which who how "
        "why there their about if but or an as do does did me so on in no all"
    ),
    "Czech": "je se na že jsem jsme není ale jak jako který která to co mám moje jsou byl byla",
    "Danish or Norwegian": (
        "og er det ikke jeg at en et som på til med har var hvad hva men den min mit vi av af skal "
        "hvordan kan før"
    ),
    "Dutch": (
        "de het een en van is niet ik ook dat die op te met voor zijn maar wat hoe kan mijn wij we "
        "er aan naar nog heel alles was"
    ),
    "Finnish": "on ei ja se en että oli mutta kun hän miten minun mitä olen todella tämä hyvä",
    "French": (
        "le la les de des du un une et est pas ne que qui dans pour sur avec mon ma mes je vous "
        "nous il elle au aux ce cette très mais plus comment été c'est à"
    ),
    "German": (
        "der die das und ist nicht ich ein eine einen zu mit den dem von für auf im es wie mein "
        "meine wir sie aber auch noch bei nach wird kann mir war bitte sehr"
    ),
    "Hungarian": "az és nem hogy egy van is meg ez de nagyon kell vagyok ha már még csak",
    "Italian": (
        "il lo la le gli di che non è un una per con sono mi mio mia del della ho ha come ma si "
        "anche più nel tutto molto posso"
    ),
    "Polish": (
        "na nie się jest to do że co jak czy mam mój moja po za ale dla ten bardzo są mi "
        "był była było być przed przez który która jestem jego jej tylko już jeszcze może bez gdy "
        "kiedy wszystko mnie nas"
    ),
    "Portuguese": (
        "os as de do da que não é um uma para com meu minha em no na eu muito mas por mais "
        "foi tudo como está"
    ),
    "Romanian": "și este nu un în la cu pe din mai sunt că foarte pentru am cum dar ce mea meu",
    "Spanish": (
        "el la los las de que no es un una en por con para mi se lo del muy pero más me está ha "
        "fue como todo su al"
    ),
    "Swedish": (
        "och är det inte jag att en ett som på till med har var vad men den min mitt vi av hur ska "
        "för kan mycket"
    ),
    "Turkish": (
        "ve bir bu için çok ne mi mı da de ama daha gibi var yok değil en ben kadar nasıl iyi "
        "olarak teşekkürler lütfen güzel"
    ),
    "Vietnamese": "của tôi không là và có được cho này một rất với thể các những người đã",
}
_LANGUAGES: dict[str, list[str]] = {}  # word -> the languages that hold it
for _language, _words in WORDS.items():
    for _word in _words.split():
        _LANGUAGES.setdefault(_word, []).append(_language)


@dataclass(frozen=True, repr=False)
class Languages:
    """The languages of some texts: how many were looked at, how many seem to be in each; the rest
    say nothing.
    """

    looked_at: int
    counts: Mapping[str, int]

    __repr__ = by_fields

    @property
    def most(self) -> str:
        """English, unless more texts are in other languages than in English, and no fewer than
        two fifths of all: then the one of them with most texts.
        """
        foreign = self.foreign
        if foreign <= self.counts.get(ENGLISH, 0) or foreign < MAJORITY * self.looked_at:
            return ENGLISH
        return max((name for name in self.counts if name != ENGLISH), key=self.counts.__getitem__)

    @property
    def foreign(self) -> int:
        """How many seem to be in other languages than English."""
        return sum(self.counts.values()) - self.counts.get(ENGLISH, 0)

    @property
    def mixed(self) -> bool:
        """Whether many texts are in another language than most."""
        return min(self.foreign, self.counts.get(ENGLISH, 0)) >= MIXED * self.looked_at

    def sentence(self) -> str:
        """How many seem to be in which language, the most frequent first."""
        first = sorted(self.counts.items(), key=lambda one: -one[1])[:3]
        parts = [f"{count:,} seem to be in {name}" for name, count in first]
        return f"of {self.looked_at:,} texts looked at, {' and '.join(parts)}"


def languages_of(texts: Sequence[Any]) -> Languages:
    """The languages of up to 500 texts, evenly spread."""
    rows = np.unique(np.linspace(0, len(texts) - 1, min(LOOKED_AT, len(texts))).astype(int))
    found = Counter(language_of("" if missing(texts[row]) else str(texts[row])) for row in rows)
    said = {name: count for name, count in found.items() if name}
    return Languages(len(rows), said)


def language_of(text: str) -> str:
    """The language that a text seems to be in; "" where it says nothing.

    >>> language_of("Where is my card?"), language_of("Wo ist meine Karte?"), language_of("M8x40")
    ('English', 'German', '')
    """
    text = text[:START].lower()
    other = _by_letters(text, OTHER_LETTERS)
    if other:
        return other
    found = Counter(one for word in WORD.findall(text) for one in _LANGUAGES.get(word, ()))
    if not found:
        return ""
    most = max(found.values())
    best = [language for language, count in found.items() if count == most]
    return "" if ENGLISH in best and len(best) > 1 else best[0]


def counted(text: str, other_letters: float = OTHER_LETTERS) -> Counter[str]:
    """Language -> how many words of a text nearly every sentence of it holds; of a text in other
    letters its language alone, with the number of its letters.

    other_letters: share of the letters that must be other than Latin for that.

    >>> counted("Wo ist die Karte?")["German"], counted("Где моя карта?")
    (2, Counter({'Russian': 11}))
    """
    text = text[:START].lower()
    other = _by_letters(text, other_letters)
    if other:
        return Counter({other: sum(map(str.isalpha, text))})
    return Counter(one for word in WORD.findall(text) for one in _LANGUAGES.get(word, ()))


def script_of(text: str, least: int = 1) -> str:
    """The script of most letters of a text, as Unicode names it; "" where it has fewer letters.

    >>> script_of("Где my?"), script_of("a1", 2)
    ('Cyrillic', '')
    """
    letters = [letter for letter in text[:START] if letter.isalpha()]
    if len(letters) < least:
        return ""
    names = Counter(unicodedata.name(letter, "?").split()[0] for letter in letters)
    return names.most_common(1)[0][0].title()


def _by_letters(text: str, share: float) -> str:
    """The language of letters that are not Latin, "" where there are few."""
    letters = [letter for letter in text if letter.isalpha()]
    names = (unicodedata.name(letter, "?").split()[0] for letter in letters if letter > "\u02ff")
    scripts = Counter(name for name in names if name not in ("LATIN", "MODIFIER", "?"))
    if sum(scripts.values()) <= share * len(letters):
        return ""
    if scripts["HIRAGANA"] + scripts["KATAKANA"]:
        return SCRIPTS["HIRAGANA"]
    script = scripts.most_common(1)[0][0]
    return SCRIPTS.get(script, f"a language in {script.title()} letters")
