"""How the report looks on data of every shape: nothing hangs over, nothing is clipped, no word is
broken, on desktop, phone and paper.
"""

from dataclasses import replace

import numpy as np
import pytest
from tests.browser.test_report import fits
from tests.unit.reporters.made import HOSTILE, an_audit, not_identified, with_p_wrong

from reliabel.reporters import html

pytestmark = pytest.mark.browser
# texts of pictures that reach beyond their frame, by more than a point
CLIPPED = """() => [...document.querySelectorAll("svg")].flatMap((svg) => {
  const box = svg.viewBox.baseVal, frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter((text) => {
    const at = text.getBoundingClientRect();
    return at.width && (at.left < frame.left - 1 || at.right > frame.right + 1
      || at.top < frame.top - 1 || at.bottom > frame.bottom + 2);
  }).map((text) => text.textContent);
})"""
# words of ordinary length that stand in two lines
BROKEN = """() => {
  const out = [], left = "script, style, option, code, .thing, .id, dd";
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const of = node.parentElement;
    if (!of.getClientRects().length || of.closest(left)) continue;
    for (const word of node.data.matchAll(/[\\w.()]{2,18}/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const rects = [...range.getClientRects()];
      if (rects.some((rect) => Math.abs(rect.top - rects[0].top) > 4)) out.push(word[0]);
    }
  }
  return out;
}"""
NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def pictures(n, rng):
    """Pictures of odd shapes: flat, tall, tiny, of one colour, and one that cannot be read."""
    shapes = [(4, 400, 3), (400, 4, 3), (1, 1, 3), (64, 64, 3), (32, 32)]
    made = [rng.integers(0, 255, shapes[i % len(shapes)]).astype(np.uint8) for i in range(n)]
    made[7] = np.zeros((0, 0), np.uint8)
    return made


def audits():
    rng = np.random.default_rng(0)
    short = an_audit(n=300, k=2, flags=60, names=("ham", "spam"))
    yield "texts", with_p_wrong(short)
    yield "no count", not_identified(short)
    yield "no P(wrong)", short
    yield "nothing found", an_audit(nothing=True)
    ten = an_audit(n=300, k=10, flags=80, names=NAMES, items=pictures(300, rng), task="image")
    yield "pictures", with_p_wrong(ten)
    many = tuple(f"intent {c} about {'cards' if c % 2 else 'money transfers'}" for c in range(150))
    yield "150 classes", with_p_wrong(an_audit(n=900, k=150, flags=200, names=many))
    long = tuple(f"a very long name of a class that goes on and on {c}" * 3 for c in range(4))
    yield "long names", with_p_wrong(an_audit(n=200, k=4, flags=40, names=long))
    right = ("إيجابي", "سلبي", "محايد")
    texts = [f"هذا نص رقم {i} (مع English) 100 %" for i in range(200)]
    yield "right to left", with_p_wrong(an_audit(n=200, flags=40, names=right, items=texts))
    wide = ("政治", "经济", "体育新闻")
    yield "wide", with_p_wrong(an_audit(n=200, flags=40, names=wide, items=["漢字" * 40] * 200))
    odd = ["", HOSTILE, "x" * 5000, "\n\n\t", "a " * 100_000, "👩‍👩‍👧" * 40] * 40
    yield "odd texts", with_p_wrong(an_audit(n=240, flags=60, items=odd))
    none = an_audit(n=100, flags=30)
    data = replace(none.data, evidence={}, source={})
    yield "no items", with_p_wrong(replace(none, data=data))
    rows = {f"column {c}": rng.normal(size=100) for c in range(15)}
    yield "rows", with_p_wrong(an_audit(n=100, flags=30, items=rows, task="table"))


@pytest.mark.parametrize(("name", "audit"), list(audits()), ids=[name for name, _ in audits()])
def test_it_looks_right_on_desk_and_phone(browser, tmp_path, name, audit):
    place = tmp_path / "report.html"
    place.write_text(html.render(audit, folder="reviews.audit"), encoding="utf-8")
    for width in (1280, 390):
        page = browser.new_page(viewport={"width": width, "height": 900})
        wrong = []
        page.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
        page.goto(place.as_uri())
        assert fits(page), f"{name} hangs over at {width}"
        assert page.evaluate(CLIPPED) == [], f"{name} at {width}"
        assert page.evaluate(BROKEN) == [], f"{name} at {width}"
        assert wrong == []
        page.close()
