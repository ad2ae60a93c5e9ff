"""Who is at the other end: signed session cookies that outlive a restart of the server, tokens
against forged requests (CSRF), and the one-time link of a review on one's own machine.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from itsdangerous import BadData, URLSafeTimedSerializer

from reliabel.folders.atomic import write_text

LASTS = 30 * 86_400  # seconds that a session lasts
BYTES = 32  # of a key and of a token
KEY = "review.key"
ROLES = ("reviewer", "adjudicator", "admin")  # each may do what those before it may


@dataclass(frozen=True)
class Person:
    """Somebody who may review: their name (None: nobody's name), role, and session."""

    who: str | None
    role: str
    session: str

    def may(self, role: str) -> bool:
        """Whether their role is ``role`` or one above it."""
        return ROLES.index(self.role) >= ROLES.index(role)


def state_folder() -> Path:
    """Where this user's key lies: ``RELIABEL_STATE``, else ``XDG_STATE_HOME`` or ~/.local/state."""
    given = os.environ.get("RELIABEL_STATE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "reliabel"


def signing_key(folder: Path) -> bytes:
    """The user's own key, made once; nobody else may read it."""
    path = folder / KEY
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(BYTES))
    return _read(path)


def _read(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) < BYTES:  # cut short when it was made
        raise ValueError(f"{path} holds no key; remove the file, a new one is made then")
    return key


class Sessions:
    """The sessions of one review: what a cookie says, and which of them were ended.

    audience: what the cookies are for (the log and the mode), so that those of another review are
        worth nothing here.
    """

    def __init__(self, folder: Path, audience: str) -> None:
        self._key = signing_key(folder)
        self._sealed = URLSafeTimedSerializer(
            self._key,
            salt=f"session {audience}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )
        name = hashlib.sha256(audience.encode()).hexdigest()[:16]
        self._file = folder / f"ended-{name}.json"
        self._ended = _ended(self._file)
        self._lock = Lock()

    def begin(self, who: str | None, stamp: str) -> str:
        """The cookie of a new session; ``stamp`` says what the right to it rests on."""
        return self._sealed.dumps([secrets.token_urlsafe(12), who, stamp])

    def told(self, cookie: str) -> tuple[str, str | None, str] | None:
        """Session, name and stamp of a cookie; None where it is not ours, too old, or ended."""
        try:
            session, who, stamp = self._sealed.loads(cookie, max_age=LASTS)
        except (BadData, ValueError, TypeError):  # forged, cut short, of another review, too old
            return None
        return None if session in self._ended else (str(session), who, str(stamp))

    def end(self, session: str) -> None:
        """End a session: its cookie is worth nothing from now on, also after a restart."""
        with self._lock:
            moment = time.time()
            live = {name: until for name, until in self._ended.items() if until > moment}
            self._ended = live | {session: moment + LASTS}
            write_text(self._file, json.dumps(self._ended))

    def csrf(self, session: str) -> str:
        """What a page of this session must send along with all that changes something."""
        return hmac.new(self._key, f"csrf {session}".encode(), hashlib.sha256).hexdigest()


def _ended(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    try:
        return {str(name): float(until) for name, until in json.loads(path.read_text()).items()}
    except (ValueError, AttributeError, TypeError) as wrong:
        raise ValueError(
            f"{path}, which says who logged out, cannot be read; remove it together with "
            f"{path.with_name(KEY)}, so that no session goes on"
        ) from wrong


class OneTime:
    """A token that opens the door once."""

    def __init__(self) -> None:
        self.token = secrets.token_urlsafe(BYTES)
        self._used = False
        self._lock = Lock()

    def spend(self, token: str) -> bool:
        """Whether this is the token, for the first time."""
        with self._lock:
            good = not self._used and hmac.compare_digest(token.encode(), self.token.encode())
            self._used = self._used or good
        return good
