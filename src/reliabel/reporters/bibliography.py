"""Papers of methods as citation keys and BibTeX, read from the "Paper:" lines of their files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from reliabel.core.catalogue import Entry

YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# what is wrapped around a paper's words: remarks behind it, and words that lead to it
REMARK = re.compile(r",? (?:whose|section|method|where) .*$|\s*\([^()]*[a-z][^()]*\)\s*\.?$")
LEAD = re.compile(r"^(?:[a-z][a-z ]*): ")
SMALL = {"a", "an", "the", "on", "of", "to", "in", "for", "how", "and", "with"}


@dataclass(frozen=True)
class Paper:
    """A paper as its line has it: surnames, title ("" where the line gives none), where it stood,
    year, and whether more people wrote it.
    """

    authors: tuple[str, ...]
    title: str
    venue: str
    year: str
    more: bool

    @property
    def key(self) -> str:
        """The citation key: first surname, year, first word of the title."""
        words = re.findall(r"[a-z]+", _ascii(self.title or self.venue).lower())
        word = next((one for one in words if one not in SMALL), "")
        return re.sub(r"[^a-z0-9]", "", _ascii(self.authors[0]).lower()) + self.year + word

    def bibtex(self) -> str:
        """The entry of a .bib file."""
        authors = " and ".join([*self.authors, *(["others"] if self.more else [])])
        fields = {
            "author": authors,
            "title": f"{{{latex(self.title)}}}" if self.title else "",
            "howpublished": latex(self.venue),
            "year": self.year,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        return "\n".join([f"@misc{{{self.key},", *lines, "}"])


def papers(line: str) -> list[Paper]:
    """The papers that a "Paper:" line names; parts that cannot be read as one are left out.

    >>> papers("Zhu, Dong, Liu. Detecting corrupted labels without training. ICML 2022.")[0].key
    'zhu2022detecting'
    """
    found = [_paper(part.strip()) for part in line.split(";")]
    return [one for one in found if one is not None]


def of_entries(entries: Iterable[Entry]) -> dict[str, tuple[Paper, ...]]:
    """The papers of each method, by its name."""
    return {entry.name: tuple(papers(entry.paper)) for entry in entries}


def bib(found: Iterable[Paper], version: str) -> str:
    """A .bib file: Reliabel itself, then the papers, each once; of entries with one key the one
    that says more.
    """
    best: dict[str, Paper] = {}
    for paper in found:
        if len(paper.title) >= len(best[paper.key].title if paper.key in best else ""):
            best[paper.key] = paper
    own = [
        "@software{reliabel,",
        "  author = {{The Reliabel authors}},",
        "  title = {{Reliabel: a workbench for imperfect labels}},",
        *([f"  version = {{{latex(version)}}},"] if version else []),
        "  url = {https://github.com/reliabel/reliabel},",
        "}",
    ]
    return "\n\n".join(["\n".join(own), *(best[key].bibtex() for key in sorted(best))]) + "\n"


def latex(text: str) -> str:
    """A text in which LaTeX sees no command.

    >>> latex("50 % of a_b & {c}")
    '50 \\\\% of a\\\\_b \\\\& \\\\{c\\\\}'
    """
    signs = {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        "≈": r"$\approx$",
        "\u2212": "$-$",
        "±": r"$\pm$",
        **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    }
    line = " ".join("".join(s if s.isprintable() or s.isspace() else " " for s in text).split())
    return "".join(signs.get(sign, sign) for sign in line)


def _paper(text: str) -> Paper | None:
    text = REMARK.sub("", LEAD.sub("", text)).rstrip(". ")
    years = YEAR.findall(text)
    # a comma stands where a period would: "Broder, On the resemblance ..."
    text = re.sub(r"^([A-Z]\w+), (?=[A-Z]\w* (?!et al)\w+ \w+)", r"\1. ", text)
    head, _, rest = text.partition(". ")
    more = head.endswith(" et al")
    names = [name.strip() for name in head.removesuffix(" et al").split(",") if name.strip()]
    if not years or not rest or not all(re.match(r"[^\W\d_][\w'’ .-]*$", n) for n in names):
        return None
    title, _, venue = rest.rpartition(". ")
    year = years[-1]
    place = re.sub(rf",? ?\(?{year}\)?", "", venue, count=1).strip(" ,")
    return Paper(tuple(names), title, " ".join(place.split()), year, more)


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
