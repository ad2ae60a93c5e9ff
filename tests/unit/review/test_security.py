"""What SECURITY.md promises: each attack is refused with a sentence, and nothing is written."""

from __future__ import annotations

import os
import re
import struct
import zlib
from pathlib import Path

import pytest
from tests.unit.review.web import NAMED, Browser, Site, audited, pictures, team

import reliabel as rl
from reliabel.review.door import Door
from reliabel.review.guard import MOST_BYTES
from reliabel.review.passwords import Tries, User
from reliabel.review.sessions import Sessions, signing_key, state_folder

DECISION = {"decisions": [{"key": "k", "row": 1, "verdict": "keep"}]}


@pytest.fixture
def site(folder):
    return Site(folder)


@pytest.fixture
def ada(site):
    return site.alone()


@pytest.fixture
def untouched(site):
    """Afterwards nothing was written."""
    yield
    assert site.log.board.seq == 0


def refused(answer, code, part):
    assert answer.status_code == code, answer.text
    assert part in answer.json()["detail"]


# who may come in


@pytest.mark.usefixtures("untouched")
def test_without_a_session_nothing_is_told_or_done(site):
    nobody = Browser(site.app).client
    paths = [path for path in site.app.openapi()["paths"] if path not in OPEN]
    assert len(paths) > 15
    for path in paths:
        for method in site.app.openapi()["paths"][path]:
            sent = EXAMPLES.get(path, DECISION)
            answer = nobody.request(method, path.replace("{row}", "1"), json=sent, params=QUERY)
            refused(answer, 401, "open the link again")


OPEN = ("/api/hello", "/api/login")
QUERY = {"rows": "1"}
EXAMPLES = {
    "/api/claim": {"n": 1},
    "/api/release": {"rows": [1]},
    "/api/undo": {"key": "k"},
    "/api/filter": {"filter": {}},
    "/api/bulk": {"filter": {}, "verdict": "keep", "expect": 60, "key": "k"},
    "/api/bulk/undo": {"key": "k"},
    "/api/settle": {"row": 1, "verdict": "keep", "key": "k"},
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("token", ["", "x", "a" * 5000, "é"])
def test_a_wrong_token_opens_nothing(site, token):
    answer = Browser(site.app).client.get("/", params={"token": token})
    refused(answer, 403, "this link was used before")
    assert "set-cookie" not in answer.headers


def test_the_cookie_is_for_this_server_and_no_script(site):
    answer = Browser(site.app).client.get("/", params={"token": site.door.link.token})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_behind_tls_the_cookie_is_for_tls_alone(folder):
    door = Door(Sessions(state_folder(), "tls"), secure=True)
    site = Site(folder, door=door)
    answer = Browser(site.app).client.get("/", params={"token": door.link.token})
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.usefixtures("untouched")
def test_a_forged_cookie_is_worth_nothing(site, ada):
    good = ada.client.cookies[site.door.cookie]
    body, sign = good.rsplit(".", 1)
    other = Sessions(state_folder(), "another review").begin(None, "local")
    for forged in ("", "x", body, f"{body}.{sign[::-1]}", f"{good}x", other, "." * 50, "é"):
        mallory = Browser(site.app).client
        headers = {"Cookie": f"{site.door.cookie}={forged}".encode()}
        headers |= {"X-CSRF-Token": ada.client.headers["X-CSRF-Token"]}
        refused(mallory.post("/api/decide", json=DECISION, headers=headers), 401, "not known here")


@pytest.mark.usefixtures("untouched")
def test_a_cookie_that_is_replayed_after_logging_out_is_worth_nothing(site, ada):
    stolen = ada.client.cookies[site.door.cookie]
    token = ada.client.headers["X-CSRF-Token"]
    ada.post("/api/logout")
    headers = {"Cookie": f"{site.door.cookie}={stolen}", "X-CSRF-Token": token}
    thief = Browser(site.app).client
    refused(thief.post("/api/decide", json=DECISION, headers=headers), 401, "not known here")
    audience = "again"  # and not after the server was started again either
    sessions = Sessions(state_folder(), audience)
    cookie = sessions.begin("ada", "s")
    session = sessions.told(cookie)[0]
    sessions.end(session)
    assert Sessions(state_folder(), audience).told(cookie) is None


def test_a_session_goes_on_after_a_restart_and_ends_with_its_time(monkeypatch):
    cookie = Sessions(state_folder(), "r").begin("ada", "stamp")
    assert Sessions(state_folder(), "r").told(cookie)[1:] == ("ada", "stamp")
    import itsdangerous.timed

    later = itsdangerous.timed.time.time() + 31 * 86_400
    monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: later)
    assert Sessions(state_folder(), "r").told(cookie) is None


def test_the_key_is_for_its_owner_alone(tmp_path):
    key = signing_key(tmp_path / "state")
    assert signing_key(tmp_path / "state") == key
    assert os.stat(tmp_path / "state" / "review.key").st_mode & 0o077 == 0
    (tmp_path / "state" / "review.key").write_bytes(b"short")
    with pytest.raises(ValueError, match="holds no key"):
        signing_key(tmp_path / "state")


def test_a_review_under_another_name_does_not_take_the_session(folder):
    first = Door(Sessions(state_folder(), "names"), who="ada")
    site = Site(folder, door=first)
    ada = site.alone()
    site.app.state.door = Door(Sessions(state_folder(), "names"), who="bob")
    refused(ada.client.get("/api/me"), 401, "not known here")


# what may be asked from where


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "localhost@x"])
def test_a_foreign_host_header_is_refused(site, ada, host):
    refused(ada.client.get("/api/me", headers={"Host": host}), 400, "does not go by that name")
    answer = ada.client.post("/api/decide", json=DECISION, headers={"Host": host})
    refused(answer, 400, "does not go by that name")


@pytest.mark.parametrize("host", ["127.0.0.1:8411", "localhost:1", "LOCALHOST", "[::1]:8411"])
def test_its_own_names_are_fine(ada, host):
    assert ada.client.get("/api/me", headers={"Host": host}).status_code == 200


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_request_from_another_site_is_refused(ada, headers):
    answer = ada.client.post("/api/decide", json=DECISION, headers=headers)
    refused(answer, 403, "a page of another site")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("token", ["", "x", "0" * 64, "é"])
def test_a_request_without_the_page_s_token_is_refused(site, ada, token):
    for path, sent in {**EXAMPLES, "/api/decide": DECISION, "/api/logout": {}}.items():
        answer = ada.client.post(path, json=sent, headers={"X-CSRF-Token": token.encode()})
        refused(answer, 403, "lacks the token of this page")


@pytest.mark.usefixtures("untouched")
def test_the_token_of_another_session_is_refused(site, ada):
    other = Browser(site.app)
    other.client.cookies.set(site.door.cookie, site.door.begin(), domain="127.0.0.1")
    headers = {"X-CSRF-Token": other.get("/api/me")["csrf"]}
    refused(ada.client.post("/api/decide", json=DECISION, headers=headers), 403, "lacks the token")


def test_a_form_of_another_site_cannot_decide(ada):
    """Browsers send forms without asking; they are no JSON."""
    answer = ada.client.post("/api/decide", data={"decisions": "x"})
    assert answer.status_code == 422


# roles


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("reviewer", ["/api/state"]),
        ("adjudicator", ["/api/state", "/api/conflicts"]),
        ("admin", ["/api/state", "/api/conflicts", "/api/log"]),
    ],
)
def test_each_role_may_what_it_may(folder, role, allowed):
    person = team(folder, {"p": role}).named("p")
    for path in ("/api/state", "/api/conflicts", "/api/log"):
        answer = person.client.get(path)
        if path in allowed:
            assert answer.status_code == 200
        else:
            refused(answer, 403, "this is for the role")


def test_a_role_cannot_be_sent_along(folder):
    site = team(folder, {"p": "reviewer"})
    person = site.named("p")
    refused(person.client.get("/api/log", params={"role": "admin"}), 403, "this is for the role")
    sent = {"row": 1, "verdict": "keep", "key": "k", "role": "admin"}
    assert person.client.post("/api/settle", json=sent).status_code in (403, 422)
    assert site.log.board.seq == 0


# a proxy's word


def test_a_proxy_is_believed_from_its_address_alone(folder):
    site = team(folder, {"ada": "reviewer"})
    site.app.state.door.proxies = ("10.0.0.1",)
    answer = Browser(site.app).client.get("/api/me", headers={NAMED: "ada"})
    refused(answer, 401, "log in first")


@pytest.mark.parametrize("names", [[], ["mallory"], ["ada", "ada"], [" "], ["a:b"], ["a" * 200]])
def test_whom_a_proxy_does_not_name_clearly_is_nobody(folder, names):
    site = team(folder, {"ada": "reviewer"})
    headers = [(NAMED, name) for name in names]
    refused(Browser(site.app).client.get("/api/me", headers=headers), 401, "log in first")


def test_the_header_means_nothing_unless_it_was_asked_for(site):
    answer = Browser(site.app).client.get("/api/me", headers={NAMED: "ada"})
    refused(answer, 401, "not known here")


# passwords


@pytest.fixture
def users(folder):
    from argon2 import PasswordHasher

    fast = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    users = {"ada": User("ada", "reviewer", fast.hash("correct horse"))}
    return Site(folder, door=Door(Sessions(state_folder(), "users"), users=users))


def login(browser, name, password):
    return browser.client.post("/api/login", json={"name": name, "password": password})


def test_logging_in_and_out(users):
    browser = Browser(users.app)
    assert browser.get("/api/hello") == {"mode": "team", "login": True}
    assert login(browser, "ada", "correct horse").status_code == 200
    browser.known()
    assert browser.get("/api/me")["who"] == "ada"
    browser.post("/api/logout")
    refused(browser.client.get("/api/me"), 401, "log in first")


@pytest.mark.parametrize(("name", "word"), [("ada", "wrong"), ("bob", "correct horse"), ("", "")])
def test_wrong_passwords_and_unknown_people_are_told_alike(users, name, word):
    browser = Browser(users.app)
    refused(login(browser, name, word), 401, "name and password do not fit")
    assert users.door.cookie not in browser.client.cookies


def test_trying_passwords_is_slowed_down(users):
    browser = Browser(users.app)
    for _ in range(5):
        refused(login(browser, "ada", "wrong"), 401, "do not fit")
    answer = login(browser, "ada", "correct horse")
    refused(answer, 429, "too many tries failed; try again in")
    assert 0 < int(answer.headers["retry-after"]) <= 300


def test_tries_are_forgotten_after_a_while_and_counted_by_address_too():
    now = [0.0]
    tries = Tries(lambda: now[0])
    for which in range(30):
        assert tries.wait(f"name {which}", "a") == 0
        tries.failed(f"name {which}", "a")
    assert tries.wait("another", "a") == 300
    assert tries.wait("another", "b") == 0
    now[0] = 301
    assert tries.wait("another", "a") == 0


def test_another_password_ends_all_sessions(users):
    browser = Browser(users.app)
    login(browser, "ada", "correct horse")
    changed = {"ada": User("ada", "reviewer", "$argon2id$another")}
    users.app.state.door = Door(users.door.sessions, users=changed)
    refused(browser.client.get("/api/me"), 401, "log in first")


def test_a_form_with_a_password_from_another_site_is_refused(users):
    sent = {"name": "ada", "password": "correct horse"}
    answer = Browser(users.app).client.post(
        "/api/login", json=sent, headers={"Origin": "https://evil.example"}
    )
    refused(answer, 403, "a page of another site")


# what is sent back


def test_every_answer_forbids_what_no_page_of_ours_needs(site, ada):
    for answer in (
        ada.client.get("/api/me"),
        ada.client.get("/api/nothing"),
        ada.client.get("/", headers={"Host": "evil.example"}),
        Browser(site.app).client.get("/api/me"),
    ):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"unsafe|https?:|\*|data:", policy)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


def test_scripts_in_labels_and_texts_stay_text(tmp_path):
    bad = "<script>alert(1)</script>"
    lines = ["text,label", *(f'"{bad} {i}",{bad if i % 2 else "fine"}' for i in range(20))]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    data = rl.read(tmp_path / "t.csv", label="label", text="text")
    ada = Site(audited(data, tmp_path / "t.audit")).alone()
    answer = ada.client.get("/api/items/1")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    card = answer.json()
    assert card["given"] == bad
    assert card["item"][0]["value"] == f"{bad} 1"
    refused_ = ada.decide(1, "change", bad + "x")
    assert refused_["status"] == "refused"


def test_openapi_is_there_and_its_pages_that_load_scripts_from_elsewhere_are_not(ada):
    assert "/api/claim" in ada.get("/api/openapi.json")["paths"]
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert ada.client.get(path).status_code == 404


# sizes


@pytest.mark.usefixtures("untouched")
def test_a_request_that_is_too_large_is_refused(ada):
    large = b" " * (MOST_BYTES + 1)
    refused(ada.client.post("/api/decide", content=large), 413, "bytes at most")
    refused(ada.client.post("/api/decide", content=iter([large])), 413, "bytes at most")
    answer = ada.client.post("/api/decide", content=b"{}", headers={"Content-Length": "-1"})
    assert answer.status_code in (400, 413)


@pytest.mark.usefixtures("untouched")
def test_more_than_can_be_done_at_once_is_refused(ada):
    one = DECISION["decisions"][0]
    many = {"decisions": [{**one, "key": f"k{i}"} for i in range(501)]}
    assert ada.client.post("/api/decide", json=many).status_code == 422
    assert ada.client.post("/api/claim", json={"n": 101}).status_code == 422


def test_a_huge_text_is_cut(tmp_path):
    lines = ["text,label", *(f'"{"word " * 20_000}{i}",{i % 2}' for i in range(10))]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    data = rl.read(tmp_path / "t.csv", label="label", text="text")
    ada = Site(audited(data, tmp_path / "t.audit")).alone()
    answer = ada.client.get("/api/items/1")
    assert len(answer.content) < 50_000
    assert answer.json()["item"][0]["cut"] == 100_001 - 20_000


# pictures


def header(width, height):
    """A PNG that says it is so large and holds nothing."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def test_a_picture_bomb_is_refused_by_its_header(tmp_path):
    folder = pictures(tmp_path / "p")
    (tmp_path / "p" / "3.png").write_bytes(header(50_000, 50_000))
    ada = Site(folder).alone()
    answer = ada.client.get("/api/pictures/3", params={"size": 256})
    refused(answer, 404, "more pixels than the limit of 100 million")
    assert ada.client.get("/api/pictures/2").headers["content-type"] == "image/webp"


def outside(tmp_path, cell, **words):
    """A table whose first picture is named ``cell``, and what its address answers."""
    folder = tmp_path / "p"
    made_ = pictures(folder)
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "secret.png")
    lines = (folder / "table.csv").read_text().splitlines()
    lines[1] = f"{cell},light"
    (folder / "other.csv").write_text("\n".join(lines) + "\n")
    if cell == "link.png":
        (folder / cell).symlink_to(tmp_path / "secret.png")
    data = rl.read(folder / "other.csv", label="label", image="name")
    site = Site(audited(data, made_.with_name("q.audit")), **words)
    return site.alone().client.get("/api/pictures/0")


@pytest.mark.parametrize(
    "cell", ["../secret.png", "sub/../../secret.png", "{}/secret.png", "link.png"]
)
def test_no_path_of_an_item_leaves_the_folder_of_the_data(tmp_path, cell):
    answer = outside(tmp_path, cell.format(tmp_path))
    refused(answer, 404, "is not shown" if "sub" not in cell else "picture of '0'")
    assert str(tmp_path) not in answer.text


def test_folders_of_pictures_may_be_named(tmp_path):
    answer = outside(tmp_path, "../secret.png", roots=(tmp_path,))
    assert answer.headers["content-type"] == "image/webp"


@pytest.mark.parametrize(
    "path",
    ["/api/pictures/../../etc/passwd", "/api/pictures/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/../x"],
)
def test_no_address_names_a_file(ada, path):
    assert ada.client.get(path).status_code in (404, 422)


@pytest.mark.parametrize("path", ["/assets/../../app.py", "/assets/%2e%2e%2fapp.py", "/app.py"])
def test_the_page_has_its_own_files_alone(ada, path):
    assert ada.client.get(path).status_code == 404


# nothing else


def test_the_server_calls_nobody():
    """No telemetry: no file of the review reaches for the network but the server itself, and the
    pictures that lie at an address.
    """
    import reliabel.review

    folder = Path(reliabel.review.__file__).parent
    words = re.compile(r"^\s*(?:import|from) (requests|httpx|urllib\.request|http\.client)", re.M)
    assert [p.name for p in folder.rglob("*.py") if words.search(p.read_text())] == []


def test_what_fastapi_could_report_is_off(site):
    told = getattr(site.app, "_telemetry", {})  # older versions have none
    assert not any(value for value in told.values() if isinstance(value, bool))


def test_hashes_are_not_in_the_answers(users):
    browser = Browser(users.app)
    login(browser, "ada", "correct horse")
    browser.known()
    for path in ("/api/me", "/api/state", "/api/items/1"):
        assert "argon2" not in browser.client.get(path).text
