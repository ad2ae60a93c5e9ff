"""The review app in this process, and people who use it as their browsers would."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import reliabel as rl

pytest.importorskip("fastapi")
pytest.importorskip("argon2")
pytest.importorskip("httpx")

from fastapi.testclient import TestClient

from reliabel.review.app import review_app
from reliabel.review.door import Door
from reliabel.review.opening import open_log
from reliabel.review.passwords import User
from reliabel.review.sessions import Sessions, state_folder
from reliabel.review.shared import Rules, Shared

HOME = "http://127.0.0.1:8411"
NAMED = "X-Person"  # the header of the reverse proxy in tests
_numbers = itertools.count()


class Site:
    """A review app with what it is made of."""

    def __init__(self, folder, *, store=None, door=None, roots=(), **rules):
        self.opened = open_log(folder, store=store)
        self.log = self.opened.log
        self.shared = Shared(self.opened, Rules(**rules), roots=roots)
        audience = f"test {next(_numbers)} {self.log.uid}"
        self.door = door or Door(Sessions(state_folder(), audience))
        self.app = review_app(self.shared, self.door)

    def alone(self):
        """Who opens the one-time link."""
        browser = Browser(self.app)
        assert browser.client.get("/", params={"token": self.door.link.token}).status_code == 303
        return browser.known()

    def named(self, who):
        """Whom the proxy names."""
        browser = Browser(self.app)
        browser.client.headers[NAMED] = who
        return browser.known()


class Browser:
    """A page of the app: cookies, and the token that goes with each POST."""

    def __init__(self, app):
        self.client = TestClient(app, base_url=HOME, follow_redirects=False)

    def known(self):
        self.client.headers["X-CSRF-Token"] = self.get("/api/me")["csrf"]
        return self

    def get(self, path, **params):
        """What is answered."""
        return said(self.client.get(path, params=params))

    def post(self, path, body=None, code=200):
        """What is answered, with the status that is expected."""
        return said(self.client.post(path, json={} if body is None else body), code)

    def claim(self, n, source="queue"):
        return self.post("/api/claim", {"n": n, "source": source})["cards"]

    def decide(self, row, verdict="keep", label=None, key=None):
        """What became of one decision."""
        key = key or f"key-{next(_numbers)}"
        one = {"key": key, "row": row, "verdict": verdict, "label": label}
        return self.post("/api/decide", {"decisions": [one]})["results"][0]


def said(answer, code=200):
    assert answer.status_code == code, answer.text
    told = answer.json()
    assert code < 400 or isinstance(told["detail"], str), told
    return told


def team(folder, roles, **rules):
    """An app whose people a proxy names, with their roles."""
    users = {name: User(name, role) for name, role in roles.items()}
    audience = f"team {next(_numbers)}"
    door = Door(
        Sessions(state_folder(), audience), users=users, header=NAMED, proxies=("testclient",)
    )
    return Site(folder, door=door, **rules)


def pictures(place: Path, rows: int = 12):
    """A table of pictures, beside them, and the audit of it."""
    from PIL import Image

    place.mkdir()
    rng = np.random.default_rng(0)
    lines = ["name,label"]
    for row in range(rows):
        shade = 40 if row % 2 else 200
        pixels = np.clip(rng.normal(shade, 10, (40, 60, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{row}.png")
        lines.append(f"{row}.png,{'dark' if row % 2 else 'light'}")
    (place / "table.csv").write_text("\n".join(lines) + "\n")
    data = rl.read(place / "table.csv", label="label", image="name")
    return audited(data, place / "p.audit")


def audited(data, folder: Path):
    """An audit folder of a data set, with features that say little."""
    rng = np.random.default_rng(0)
    n = len(data)
    x = rng.normal(size=(n, 4)) + np.arange(n)[:, None] % 2 * 3
    given = np.arange(n)[:, None] % 2 == np.arange(2)
    p = np.where(given, 0.8, 0.2)
    audit = rl.audit(data, features=x, probs=p, by=["self_confidence", "neighbour_vote"])
    return rl.save(audit, folder)
