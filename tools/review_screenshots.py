"""Pictures of the review page:  python tools/review_screenshots.py [-o FOLDER] [--kinds] [--all]

Reviews of the tickets and the pictures that the guides use, begun by somebody who knows the truth.
Two pictures are for the README, two for the guide of reviews (--kinds); --all takes every view,
light, dark and on a tablet, for looking at.  Needs Chromium on the path, Playwright and Pillow.
"""

from __future__ import annotations

import argparse
import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import reliabel as rl
from reliabel.bench.review_server import Server
from screenshots import COLOURS, DATA, OUT

SIZE = {"width": 1280, "height": 800}
TABLET = {"width": 820, "height": 1180}
JUDGED = (60, 240)  # labels before the first picture, and from then on before the second
PACE = 150  # milliseconds a label: who is quicker gets more labels ahead


def tickets(place: Path) -> tuple[Path, dict[str, str]]:
    """The audit of the guides' tickets, and their true labels."""
    shutil.copy(DATA / "tickets.csv", place)
    data = rl.read(place / "tickets.csv", label="topic", text="message", id="id")
    folder = rl.save(rl.audit(data), place / "tickets.audit")
    with (DATA / "tickets_truth.csv").open(newline="", encoding="utf-8") as file:
        return folder, {row["id"]: row["topic"] for row in csv.DictReader(file)}


def pictures(place: Path) -> tuple[Path, dict[str, str]]:
    """The audit of the guides' pictures, and their true labels."""
    shutil.unpack_archive(DATA / "shapes.zip", place)
    folder = rl.save(rl.audit(rl.read(place / "shapes")), place / "shapes.audit")
    with (DATA / "shapes_truth.csv").open(newline="", encoding="utf-8") as file:
        return folder, {row[0]: row[1] for row in list(csv.reader(file))[1:]}


def judge(page: Any, truth: dict[str, str], n: int) -> None:
    """Judge labels as somebody who knows the truth."""
    for _ in range(n):
        page.locator(".card[data-row]").wait_for()
        id_ = page.locator(".shown .place span").first.inner_text()
        given = page.locator("[data-verdict='keep'] .name").inner_text()
        page.wait_for_timeout(PACE)
        if truth[id_] == given:
            page.keyboard.press("a")
            continue
        page.keyboard.press("/")
        page.get_by_role("combobox").fill(truth[id_])
        page.keyboard.press("Enter")


@contextmanager
def opened(browser: Any, folder: Path, state: Path, who: str, **look: Any) -> Iterator[Any]:
    """A page at the queue."""
    with Server(folder, state, ["--who", who, "--target", "0.02"]) as server:
        context = browser.new_context(viewport=look.pop("viewport", SIZE), **look)
        page = context.new_page()
        page.goto(server.link)
        page.locator(".card[data-row]").wait_for()
        yield page
        context.close()


def shot(page: Any, path: Path) -> None:
    page.wait_for_timeout(600)
    image: Any = _pillow().open(io.BytesIO(page.screenshot())).convert("RGB")
    image.quantize(COLOURS, dither=_pillow().Dither.NONE).save(path, optimize=True)
    print(f"{path}  {path.stat().st_size // 1024} KiB")


def _pillow() -> Any:
    from PIL import Image

    return Image


def view(page: Any, name: str) -> None:
    page.evaluate(f"location.hash = {name!r}")
    page.wait_for_load_state("networkidle")


def readme(browser: Any, place: Path, out: Path) -> None:
    """The queue, and what the certificate says after some reviews."""
    folder, truth = tickets(place)
    with opened(browser, folder, place / "state", "anna") as page:
        judge(page, truth, JUDGED[0])
        page.wait_for_timeout(3000)  # the counts follow
        shot(page, out / "review.png")
        judge(page, truth, JUDGED[1])
        page.wait_for_timeout(3000)
        view(page, "progress")
        shot(page, out / "review-certificate.png")


def kinds(browser: Any, place: Path, out: Path) -> None:
    """A sentence whose span gets other words, and all labels of an item."""
    for name in ("news.conll", "posts.csv"):
        shutil.copy(DATA / name, place)
    size = {"width": 1280, "height": 560}
    news = rl.save(rl.audit(rl.read(place / "news.conll")), place / "news.audit")
    with opened(browser, news, place / "state", "anna", viewport=size) as page:
        for _ in range(12):  # to a span that is given
            if page.locator("[data-verdict='keep'] .name").inner_text() != "no span here":
                break
            page.keyboard.press("j")
        page.keyboard.press("Shift+ArrowRight")
        shot(page, out / "review-spans.png")
    read = rl.read(place / "posts.csv", label="topics", text="message", separator="|")
    posts = rl.save(rl.audit(read), place / "posts.audit")
    with opened(browser, posts, place / "state", "anna", viewport={**size, "height": 620}) as page:
        page.keyboard.press("w")
        shot(page, out / "review-several.png")


def everything(browser: Any, place: Path, out: Path) -> None:
    """Every view in each look."""
    for name, (folder, truth) in {"texts": tickets(place), "pictures": pictures(place)}.items():
        for look in ("light", "dark"):
            with opened(browser, folder, place / "state", look, color_scheme=look) as page:
                judge(page, truth, 12)
                if look == "dark":  # somebody who is sure of nothing differs from the first
                    view(page, "second")
                    for _ in range(3):
                        page.locator(".card[data-row]").wait_for()
                        page.keyboard.press("m")
                for one in (
                    "queue",
                    "second",
                    "map",
                    "find",
                    "duplicates",
                    "conflicts",
                    "progress",
                ):
                    view(page, one)
                    if one == "find":
                        page.get_by_role("button", name="Find", exact=True).click()
                    if one == "map" and page.locator("canvas").count():
                        box = page.locator("canvas").bounding_box()
                        for _ in range(20):
                            x, y = box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.45
                            page.mouse.move(x + _ * 3, y)
                    shot(page, out / f"{name}-{one}-{look}.png")
                view(page, "queue")
                page.set_viewport_size(TABLET)
                shot(page, out / f"{name}-tablet-{look}.png")
                page.keyboard.press("?")
                shot(page, out / f"{name}-keys-{look}.png")


def main() -> None:
    """Take the pictures and say where they are."""
    from playwright.sync_api import sync_playwright

    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("-o", "--out", type=Path, default=OUT, help="folder of the pictures")
    asked.add_argument("--kinds", action="store_true", help="of tagged text and several labels")
    asked.add_argument("--all", action="store_true", help="every view, for looking at")
    told = asked.parse_args()
    told.out.mkdir(parents=True, exist_ok=True)
    found = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        taken = everything if told.all else kinds if told.kinds else readme
        taken(browser, Path(place), told.out)
        browser.close()


if __name__ == "__main__":
    main()
