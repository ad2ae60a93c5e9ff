"""The page of a training in a real browser: it fits, nothing is clipped, labels can be judged."""

import pytest
from tests.browser.test_look import BROKEN, CLIPPED
from tests.browser.test_report import fits
from tests.unit.reporters.made_runs import a_run

from reliabel.reporters import training

pytestmark = pytest.mark.browser
LONG = tuple(f"intent {c} about {'cards' if c % 2 else 'money transfers'}" for c in range(40))


def runs():
    yield "usual", a_run(noise_matrix=[[0.9, 0.1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    yield "many classes", a_run(900, 40, names=LONG, epochs=200)
    yield "one epoch", a_run(60, 4, epochs=1, epoch=1, held_out=6, stopped="the loss is no number")


@pytest.mark.parametrize(("name", "run"), list(runs()), ids=[name for name, _ in runs()])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_looks_right_on_desk_and_phone(browser, tmp_path, name, run, scheme):
    place = tmp_path / "page.html"
    place.write_text(training.render(run, folder="tickets.model"), encoding="utf-8")
    for width in (1280, 390):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        wrong = []
        page.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
        page.goto(place.as_uri())
        assert fits(page), f"{name} hangs over at {width}"
        assert page.evaluate(CLIPPED) == [], f"{name} at {width}"
        assert page.evaluate(BROKEN) == [], f"{name} at {width}"
        assert wrong == []
        page.close()


def test_a_changed_label_can_be_decided_on(browser, tmp_path):
    place, run = tmp_path / "page.html", a_run()
    place.write_text(training.render(run, folder="tickets.model"), encoding="utf-8")
    page = browser.new_page()
    page.goto(place.as_uri())
    page.locator("#who").fill("anna")
    first = run.audit.findings[0]
    page.get_by_role("button", name=f"Change to {first.suggest}").first.click()
    assert page.locator("#progress").inner_text().startswith("1 of")
    with page.expect_download() as download:
        page.locator("#save").click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()
    assert rows[1].startswith(f"{first.id},")
    assert f"change,{first.suggest},anna" in rows[1]
    page.close()
