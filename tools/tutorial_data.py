"""Make the files that the tutorials work on: docs/data/*.

    python tools/tutorial_data.py            writes them (the same bytes each time)

All of it is made up here: texts from templates, pictures of drawn shapes, votes by simulated
workers.  Every set has a file of its truth, so that a tutorial can play the reviewer.
"""

from __future__ import annotations

import csv
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

HERE = Path(__file__).resolve().parents[1] / "docs" / "data"

TOPICS = {
    "account": (
        [
            "reset my password",
            "log in",
            "change my email address",
            "delete my profile",
            "unlock my account",
            "confirm my phone number",
            "turn on two-step login",
        ],
        [
            "the reset link has expired",
            "the login page says my password is wrong",
            "I no longer have the old phone",
            "the confirmation mail never comes",
            "my user name is taken",
            "I was locked out after three tries",
        ],
    ),
    "billing": (
        [
            "get a refund",
            "pay by invoice",
            "see my receipt",
            "change my credit card",
            "cancel the subscription",
            "use the discount code",
            "understand this charge",
        ],
        [
            "I was charged twice this month",
            "the invoice shows the wrong amount",
            "my bank declined the payment",
            "the refund has not arrived",
            "the price is higher than agreed",
            "VAT is missing on the receipt",
        ],
    ),
    "delivery": (
        [
            "track my parcel",
            "change the delivery address",
            "pick up my order",
            "send the parcel back",
            "know when it ships",
            "choose another courier",
        ],
        [
            "the parcel has been in transit for nine days",
            "the courier left it at the wrong door",
            "the box arrived crushed",
            "two of the three items are missing",
            "tracking has not moved since Monday",
            "nobody rang the bell",
        ],
    ),
    "technical": (
        [
            "install the update",
            "export my data",
            "connect the printer",
            "open the file",
            "use the app offline",
            "sync my calendar",
        ],
        [
            "the app crashes when I open a file",
            "the screen stays black after the update",
            "the export stops at half",
            "the button does nothing on my tablet",
            "I get error 503 since this morning",
            "the sync never finishes",
        ],
    ),
}
OPENINGS = ["Hello,", "Hi team,", "Good morning,", "Dear support,", "Hi,", "Hello there,", ""]
ASKS = ["I want to {}", "how do I {}", "I cannot {}", "please help me {}", "I need to {}"]
CLOSINGS = ["Thanks!", "Please answer soon.", "Regards, {}", "What can I do?", "", "", "Any idea?"]
NAMES = ["Ana", "Bo", "Chidi", "Dana", "Emre", "Fay", "Goran", "Hana", "Ivo", "Jun", "Kim", "Lea"]
PEOPLE = [
    "Ana Diaz",
    "Bo Lind",
    "Chidi Okafor",
    "Dana Reed",
    "Emre Kaya",
    "Fay Wong",
    "Goran Babic",
]
PEOPLE += ["Hana Sato", "Ivo Novak", "Jun Park", "Kim", "Lea Roth", "Mats", "Nora Vik", "Omar Said"]
PLACES = ["Oslo", "New York", "Porto", "Lagos", "Cape Town", "Graz", "Osaka", "Lima", "Santa Fe"]
PLACES += ["Bergen", "Tunis", "Hong Kong", "Riga", "Malmo", "Quito"]
FIRMS = ["Norden Bank", "Atlas Foods", "Blue River Ltd", "Helix", "Orion Steel", "Vega Air"]
FIRMS += ["Tandem Group", "Kestrel", "Polar Lines", "Delta Press", "Mira Energy"]
STORIES = [
    "PER flew to LOC on Monday to meet the board of ORG .",
    "ORG said it would open an office in LOC next year .",
    "Police in LOC questioned PER about the accounts of ORG .",
    "Shares of ORG fell 4 % after PER resigned .",
    "PER , who leads ORG , was born in LOC .",
    "The mayor of LOC thanked PER for her work .",
    "Workers of ORG in LOC went on strike again .",
    "In LOC , PER signed the contract with ORG .",
    "ORG hired PER from ORG last month .",
    "Rain stopped the match in LOC before PER could serve .",
    "Asked about ORG , PER said nothing .",
    "Trains from LOC to LOC were late on Friday .",
]
CONFUSED = {  # topic -> the wrong topics that a tired person picks, likeliest first
    "account": ("technical", "billing"),
    "billing": ("account", "delivery"),
    "delivery": ("billing", "technical"),
    "technical": ("account", "delivery"),
}


def tickets() -> dict[str, bytes]:
    """1,200 support messages on four topics; 84 labels are wrong, 6 messages came twice."""
    rng = np.random.default_rng(7)
    topics = list(TOPICS)
    truth = [topics[k] for k in rng.integers(0, 4, 1200)]
    texts = [_message(rng, topic) for topic in truth]
    given = list(truth)
    for row in rng.permutation(1200)[:84]:
        given[row] = CONFUSED[truth[row]][int(rng.random() < 0.3)]
    for row in rng.permutation(1200)[:6]:  # the same message again, read by somebody else
        texts.append(texts[row])
        truth.append(truth[row])
        given.append(CONFUSED[truth[row]][0])
    ids = [f"t{row:04d}" for row in range(len(texts))]
    return {
        "tickets.csv": _csv(("id", "message", "topic"), zip(ids, texts, given, strict=True)),
        "tickets_truth.csv": _csv(("id", "topic"), zip(ids, truth, strict=True)),
    }


def posts() -> dict[str, bytes]:
    """700 messages, each about one or two topics, joined by "|"; 4 % of the cells are wrong."""
    rng = np.random.default_rng(11)
    topics = list(TOPICS)
    texts, truth = [], []
    for _ in range(700):
        about = rng.permutation(4)[: 1 + int(rng.random() < 0.5)]
        texts.append(" ".join(_message(rng, topics[k]) for k in about))
        truth.append(np.isin(np.arange(4), about))
    wrong = np.zeros((700, 4), dtype=bool)
    wrong.flat[rng.permutation(2800)[:112]] = True
    given = [cells ^ bad for cells, bad in zip(truth, wrong, strict=True)]
    ids = [f"p{row:03d}" for row in range(700)]

    def joined(cells: Sequence[bool]) -> str:
        return "|".join(topic for topic, on in zip(topics, cells, strict=True) if on)

    return {
        "posts.csv": _csv(
            ("id", "message", "topics"), zip(ids, texts, map(joined, given), strict=True)
        ),
        "posts_truth.csv": _csv(("id", "topics"), zip(ids, map(joined, truth), strict=True)),
    }


def news() -> dict[str, bytes]:
    """1,200 sentences with people, places and firms, a word a line; of each kind of error some are
    planted: another type, a word too many, a span that is not tagged, and tags that begin with I-.
    """
    rng = np.random.default_rng(19)
    kinds = {"PER": PEOPLE, "LOC": PLACES, "ORG": FIRMS}
    truth: list[list[tuple[str, str]]] = []
    for _ in range(1200):
        line: list[tuple[str, str]] = []
        for word in _one(rng, STORIES).split():
            name = _one(rng, kinds[word]).split() if word in kinds else [word]
            tags = [f"{'I' if at else 'B'}-{word}" if word in kinds else "O" for at in range(9)]
            line += zip(name, tags, strict=False)
        truth.append(line)
    given = [list(line) for line in truth]
    for row in rng.permutation(1200)[:120].tolist():
        _spoil(rng, given[row])
    return {"news.conll": _conll(given), "news_truth.conll": _conll(truth)}


def _spoil(rng: np.random.Generator, line: list[tuple[str, str]]) -> None:
    """Make one span of a sentence wrong."""
    begins = [at for at, (_, tag) in enumerate(line) if tag.startswith("B-")]
    first = begins[int(rng.integers(len(begins)))]
    end = next((at for at in range(first + 1, len(line)) if line[at][1][0] != "I"), len(line))
    kind, error = line[first][1][2:], int(rng.integers(4))
    if error == 0:
        other = {"PER": "ORG", "LOC": "ORG", "ORG": "LOC"}[kind]
        line[first:end] = [(word, tag[:2] + other) for word, tag in line[first:end]]
    elif error == 1:
        line[first:end] = [(word, "O") for word, _ in line[first:end]]
    elif error == 2 and end < len(line) and line[end][1] == "O":
        line[end] = (line[end][0], f"I-{kind}")
    else:
        line[first] = (line[first][0], f"I-{kind}")


def _conll(lines: Sequence[Sequence[tuple[str, str]]]) -> bytes:
    parts = ("".join(f"{word}\t{tag}\n" for word, tag in line) for line in lines)
    return "\n".join(parts).encode()


def beans() -> dict[str, bytes]:
    """900 beans of three sorts, measured six ways; 45 sorts are wrong."""
    rng = np.random.default_rng(3)
    sorts = np.array(["black", "kidney", "pinto"])
    truth = rng.integers(0, 3, 900)
    centre = np.array([[9.1, 6.2, 4.6, 0.31], [15.4, 7.8, 6.1, 0.52], [12.2, 8.3, 5.2, 0.37]])
    size = centre[truth] * (1 + 0.08 * rng.normal(size=(900, 4)))
    colour = np.array(["dark", "red", "mottled"])[
        np.where(rng.random(900) < 0.9, truth, rng.integers(0, 3, 900))
    ]
    given = truth.copy()
    bad = rng.permutation(900)[:45]
    given[bad] = (truth[bad] + rng.integers(1, 3, 45)) % 3
    rows = zip(
        [f"b{row:03d}" for row in range(900)],
        *(np.round(column, 2) for column in size.T),
        colour,
        [("north", "south")[k] for k in rng.integers(0, 2, 900)],
        sorts[given],
        strict=True,
    )
    header = ("id", "length_mm", "width_mm", "height_mm", "weight_g", "colour", "field", "sort")
    return {
        "beans.csv": _csv(header, rows),
        "beans_truth.csv": _csv(
            ("id", "sort"), zip([f"b{row:03d}" for row in range(900)], sorts[truth], strict=True)
        ),
    }


def flats() -> dict[str, bytes]:
    """Rents of 1,200 flats: 20 are written in another row, 16 with a misplaced point."""
    rng = np.random.default_rng(7)
    n = 1200
    area, storey = rng.uniform(25, 140, n).round(), rng.integers(0, 7, n)
    year, km = rng.integers(1950, 2024, n), rng.uniform(0.3, 25, n).round(1)
    town = rng.choice(["Bern", "Chur", "Genf"], n)
    level = {"Bern": 19.0, "Chur": 15.0, "Genf": 26.0}
    square = np.array([level[one] for one in town]) - 0.25 * km + 0.04 * (year - 1990)
    rent = (area * square * np.exp(rng.normal(0, 0.06, n)) + 12 * storey).round()
    given = rent.copy()
    some = rng.choice(n, 36, replace=False)
    moved, slipped = some[:20], some[20:]
    given[moved] = rent[np.roll(moved, 1)]
    given[slipped] = (rent[slipped] * rng.choice([0.1, 10.0], len(slipped))).round()
    ids = [f"f{row:04d}" for row in range(n)]
    rows = zip(ids, town, area, storey, year, km, given, strict=True)
    cells = [[i, t, int(a), int(f), int(y), k, int(r)] for i, t, a, f, y, k, r in rows]
    header = ("id", "town", "area", "storey", "year", "km", "rent")
    truth = ([i, int(r)] for i, r in zip(ids, rent, strict=True))
    return {"flats.csv": _csv(header, cells), "flats_truth.csv": _csv(("id", "rent"), truth)}


def shapes() -> dict[str, bytes]:
    """400 small pictures of four shapes in folders named after their class; 24 lie in a wrong
    folder.
    """
    rng = np.random.default_rng(5)
    kinds = ["circle", "cross", "square", "triangle"]
    truth = rng.integers(0, 4, 400)
    given = truth.copy()
    bad = rng.permutation(400)[:24]
    given[bad] = (truth[bad] + rng.integers(1, 4, 24)) % 4
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for row in range(400):
            name = f"shapes/{kinds[given[row]]}/{row:03d}.png"
            archive.writestr(zipfile.ZipInfo(name), _picture(rng, kinds[truth[row]]))
    names = [f"{kinds[given[row]]}/{row:03d}.png" for row in range(400)]
    return {
        "shapes.zip": packed.getvalue(),
        "shapes_truth.csv": _csv(
            ("id", "shape"), zip(names, [kinds[k] for k in truth], strict=True)
        ),
    }


def desks() -> dict[str, bytes]:
    """200 drawn pictures of three to six shapes with a box each, in COCO's form, and the boxes of a
    simulated detector; 60 boxes have another class, lie elsewhere, are missing, doubled or broken.
    """
    rng = np.random.default_rng(17)
    kinds = ("circle", "square", "triangle")
    images, true, found = list[dict[str, object]](), list[dict[str, object]](), list[object]()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for row in range(200):
            name = f"{row:03d}.png"
            images.append({"id": row + 1, "file_name": name, "width": 120, "height": 90})
            drawn, boxes = _desk(rng, kinds)
            archive.writestr(zipfile.ZipInfo(f"desks/images/{name}"), drawn)
            for kind, box in boxes:
                told = {"id": len(true) + 1, "image_id": row + 1, "category_id": kind + 1}
                true.append({**told, "bbox": box, "area": box[2] * box[3], "iscrowd": 0})
            found += _seen(rng, row + 1, boxes)
        categories = [{"id": code + 1, "name": kind} for code, kind in enumerate(kinds)]
        about = {"images": images, "categories": categories}
        given = _spoilt(rng, true)
        whole: object = {**about, "annotations": given}
        for name, held in (("annotations.json", whole), ("found.json", found)):
            archive.writestr(zipfile.ZipInfo(f"desks/{name}"), json.dumps(held))
    return {
        "desks.zip": packed.getvalue(),
        "desks_truth.json": json.dumps({**about, "annotations": true}).encode(),
    }


def _desk(
    rng: np.random.Generator, kinds: Sequence[str]
) -> tuple[bytes, list[tuple[int, list[float]]]]:
    """A picture of shapes, and the class and box (x, y, width, height) of each."""
    image = Image.new("L", (120, 90), int(rng.integers(10, 60)))
    draw = ImageDraw.Draw(image)
    boxes = []
    for cell in rng.permutation(6)[: int(rng.integers(3, 7))].tolist():
        kind, wide, high = int(rng.integers(3)), *(int(v) for v in rng.integers(14, 30, 2))
        x = cell % 3 * 40 + int(rng.integers(1, 39 - wide))
        y = cell // 3 * 45 + int(rng.integers(1, 44 - high))
        edges, ink = (x, y, x + wide - 1, y + high - 1), int(rng.integers(110, 256))
        if kinds[kind] == "circle":
            draw.ellipse(edges, fill=ink)
        elif kinds[kind] == "square":
            draw.rectangle(edges, fill=ink)
        else:
            draw.polygon([(x, edges[3]), (edges[2], edges[3]), (x + wide // 2, y)], fill=ink)
        boxes.append((kind, [x, y, wide, high]))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue(), boxes


def _seen(
    rng: np.random.Generator, image: int, boxes: Sequence[tuple[int, list[float]]]
) -> list[dict[str, object]]:
    """What a good detector finds: it misses 4 % of the objects, confuses 3 %, and sees others."""
    told = []
    for kind, box in boxes:
        if rng.random() < 0.04:
            continue
        said = (kind + int(rng.integers(1, 3))) % 3 if rng.random() < 0.03 else kind
        sure = rng.beta(3, 2) if said != kind else rng.beta(12, 1.5)
        near = [round(float(part + rng.normal(0, 0.04) * box[2 + place % 2]), 1)
                for place, part in enumerate(box)]  # fmt: skip
        told.append((said, near, sure))
    for _ in range(int(rng.random() < 0.25)):
        wide, high = rng.integers(8, 30, 2).tolist()
        box = [int(rng.integers(0, 120 - wide)), int(rng.integers(0, 90 - high)), wide, high]
        told.append((int(rng.integers(3)), box, rng.beta(1.5, 5)))
    return [
        {"image_id": image, "category_id": said + 1, "bbox": box, "score": round(float(sure), 3)}
        for said, box, sure in told
    ]


def _spoilt(rng: np.random.Generator, true: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Annotations with 60 errors: 16 of each kind but two, of which there are 6."""
    given = [dict(one) for one in true]
    order = rng.permutation(len(true)).tolist()
    swapped, moved, missing = order[:16], order[16:32], set(order[32:48])
    doubled, broken = order[48:54], order[54:60]
    for row in swapped:
        code = int(str(given[row]["category_id"]))
        given[row]["category_id"] = (code - 1 + int(rng.integers(1, 3))) % 3 + 1
    for row in moved:
        x, y, wide, high = true[row]["bbox"]  # type: ignore[misc]
        far = [round(part * 0.45) for part in (wide, high)]
        given[row]["bbox"] = [x + far[0], y + far[1], wide, high]
    for row in broken:
        x, y, wide, high = true[row]["bbox"]  # type: ignore[misc]
        given[row]["bbox"] = [x + wide, y, -wide, high]
    again = []
    for number, row in enumerate(doubled):
        x, y, wide, high = true[row]["bbox"]  # type: ignore[misc]
        again.append({**true[row], "id": len(true) + 1 + number, "bbox": [x + 1, y, wide, high]})
    return [one for row, one in enumerate(given) if row not in missing] + again


def crowd() -> dict[str, bytes]:
    """1,500 answers of 15 people on 300 messages: two guess, one mixes up two topics."""
    rng = np.random.default_rng(9)
    topics = list(TOPICS)
    truth = rng.integers(0, 4, 300)
    skill = np.r_[rng.uniform(0.72, 0.94, 13), 0.0, 0.0]
    rows = []
    for item in range(300):
        for who in rng.permutation(15)[:5]:
            says = truth[item] if rng.random() < skill[who] else int(rng.integers(0, 4))
            if who == 3 and truth[item] == 0:
                says = 3
            rows.append((f"t{item:04d}", f"w{who + 1:02d}", topics[says]))
    gold = rng.permutation(300)[:40]
    texts = [_message(rng, topics[k]) for k in truth]
    ids = [f"t{item:04d}" for item in range(300)]
    return {
        "votes.csv": _csv(("task", "who", "answer"), rows),
        "votes_texts.csv": _csv(("task", "message"), zip(ids, texts, strict=True)),
        "votes_gold.csv": _csv(
            ("task", "answer"), [(f"t{item:04d}", topics[truth[item]]) for item in sorted(gold)]
        ),
        "votes_truth.csv": _csv(
            ("task", "answer"), zip(ids, [topics[k] for k in truth], strict=True)
        ),
    }


def _message(rng: np.random.Generator, topic: str) -> str:
    asks, troubles = TOPICS[topic]
    parts = [_one(rng, OPENINGS), _one(rng, ASKS).format(_one(rng, asks)) + "."]
    if rng.random() < 0.75:
        trouble = _one(rng, troubles)
        parts.append(trouble[0].upper() + trouble[1:] + ".")
    if rng.random() < 0.2:  # a word on another matter, as people write
        other = _one(rng, [name for name in TOPICS if name != topic])
        parts.append(f"By the way, I also want to {_one(rng, TOPICS[other][0])}.")
    number = f"Order {rng.integers(10_000, 99_999)}." if rng.random() < 0.6 else ""
    return " ".join(
        part for part in (*parts, number, _one(rng, CLOSINGS).format(_one(rng, NAMES))) if part
    )


def _one(rng: np.random.Generator, of: Sequence[str]) -> str:
    return of[int(rng.integers(len(of)))]


def _picture(rng: np.random.Generator, kind: str) -> bytes:
    size, ink = 28, int(rng.integers(120, 256))
    image = Image.new("L", (size, size), int(rng.integers(0, 70)))
    draw = ImageDraw.Draw(image)
    r = int(rng.integers(6, 10))
    x, y = (int(value) for value in rng.integers(r + 1, size - r - 1, 2))
    if kind == "circle":
        draw.ellipse((x - r, y - r, x + r, y + r), fill=ink)
    elif kind == "square":
        draw.rectangle((x - r, y - r, x + r, y + r), fill=ink)
    elif kind == "triangle":
        draw.polygon([(x - r, y + r), (x + r, y + r), (x, y - r)], fill=ink)
    else:
        draw.line((x - r, y, x + r, y), fill=ink, width=4)
        draw.line((x, y - r, x, y + r), fill=ink, width=4)
    pixels = np.asarray(image, dtype=np.float64) + rng.normal(0, 12, (size, size))
    out = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def main() -> int:
    """Write every file."""
    HERE.mkdir(parents=True, exist_ok=True)
    for make in (tickets, posts, news, beans, flats, shapes, desks, crowd):
        for name, content in make().items():
            (HERE / name).write_bytes(content)
            print(f"docs/data/{name}: {len(content):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
