"""What people state about a data set: licence, creator, purpose.  Nothing of it is guessed; what is
not stated is listed, so that it can be given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

REQUIRED, RECOMMENDED, FURTHER = "required", "recommended", "further"


@dataclass(frozen=True)
class Stated:
    """One thing that people may state: its key, what it is, how much it is wanted, the part of the
    card it stands in, and its property in a Croissant file ("" for none).
    """

    key: str
    means: str
    wanted: str
    part: str
    property: str = ""
    also: tuple[str, ...] = ()  # other spellings of the key
    form: str = "text"  # text, texts, date, agents


STATED = (
    Stated("name", "the name of the data set", REQUIRED, "about", "name", ("title",)),
    Stated("description", "what it holds, in a paragraph", REQUIRED, "about", "description"),
    Stated(
        "license",
        "the licence, best as a URL",
        REQUIRED,
        "about",
        "license",
        ("licence", "licenses", "licences"),
    ),
    Stated("url", "the page of the data set", REQUIRED, "about", "url", ("homepage", "website")),
    Stated(
        "creator",
        "who made it: a name, or a table of name, url, email, type",
        REQUIRED,
        "about",
        "creator",
        ("creators", "author", "authors"),
        "agents",
    ),
    Stated(
        "datePublished",
        "when it was published, as 2026-01-31",
        REQUIRED,
        "about",
        "datePublished",
        ("published", "publicationDate"),
        "date",
    ),
    Stated("version", "its version, as 1.0.0", RECOMMENDED, "about", "version"),
    Stated("keywords", "words to find it by", RECOMMENDED, "about", "keywords", ("tags",), "texts"),
    Stated("publisher", "who published it", RECOMMENDED, "about", "publisher", (), "agents"),
    Stated(
        "citeAs",
        "how to cite it, best as BibTeX",
        RECOMMENDED,
        "about",
        "citeAs",
        ("cite", "citation", "bibtex"),
    ),
    Stated(
        "inLanguage",
        "its languages, as en",
        FURTHER,
        "about",
        "inLanguage",
        ("language", "languages"),
        "texts",
    ),
    Stated(
        "dateCreated",
        "when it was made",
        FURTHER,
        "about",
        "dateCreated",
        ("created",),
        "date",
    ),
    Stated(
        "dateModified",
        "when it was last changed",
        FURTHER,
        "about",
        "dateModified",
        ("modified", "updated"),
        "date",
    ),
    Stated("sameAs", "another page of the same data", FURTHER, "about", "sameAs", (), "texts"),
    Stated("sdLicense", "the licence of this card", FURTHER, "about", "sdLicense", ("sdLicence",)),
    Stated(
        "contentUrl",
        "where the file can be had",
        FURTHER,
        "about",
        "",
        ("download", "downloadUrl"),
    ),
    Stated(
        "collection",
        "how the items were collected",
        RECOMMENDED,
        "provenance",
        "rai:dataCollection",
        ("dataCollection",),
    ),
    Stated(
        "labelling",
        "who labelled them, and by which instructions",
        RECOMMENDED,
        "provenance",
        "rai:dataAnnotationProtocol",
        (
            "labeling",
            "labellingProcess",
            "labelingProcess",
            "annotation",
            "annotationProtocol",
            "dataAnnotationProtocol",
        ),
    ),
    Stated(
        "preprocessing",
        "what was done to the raw data",
        FURTHER,
        "provenance",
        "rai:dataPreprocessingProtocol",
        ("dataPreprocessingProtocol",),
    ),
    Stated(
        "annotationsPerItem",
        "how many people labelled each item",
        FURTHER,
        "provenance",
        "rai:annotationsPerItem",
    ),
    Stated(
        "annotatorDemographics",
        "who the labellers are",
        FURTHER,
        "provenance",
        "rai:annotatorDemographics",
        ("annotators",),
    ),
    Stated(
        "uses",
        "what it is meant for",
        RECOMMENDED,
        "uses",
        "rai:dataUseCases",
        ("intendedUses", "intendedUse", "useCases", "dataUseCases"),
    ),
    Stated(
        "avoid",
        "what it must not be used for",
        RECOMMENDED,
        "uses",
        "",
        ("avoidUses", "outOfScope", "misuse"),
    ),
    Stated(
        "limitations",
        "its known limits",
        FURTHER,
        "uses",
        "rai:dataLimitations",
        ("dataLimitations",),
    ),
    Stated("biases", "its known biases", FURTHER, "uses", "rai:dataBiases", ("dataBiases",)),
    Stated(
        "sensitive",
        "sensitive and personal content",
        RECOMMENDED,
        "uses",
        "rai:personalSensitiveInformation",
        ("sensitiveContent", "personal", "personalData", "personalSensitiveInformation"),
    ),
    Stated(
        "maintenance",
        "who keeps it up to date, and how",
        RECOMMENDED,
        "uses",
        "rai:dataReleaseMaintenancePlan",
        ("maintenancePlan", "dataReleaseMaintenancePlan"),
    ),
)
TABLES = {"classes": "what each class means", "columns": "what each column holds"}


@dataclass(frozen=True)
class CardMeta:
    """What was stated, by the keys of ``STATED``; ``classes`` and ``columns`` hold a description by
    name, ``further`` what this card has no place of its own for.
    """

    stated: Mapping[str, Any] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    further: Mapping[str, str] = field(default_factory=dict)

    def missing(self, wanted: str) -> list[Stated]:
        """What is wanted so much and not stated."""
        return [one for one in STATED if one.wanted == wanted and one.key not in self.stated]

    def text(self, key: str) -> str:
        """A stated value as one line, "" where it is not stated."""
        return in_words(self.stated.get(key))

    def warnings(self) -> list[str]:
        """What people should give or look at, in sentences."""
        said = []
        for wanted, why in (
            (REQUIRED, "Croissant requires it"),
            (RECOMMENDED, "readers will ask for it"),
        ):
            gone = self.missing(wanted)
            if gone:
                which = ", ".join(f"{one.key} ({one.means})" for one in gone)
                said.append(f"not stated, and {why}: {which}; give it in the file of meta=")
        return said + self.unplaced()

    def unplaced(self) -> list[str]:
        """What was given under names that the card does not know."""
        said = []
        for key in self.further:
            near = get_close_matches(key, [*map(str, _spellings()), *TABLES], 1, 0.6)
            meant = f"; {near[0]} may be meant" if near else ""
            said.append(
                f"{key} has no place of its own in the card and stands under Further{meant}"
            )
        return said


def card_meta(given: Mapping[str, Any] | None) -> CardMeta:
    """What a mapping states.  Raises ValueError for what cannot be such a thing."""
    if given is None:
        return CardMeta()
    if not isinstance(given, Mapping):
        raise ValueError(
            "meta must hold names and values, such as license and creator; got "
            f"{type(given).__name__}"
        )
    names = {_plain(spelling): key for spelling, key in _spellings().items()}
    stated: dict[str, Any] = {}
    tables: dict[str, dict[str, str]] = {}
    further: dict[str, str] = {}
    for name, value in given.items():
        key = names.get(_plain(str(name)))
        if value in (None, "", [], {}):
            continue
        if str(name) in TABLES:
            tables[str(name)] = _table(str(name), value)
        elif key is None:
            further[str(name)] = in_words(value)
        elif key in stated:
            raise ValueError(f"meta states {key} twice ({name!r} is the second); keep one of them")
        else:
            stated[key] = _checked(next(one for one in STATED if one.key == key), value)
    return CardMeta(stated, further=further, **tables)


def _spellings() -> dict[str, str]:
    return {spelling: one.key for one in STATED for spelling in (one.key, *one.also)}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower().removeprefix("rai:"))


def _table(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValueError(
            f"{name} in meta must be a table of names and what each means, got {value!r:.60}"
        )
    return {str(key): in_words(text) for key, text in value.items()}


def _checked(one: Stated, value: Any) -> Any:
    if one.form == "date":
        return _date(one.key, value)
    if one.form == "agents":
        several = value if isinstance(value, list | tuple) else [value]
        return [_agent(one.key, agent) for agent in several]
    if one.form == "texts":
        return [str(part) for part in (value if isinstance(value, list | tuple) else [value])]
    if one.key in ("url", "contentUrl") and re.search(r"\s", str(value).strip()):
        raise ValueError(f"{one.key} in meta must be an address without spaces, got {value!r:.80}")
    return in_words(value)


def _date(key: str, value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    try:
        datetime.fromisoformat(str(value))
    except ValueError as wrong:
        raise ValueError(
            f"{key} in meta must be a date such as 2026-01-31, got {value!r:.40}"
        ) from wrong
    return str(value)


def _agent(key: str, value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        if not value.get("name"):
            raise ValueError(f"each {key} in meta needs a name, got {dict(value)!r:.80}")
        kind = str(value.get("type", value.get("@type", ""))).removeprefix("sc:").capitalize()
        if kind not in ("", "Person", "Organization", "Organisation"):
            raise ValueError(
                f"the type of a {key} in meta is Person or Organization, got {kind!r:.40}"
            )
        known = {name: str(value[name]) for name in ("name", "url", "email") if value.get(name)}
        return known | ({"type": kind.replace("isation", "ization")} if kind else {})
    return {"name": str(value)}


def in_words(value: Any) -> str:
    """A stated value as one text.

    >>> in_words([{"name": "Ana", "url": "https://ana.org"}, {"name": "Li"}]), in_words(["a", "b"])
    ('Ana (https://ana.org), Li', 'a, b')
    """
    if value is None:
        return ""
    if isinstance(value, Mapping):
        more = [str(value[name]) for name in ("url", "email") if value.get(name)]
        if "name" in value:
            return str(value["name"]) + (f" ({', '.join(more)})" if more else "")
        return "; ".join(f"{key}: {in_words(part)}" for key, part in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(in_words, value))
    return str(value).strip()
