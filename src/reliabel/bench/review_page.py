"""Suite review-page: what the page of ``reliabel review`` weighs and how quickly it answers, in
Chromium, against the real server on an audit of 5,000 texts.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from reliabel.bench.generate import probabilities
from reliabel.bench.review_server import Server
from reliabel.bench.run import Row, Table
from reliabel.core.dataset import Dataset, Ids
from reliabel.core.labels import Classes
from reliabel.core.run import track

ITEMS, CLASSES = 5_000, 6
POINTS = 50_000  # of the map
KEYS, PAUSE = 100, 120  # keys pressed, and milliseconds between them
BURST_PAUSE = 15  # milliseconds between the keys of a burst: four times as fast as people type
TRIPS = (0, 100)  # milliseconds of a round trip
STARTS = 5
MAP_SECONDS = 4
NAMES = ("animals", "cooking", "music", "science", "sports", "travel")
Found = Iterator[tuple[str, float]]

WATCH = """() => {
  window.paints = [];
  const row = () => document.querySelector("[data-row]")?.dataset.row;
  addEventListener("keydown", (event) => {
    const before = row(), begun = event.timeStamp;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => {
        window.paints.push([performance.now() - begun, row() !== before]);
      };
      channel.port2.postMessage(0);
    });
  }, true);
}"""
READY = """() => new Promise((done) => {
  const look = () => {
    if (document.querySelector("[data-row]")) done(performance.now());
    else setTimeout(look, 5);
  };
  look();
})"""
FRAMES = """(seconds) => new Promise((done) => {
  const canvas = document.querySelector("canvas"), box = canvas.getBoundingClientRect();
  const put = CanvasRenderingContext2D.prototype.putImageData;
  let drawn = 0, turn = 0;
  CanvasRenderingContext2D.prototype.putImageData = function (...rest) {
    drawn += 1;
    return put.apply(this, rest);
  };
  const begun = performance.now();
  const step = () => {
    const spent = (performance.now() - begun) / 1000;
    if (spent > seconds) {
      done(drawn / spent);
      return;
    }
    turn += 1;
    const clientX = box.left + box.width * (.5 + .2 * Math.sin(turn / 30));
    const clientY = box.top + box.height * .5;
    const deltaY = Math.floor(turn / 60) % 2 ? 12 : -12;
    canvas.dispatchEvent(new WheelEvent("wheel", { deltaY, clientX, clientY, cancelable: true }));
    requestAnimationFrame(step);
  };
  step();
})"""
SIZE = (
    "() => [document.querySelectorAll('[data-row]').length, document.querySelectorAll('*').length]"
)


def run(table: Table, *, quick: bool, data: Path | None) -> None:
    """Write the rows of every case that is not there yet (``data`` is not needed)."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    chromium = chromium or shutil.which("google-chrome")
    cases = {one: act for one, act in _cases().items() if not table.has(one)}
    if chromium is None:
        why = "needs Chromium on the path"
        table.add(Row(one, "", "", 0, "page", "not run", why) for one in cases)
        return
    if not cases:
        return
    with tempfile.TemporaryDirectory() as place, sync_playwright() as player:
        folder = _audit(Path(place) / "texts.audit")
        browser = player.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for case, act in track("cases", list(cases.items())):
            with _opened(browser, folder) as page:
                found = [Row(case, f"{ITEMS} texts", "", 0, "page", *one) for one in act(page)]
            table.add(found)
        browser.close()


def _cases() -> dict[str, Callable[[Any], Found]]:
    cases: dict[str, Callable[[Any], Found]] = {"code": _code, "start": _start}
    for trip in TRIPS:
        cases[f"keys, {trip} ms round trip"] = partial(_keys, trip=trip)
        cases[f"burst, {trip} ms round trip"] = partial(_burst, trip=trip)
    return cases | {"map": _map, "document": _document}


@contextmanager
def _opened(browser: Any, audit: Path) -> Iterator[Any]:
    """A page at the queue of a fresh review of an audit."""
    with tempfile.TemporaryDirectory() as place:
        folder = shutil.copytree(audit, Path(place) / audit.name)
        with Server(folder, Path(place) / "state", ["--who", "ann"]) as server:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            page = context.new_page()
            page.goto(server.link)
            page.locator("[data-row]").first.wait_for()
            yield page
            context.close()


def _audit(folder: Path) -> Path:
    """An audit of generated texts, of which one label in twenty is drawn anew."""
    import reliabel as rl

    y, probs = probabilities(ITEMS, CLASSES)
    rng = np.random.default_rng(0)
    words = [f"{NAMES[k]} {rng.integers(10_000)}" for k in probs.argmax(1)]
    texts = [f"a note on {word}, number {row}" for row, word in enumerate(words)]
    labels = Classes(y, NAMES)
    held = Dataset(labels, {"items": texts}, Ids(), {"task": "text"})
    return rl.save(rl.audit(held, probs=probs, by=["self_confidence"]), folder)


def _slow(page: Any, trip: int) -> None:
    """Let every request take a round trip."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    wanted = {"latency": trip, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", {"offline": False, **wanted})


def _code(page: Any) -> Found:
    """Bytes of HTML, scripts and styles as they come over the wire."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}
    network.on("Network.responseReceived", lambda m: kinds.update({m["requestId"]: m["type"]}))
    network.on(
        "Network.loadingFinished", lambda m: sizes.update({m["requestId"]: m["encodedDataLength"]})
    )
    page.reload(wait_until="networkidle")
    code = ("Document", "Script", "Stylesheet")
    yield "kb_on_the_wire", sum(sizes.get(i, 0) for i, kind in kinds.items() if kind in code) / 1e3


def _start(page: Any) -> Found:
    """Seconds until the first label can be judged, without anything in the cache."""
    cookies, address = page.context.storage_state(), page.url
    seconds = []
    for _ in range(STARTS):
        context = page.context.browser.new_context(storage_state=cookies)
        fresh = context.new_page()
        fresh.goto(address, wait_until="commit")
        seconds.append(fresh.evaluate(READY) / 1000)
        context.close()
    yield "keyboard_usable_s", statistics.median(seconds)


def _keys(page: Any, trip: int) -> Found:
    """Milliseconds from a key to the paint of the next label."""
    _slow(page, trip)
    page.evaluate(WATCH)
    for turn in range(KEYS):
        page.keyboard.press("a1md"[turn % 4])
        page.wait_for_timeout(PAUSE)
    paints = page.evaluate("window.paints")
    yield "key_to_paint_p50_ms", float(np.quantile([spent for spent, _ in paints], 0.5))
    yield "key_to_paint_p95_ms", float(np.quantile([spent for spent, _ in paints], 0.95))
    yield "keys_without_a_next_label", float(sum(not moved for _, moved in paints))


def _burst(page: Any, trip: int) -> Found:
    """Of a hundred keys in a burst, those that are not in the log afterwards."""
    _slow(page, trip)
    for _ in range(KEYS):
        page.keyboard.press("a")
        page.wait_for_timeout(BURST_PAUSE)
    page.locator("[data-outbox='0']").wait_for(timeout=60_000)
    mine = page.evaluate("async () => (await (await fetch('api/state')).json()).mine")
    yield "keys_lost", float(KEYS - mine)


def _map(page: Any) -> Found:
    """Frames a second while the map is zoomed and moved."""
    page.route("**/api/map", lambda route: route.fulfill(body=_points()))
    page.evaluate("location.hash = 'map'")
    page.locator("canvas").wait_for()
    page.wait_for_timeout(500)
    yield f"frames_a_second_at_{POINTS}", page.evaluate(FRAMES, MAP_SECONDS)


def _points() -> bytes:
    """A map of generated points in twelve clouds."""
    rng = np.random.default_rng(0)
    k = rng.integers(0, 12, POINTS)
    xy = rng.normal(0, 3, (12, 2))[k] + rng.normal(0, 0.6, (POINTS, 2))
    head = json.dumps({"n": POINTS, "classes": [f"class {one}" for one in range(12)]}) + "\n"
    flags = (rng.random(POINTS) < 0.05).astype("u1")
    return head.encode() + xy.astype("<f4").tobytes() + k.astype("<u2").tobytes() + flags.tobytes()


def _document(page: Any) -> Found:
    """Cards and elements of the document: the most of any view."""
    sizes = [page.evaluate(SIZE)]
    for _ in range(20):
        page.keyboard.press("a")
    sizes.append(page.evaluate(SIZE))
    page.evaluate("location.hash = 'find'")
    page.get_by_label("verdict").select_option("")
    page.get_by_role("button", name="Find", exact=True).click()
    page.locator("[data-row]").first.wait_for()
    sizes.append(page.evaluate(SIZE))
    yield "cards", float(max(cards for cards, _ in sizes))
    yield "elements", float(max(elements for _, elements in sizes))


def lines(rows: list[Row]) -> list[list[str]]:
    """The table of the suite."""
    measured = [row for row in rows if row.metric != "not run"]
    told = [[row.scenario, row.metric.replace("_", " "), f"{row.value:.3g}"] for row in measured]
    return [["case", "measured", "value"], *told]
