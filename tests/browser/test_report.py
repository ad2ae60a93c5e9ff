"""The report in a real browser, with the network forbidden."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.reporters.made import HOSTILE, an_audit, with_p_wrong

from reliabel.core.dataset import Dataset
from reliabel.core.labels import MultiLabel
from reliabel.core.results import Audit, Finding, Suspicion
from reliabel.reporters import html

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser, tmp_path):
    """Open an audit's report; whatever goes wrong in the page or asks for the network fails the
    test at its end.
    """
    wrong, contexts = [], []

    def open_page(audit, **options):
        place = tmp_path / f"report-{len(contexts)}.html"
        place.write_text(html.render(audit), encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()

        def route(one):
            if one.request.url == place.as_uri() or one.request.url.startswith("data:"):
                one.continue_()
            else:
                wrong.append(f"request for {one.request.url}")
                one.abort()

        page.route("**/*", route)
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("data:", "file:"))
                or wrong.append(f"request for {request.url}")
            ),
        )
        page.on(
            "console",
            lambda message: (
                wrong.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        page.goto(place.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def ranks(page):
    return page.locator("#cards .head b").all_text_contents()


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_it_opens_with_the_answer_and_fifty_findings(opened):
    page = opened(an_audit(n=300, flags=80))
    assert (
        page.locator("h1").inner_text()
        == "80 labels flagged by confident learning (not a count of errors)"
    )
    assert page.locator("#cards > .card").count() == 50
    assert page.locator("#count").inner_text() == "50 of 80 findings"
    page.get_by_role("button", name="Show 50 more").click()
    assert page.locator("#cards > .card").count() == 80
    page.get_by_role("button", name="Show 220 less suspect").click()
    assert page.locator("#count").inner_text() == "100 of 300 findings"
    assert page.get_by_role("button", name="less suspect").is_hidden()


def test_the_filter_narrows_by_given_suggested_kind_rank_and_words(opened):
    audit = an_audit(n=300, flags=80)
    page = opened(audit)
    page.locator("#least").select_option("0")
    labels = [f for f in audit.findings if f.finds == "label"]
    page.locator("#given").select_option(
        label=page.locator("#given option", has_text="class 1").inner_text()
    )
    given = [f for f in labels if f.given == "class 1"]
    assert page.locator("#count").inner_text() == f"50 of {len(given)} findings"
    assert all(
        "class 1" in tag for tag in page.locator("#cards .labels .tag.given").all_text_contents()
    )
    page.locator("#least").select_option("0.95")
    assert (
        page.locator("#count")
        .inner_text()
        .endswith(f" of {sum(f.rank >= 0.95 for f in given)} findings")
    )
    page.locator("#given").select_option("")
    page.locator("#least").select_option("0")
    page.locator("#search").fill("review 250:")
    assert page.locator("#cards > .card").count() == 1
    page.locator("#search").fill("no such words")
    assert page.locator("#count").inner_text() == "Nothing fits; widen the filter."
    assert page.locator("#cards > .card").count() == 0
    page.locator("#search").fill("")
    page.locator("#finds").select_option("duplicate")
    assert page.locator("#count").inner_text() == "2 of 2 findings"


def test_sorting_by_row_given_label_and_back(opened):
    audit = an_audit(n=120, flags=30)
    turned = replace(
        audit,
        findings=[
            replace(f, item=119 - f.item, id=f"r{119 - f.item}")
            for f in audit.findings
            if f.finds == "label"
        ],
    )
    page = opened(turned)
    page.locator("#least").select_option("0")
    worst = ranks(page)
    assert worst[:3] == ["#1", "#2", "#3"]
    page.locator("#sort").select_option("row")
    assert ranks(page)[:3] == ["#120", "#119", "#118"]
    page.locator("#sort").select_option("given")
    tags = page.locator("#cards .labels .tag.given").all_text_contents()
    assert tags == sorted(tags)
    page.locator("#sort").select_option("worst")
    assert ranks(page) == worst


def test_p_wrong_is_shown_filtered_and_drawn(opened):
    page = opened(with_p_wrong(an_audit(n=300, flags=80)))
    assert page.locator("h1").inner_text().startswith("About ")
    assert page.get_by_role("img", name="Budget curve").count() == 1
    page.locator("#least").select_option("0.9")
    shown = [float(word.replace(">", "")) for word in ranks(page)]
    assert shown
    assert min(shown) >= 0.89


def test_several_labels_per_item_are_filtered_by_class(opened):
    y = np.random.default_rng(0).integers(0, 2, (20, 3))
    data = Dataset(
        MultiLabel(y, ("happy", "sad", "calm")),
        {"items": [f"song {i}" for i in range(20)]},
        source={"task": "text"},
    )
    found = [
        Finding(
            i,
            str(i),
            i % 3,
            "label",
            None,
            0.9 - i / 100,
            None,
            ("x",),
            "yes",
            "no",
            (),
            None,
            "because",
        )
        for i in range(20)
    ]
    page = opened(
        Audit(
            data,
            {"self_confidence": Suspicion(np.arange(60.0))},
            {},
            {},
            None,
            None,
            None,
            found,
            (),
            {},
        )
    )
    page.locator("#asked").select_option(label="calm (6)")
    assert page.locator("#count").inner_text() == "6 of 6 findings"
    assert set(page.locator("#cards .asked").all_text_contents()) == {"Is it calm?"}


def test_hostile_words_are_only_words(opened):
    names = (HOSTILE, "</script><img src=x onerror=alert(2)>", "\u2028<!--")
    page = opened(
        an_audit(
            names=names,
            items=[f"{HOSTILE} {i} </template><svg onload=alert(3)>" for i in range(60)],
        )
    )
    assert page.locator("#cards script, #cards img, #cards svg").count() == 0
    assert HOSTILE in page.locator("#cards .thing").first.inner_text()
    assert page.locator("#given option", has_text=HOSTILE).count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 700, 1200])
def test_nothing_hangs_over_the_edge(opened, width, scheme):
    names = tuple(f"a_class_with_quite_a_long_name_{c}" for c in range(15))
    long = [f"{'x' * 400} {i}" for i in range(100)]
    page = opened(
        with_p_wrong(an_audit(n=100, k=15, names=names, items=long)),
        viewport={"width": width, "height": 700},
        color_scheme=scheme,
    )
    for fold in page.locator("details > summary").all():
        if fold.is_visible():
            fold.click()
    assert fits(page)


def test_pictures_are_seen(opened):
    page = opened(
        an_audit(n=60, items=np.random.default_rng(0).random((60, 8, 8)), task="image"),
        viewport={"width": 375, "height": 700},
    )
    assert fits(page)
    first = page.locator("#cards img").first
    assert first.evaluate("image => image.complete && image.naturalWidth === 8")


def test_letters_stand_out_from_the_ground_in_light_and_dark(opened):
    ratio = """() => {
      const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b; };
      const clear = (c) => /, 0\\)$/.test(c), own = (e) => getComputedStyle(e).backgroundColor;
      const ground = (e) => { while (e && clear(own(e))) e = e.parentElement; return e ? own(e) : "rgb(255, 255, 255)"; };
      let least = 99, who = "";
      for (const e of document.querySelectorAll("body *")) {
        if (!e.offsetParent || ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
        const a = light(getComputedStyle(e).color), b = light(ground(e)), c = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (c < least) { least = c; who = e.outerHTML.slice(0, 200); }
      }
      return [least, who];
    }"""
    for scheme in ("light", "dark"):
        least, who = opened(with_p_wrong(an_audit()), color_scheme=scheme).evaluate(ratio)
        assert least >= 4.5, f"{scheme}: {least:.2f} in {who}"


def test_without_javascript_the_answer_and_the_first_fifty_are_there(opened):
    page = opened(an_audit(n=300, flags=80), java_script_enabled=False)
    assert page.locator("h1").inner_text().startswith("80 labels")
    assert page.locator("#cards > .card").count() == 50
    assert page.locator("#controls").is_hidden()
    assert "with JavaScript all 304" in page.locator("noscript").inner_text()
    assert page.locator("#decide").is_hidden()


def test_a_full_list_opens_at_once(browser, tmp_path):
    place = tmp_path / "report.html"
    place.write_text(
        html.render(
            an_audit(n=3000, k=77, flags=800, names=tuple(f"intent {c}" for c in range(77)))
        ),
        encoding="utf-8",
    )
    page = browser.new_page()
    session = page.context.new_cdp_session(page)
    session.send(
        "Performance.enable", {"timeDomain": "threadTicks"}
    )  # the page's own CPU time, whatever else runs on the machine
    page.goto(place.as_uri())
    spent = {
        one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]
    }["TaskDuration"]
    page.close()
    assert 0 < spent < 1
