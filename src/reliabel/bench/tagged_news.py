"""A tagged text set with known truth: sentences of AG News, spans by rules over small gazetteers.

The truth is made of what a tagger of windows cannot see as such.  Word lists (countries, cities,
companies, first names, ...) say what may be a span; what it is depends on the article:

- in sports articles a place that no preposition of place precedes is the team (ORG), as in
  CoNLL-2003, and the section of the article is not among the words of the sentence;
- a family name alone is a person (PER) where the article has its full name somewhere, in the title
  or in another sentence;
- "Washington said", "Moscow denied": a capital that speaks is its government (ORG);
- capitalised words around a company's ending (Corp., Inc., Bank, University ...) belong to it, so
  that spans are of any length.

Whole articles are tagged, then cut into sentences; sentences seen before are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

TYPES = ("LOC", "MISC", "ORG", "PER")
WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:[-'&]\w+)*|\w\.|[^\w\s]")
STOP = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"])")
JUNK = re.compile(r"&lt;.*?&gt;|&[a-z]+;|#\d+;|quot;|\\")
COUNTRIES = """Afghanistan Algeria Argentina Australia Austria Bangladesh Belarus Belgium Bolivia
Brazil Britain Bulgaria Burma Cambodia Canada Chad Chechnya Chile China Colombia Congo Croatia Cuba
Cyprus Denmark Ecuador Egypt England Estonia Ethiopia Finland France Gaza Georgia Germany Ghana
Greece Haiti Hungary India Indonesia Iran Iraq Ireland Israel Italy Ivory_Coast Jamaica Japan Jordan
Kashmir Kazakhstan Kenya Kosovo Kuwait Lebanon Liberia Libya Malaysia Mexico Morocco Myanmar Nepal
Netherlands New_Zealand Nigeria North_Korea Northern_Ireland Norway Pakistan Panama Peru Philippines
Poland Portugal Qatar Romania Russia Rwanda Saudi_Arabia Scotland Serbia Singapore Slovakia Somalia
South_Africa South_Korea Spain Sri_Lanka Sudan Sweden Switzerland Syria Taiwan Tanzania Thailand
Tibet Turkey Uganda Ukraine United_Kingdom United_States Uruguay U.S. US UK Venezuela Vietnam Wales
Yemen Zimbabwe Europe Africa Asia Middle_East Darfur West_Bank"""
CAPITALS = """Washington Moscow Beijing London Paris Berlin Tokyo Tehran Baghdad Seoul Pyongyang
Islamabad Khartoum Jerusalem Ankara Madrid Rome Kiev Brussels Canberra Delhi New_Delhi
Damascus"""
CITIES = """Amsterdam Athens Atlanta Baltimore Bangkok Barcelona Basra Boston Buenos_Aires Buffalo
Cairo Caracas Charlotte Chicago Cincinnati Cleveland Colorado Dallas Denver Detroit Dubai Dublin
Fallujah Florida Frankfurt Geneva Green_Bay Havana Hong_Kong Houston Indiana Indianapolis Istanbul
Jacksonville Jakarta Johannesburg Kabul Kansas_City Karachi Las_Vegas Liverpool Los_Angeles Madrid
Manchester Melbourne Memphis Miami Michigan Milan Milwaukee Minnesota Montreal Mosul Mumbai Munich
Najaf Nashville New_England New_Jersey New_Orleans New_York Oakland Ohio Oklahoma Orlando Osaka Oslo
Ottawa Philadelphia Phoenix Pittsburgh Portland Prague Ramallah Riyadh Sacramento San_Antonio
San_Diego San_Francisco San_Jose Samarra Seattle Shanghai Silicon_Valley St._Louis Stockholm Sydney
Tampa_Bay Taipei Tennessee Texas Toronto Turin Utah Vancouver Vienna Virginia Warsaw Wisconsin
Zurich California Louisiana Alabama Arkansas Georgia Iowa Nebraska"""
NATIONS = """Afghan African American Arab Argentine Asian Australian Austrian Belgian Brazilian
British Canadian Chechen Chilean Chinese Colombian Cuban Czech Danish Dutch Egyptian English
European Filipino Finnish French German Greek Haitian Hungarian Indian Indonesian Iranian Iraqi
Irish Islamic Israeli Italian Japanese Jewish Kashmiri Korean Kurdish Lebanese Malaysian Mexican
Muslim Nigerian Norwegian Pakistani Palestinian Palestinians Israelis Americans Iraqis Polish
Portuguese Romanian Russian Saudi Scottish Serbian Shiite Spanish Sudanese Sunni Swedish Swiss
Syrian Taiwanese Thai Turkish Ukrainian Venezuelan Vietnamese Olympics Olympic_Games World_Series
World_Cup Super_Bowl Ryder_Cup Davis_Cup Champions_League Premier_League Nobel_Prize Masters_Cup
Grand_Prix Windows Linux Halloween Christmas Thanksgiving Ramadan Internet"""
ORGS = """Microsoft Google Yahoo Apple Intel IBM Oracle PeopleSoft Sun_Microsystems Cisco Dell
Hewlett-Packard HP Sony Samsung Toshiba Nokia Motorola Siemens Vodafone Sprint Verizon AT&T Cingular
Comcast Disney Time_Warner AOL America_Online eBay Amazon.com Wal-Mart Target Kmart Sears Boeing
Airbus Ford General_Motors GM Toyota Nissan Honda DaimlerChrysler Volkswagen BMW Pfizer Merck Yukos
Gazprom Shell Exxon BP Halliburton Coca-Cola PepsiCo McDonald's Nike Reuters AP AFP CNN BBC NBC CBS
NFL NBA NHL MLB NASA FBI CIA UN EU NATO OPEC SEC FDA FCC FIFA UEFA IOC IAEA WTO IMF Fed
Federal_Reserve Congress Senate Pentagon White_House United_Nations European_Union Hamas Hezbollah
Taliban Al-Qaida Red_Sox Yankees Cardinals Astros Dodgers Braves Cubs Mets Giants Eagles Patriots
Steelers Colts Jets Dolphins Cowboys Packers Vikings Broncos Raiders Lakers Pistons Pacers Heat
Rockets Celtics Knicks Spurs Kings Arsenal Chelsea Manchester_United Real_Madrid Newcastle Everton
Tottenham Celtic Rangers Juventus Nasdaq Citigroup Delta US_Airways United_Airlines Qantas Alitalia
Linspire Mozilla RealNetworks Napster Lexmark SAP Novell Symantec McAfee Sophos Netflix Blockbuster
TiVo Ebay Viacom Fannie_Mae Marsh Lazard Lufthansa Santander Abbey Unilever Nortel"""
FIRST = """Adam Alan Alex Allen Andre Andrew Andy Angela Ann Anna Anthony Ariel Arnold Barry Ben
Bernard Bill Bob Bobby Brad Brian Bruce Carl Carlos Charles Chris Colin Condoleezza Craig Curt Dan
Daniel David Dennis Derek Dick Don Donald Donovan Ed Edward Eli Elizabeth Eric Frank Fred Gary
George Gerhard Gordon Greg Guillermo Hamid Harry Henry Hugo Ivan Jack Jacques James Jamie Jason
Jeff Jennifer Jerry Jim Jimmy Joe John Johnny Jon Jose Joseph Juan Junichiro Justin Karl Keith Ken
Kenneth Kevin Kobe Kofi Lance Larry Laura Lee Lindsay Luis Mahmoud Manny Marcus Maria Mark Martha
Martin Marvin Mary Matt Michael Michelle Miguel Mike Mohamed Mohammed Muqtada Nick Nicolas Osama
Oscar Pat Patrick Paul Pedro Pete Peter Phil Randy Ray Richard Rick Rob Robert Roger Ron Roy Ryan
Saddam Sam Scott Sean Serena Shane Silvio Stephen Steve Steven Stewart Susan Ted Terrell Thaksin
Thomas Tiger Tim Todd Tom Tommy Tony Tracy Vijay Vladimir Wayne William Yao Yasser"""
TITLES = "Mr Mrs Ms Dr Sen Rep Gov Sgt Gen President Minister Secretary Chancellor Senator"
ENDINGS = """Inc Corp Co Ltd Plc PLC Group Bank University College Association Committee Council
Ministry Party Airlines Airways Systems Software Technologies Motors Holdings Institute Agency Court
Department Commission"""
SPEAKS = "said says denied accused warned urged insists wants rejected announced"
PLACED = "in at from near to of through across around outside inside into toward"
JOINS = {"of", "and", "&", "for"}


@lru_cache(maxsize=1)
def tagged_news(data: str, most: int | None = None) -> tuple[list[tuple[str, ...]], list[set[Any]]]:
    """Sentences, each a tuple of words, and their spans (start, end, type).

    data: the folder with ``text/ag_news_test.parquet``.  most: so many articles at most.
    """
    import pyarrow.parquet as pq

    table = pq.read_table(Path(data) / "text" / "ag_news_test.parquet").to_pydict()
    sentences, spans, seen = [], [], set()
    rows = zip(table["label"], table["title"], table["body"], strict=True)
    for row, (label, title, body) in enumerate(rows):
        if most is not None and row >= most:
            break
        for words, found in _article(label, title, body):
            if words not in seen and len(words) >= 4:
                seen.add(words)
                sentences.append(words)
                spans.append(found)
    return sentences, spans


def _article(label: str, title: str, body: str) -> Iterator[tuple[tuple[str, ...], set[Any]]]:
    parts = [title, *STOP.split(JUNK.sub(" ", body))]
    cut = [tuple(WORD.findall(part)) for part in parts]
    full = [_people(words) for words in cut]
    family = {words[end - 1] for words, some in zip(cut, full, strict=True) for _, end in some}
    for words, people in zip(cut, full, strict=True):
        yield words, _spans(words, people, family - _known(), label)


def _people(words: tuple[str, ...]) -> list[tuple[int, int]]:
    """Full names: a first name and one to three capitalised words."""
    found, place = [], 0
    while place < len(words):
        end = place + 1
        if words[place] in _first():
            while end < len(words) and end < place + 4 and _capital(words[end]):
                end += 1
            if end > place + 1 and words[end - 1] not in _set(ENDINGS) | _known():
                found.append((place, end))
                place = end
                continue
        place += 1
    return found


def _spans(
    words: tuple[str, ...], people: list[tuple[int, int]], family: set[str], label: str
) -> set[Any]:
    out, taken = set(), [False] * len(words)

    def add(start: int, end: int, sort: str) -> None:
        if not any(taken[start:end]):
            out.add((start, end, sort))
            taken[start:end] = [True] * (end - start)

    for end in range(1, len(words)):  # names that end like an organisation
        if words[end] in _set(ENDINGS):
            start = end
            while start and (
                _capital(words[start - 1]) or (words[start - 1] in JOINS and start > 1)
            ):
                start -= 1
            while start < end and (words[start] in JOINS or words[start] in ("The", "A", "In")):
                start += 1
            if start < end:
                add(start, end + 1, "ORG")
    for start, end in people:
        add(start, end, "PER")
    lists = _lists()
    for length in (3, 2, 1):
        for start in range(len(words) - length + 1):
            sort = lists.get(words[start : start + length])
            if sort is None:
                continue
            before = words[start - 1] if start else ""
            after = words[start + length] if start + length < len(words) else ""
            if sort == "CAP":
                sort = "ORG" if after in _set(SPEAKS) else "LOC"
            if sort == "LOC" and label == "Sports" and before.lower() not in _set(PLACED):
                sort = "ORG" if after != "," else "LOC"
            add(start, start + length, sort)
    for place, word in enumerate(words):
        if word in family or (
            place
            and words[place - 1].rstrip(".") in _set(TITLES)
            and _capital(word)
            and len(word) > 2
        ):
            add(place, place + 1, "PER")
    return out


def _capital(word: str) -> bool:
    return word[:1].isupper() and word[1:2] != "."


@lru_cache(maxsize=8)
def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


@lru_cache(maxsize=1)
def _lists() -> dict[tuple[str, ...], str]:
    sorts = (("MISC", NATIONS), ("LOC", COUNTRIES), ("LOC", CITIES), ("CAP", CAPITALS))
    made = {}
    for sort, names in (*sorts, ("ORG", ORGS)):
        for name in names.split():
            made[tuple(WORD.findall(name.replace("_", " ")))] = sort
    return made


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(words[-1] for words in _lists())


@lru_cache(maxsize=1)
def _first() -> frozenset[str]:
    return _set(FIRST)
