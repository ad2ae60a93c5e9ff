"""The files of the review page as the server sends them."""

from __future__ import annotations

import pytest
from tests.unit.review.web import Browser, Site

from reliabel.review.page import BUILT, files_of


@pytest.fixture
def nobody(folder):
    return Browser(Site(folder).app).client


def test_the_page_is_sent_to_everybody_and_asked_for_anew(nobody):
    answer = nobody.get("/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.content == (BUILT / "index.html").read_bytes()
    tag = answer.headers["etag"]
    assert nobody.get("/", headers={"If-None-Match": tag}).status_code == 304


def test_scripts_and_styles_are_kept_and_sent_small(nobody):
    names = [name for name in files_of() if name.startswith("assets/")]
    assert {name.rpartition(".")[2] for name in names} >= {"js", "css"}
    for name in names:
        answer = nobody.get(f"/{name}", headers={"Accept-Encoding": "gzip"})
        assert "immutable" in answer.headers["cache-control"], name
        assert answer.content == (BUILT / name).read_bytes()
        if len(answer.content) > 1000:
            assert answer.headers["content-encoding"] == "gzip"
            assert int(answer.headers["content-length"]) < len(answer.content)
        plain = nobody.get(f"/{name}", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers


def test_where_it_is_not_built_one_sentence_says_so(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("reliabel.review.app.files_of", lambda: files_of(tmp_path / "none"))
    answer = Browser(Site(folder).app).client.get("/")
    assert answer.status_code == 404
    assert "the review page is not built" in answer.json()["detail"]
