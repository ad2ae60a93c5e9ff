"""Who may review on a shared server: a file with a line ``name:role:hash`` for each person, where
the hash is argon2's of their password, and how often somebody may try to log in.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from reliabel.folders.atomic import writing
from reliabel.review.sessions import ROLES

SHORTEST = 8  # characters of a password
LONGEST = 1000
TRIES, MANY_TRIES = 5, 30  # failures for a name from one address; for a name, from an address
WINDOW = 300.0  # seconds in which they are counted
REMEMBERED = 10_000  # names and addresses


@dataclass(frozen=True)
class User:
    """A line of the file; without a hash (a proxy lets people in) nobody can log in by password."""

    name: str
    role: str
    hash: str = ""

    @property
    def stamp(self) -> str:
        """Another one after a change of password, which ends all sessions."""
        return hashlib.sha256(self.hash.encode()).hexdigest()[:16]


def read_users(path: Path) -> dict[str, User]:
    """The people of a file, by name.  Raises ValueError with the line that is wrong."""
    if not path.is_file():
        raise ValueError(
            f"{path}, the file of people, is not there; make it with: reliabel user {path} NAME"
        )
    found: dict[str, User] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, role, hashed = (*line.strip().split(":", 2), "", "")[:3]
        where = f"{path}, line {number}"
        if role not in ROLES:
            raise ValueError(f"{where}: {role!r} is no role; roles are {', '.join(ROLES)}")
        if hashed and not hashed.startswith("$argon2"):
            raise ValueError(
                f"{where}: the password of {name!r} is not hashed by argon2; make the line with: "
                f"reliabel user {path} {name}"
            )
        if name in found:
            raise ValueError(f"{where}: {name!r} stands there twice; remove one of the lines")
        found[checked_name(name)] = User(name, role, hashed)
    if not found:
        raise ValueError(f"{path} names nobody; add a person with: reliabel user {path} NAME")
    return found


def checked_name(name: str) -> str:
    """A name that may stand in the file and in the log."""
    if not name or len(name) > 100 or ":" in name or not name.isprintable() or name != name.strip():
        raise ValueError(
            f"{name!r} is no name of a person: give 1 to 100 characters without a colon and "
            "without spaces at the ends"
        )
    return name


def add_user(path: Path, name: str, role: str, password: str) -> bool:
    """Write a person into the file (made, readable for its owner alone, if it is not there), or
    their new password and role; returns whether they are new.
    """
    checked_name(name)
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role; roles are {', '.join(ROLES)}")
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST:,} characters")
    before = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    others = [line for line in before if line.partition(":")[0] != name]
    lines = [*others, f"{name}:{role}:{PasswordHasher().hash(password)}"]
    with writing(path) as part:
        os.chmod(part, 0o600)
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(others) == len(before)


class Passwords:
    """Checks passwords one at a time, each taking as long whether there is such a person or not."""

    def __init__(self, users: Mapping[str, User]) -> None:
        self.users, self._hasher = users, PasswordHasher()
        self._nobody = self._hasher.hash("nobody has this password")
        self._turn = Lock()  # argon2 takes much memory, on purpose

    def right(self, name: str, password: str) -> bool:
        """Whether the password is theirs."""
        user = self.users.get(name)
        hashed = self._nobody if user is None or not user.hash else user.hash
        try:
            with self._turn:
                self._hasher.verify(hashed, password[: LONGEST + 1])
        except (VerificationError, InvalidHashError):
            return False
        return hashed != self._nobody


class Tries:
    """How often logging in failed lately: for a name from an address, from an address, for a
    name.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._failed: dict[tuple[str, str], list[float]] = {}
        self._clock, self._lock = clock, Lock()

    def wait(self, name: str, address: str) -> float:
        """For how many seconds nobody may try again; 0 where they may."""
        with self._lock:
            return max(self._left(what, most) for what, most in _limits(name, address))

    def failed(self, name: str, address: str) -> None:
        """Note a failure."""
        with self._lock:
            moment = self._clock()
            if len(self._failed) > REMEMBERED:
                kept = {w: at for w, at in self._failed.items() if at[-1] > moment - WINDOW}
                self._failed = kept
            for what, most in _limits(name, address):
                times = self._failed.setdefault(what, [])
                times.append(moment)
                del times[:-most]

    def _left(self, what: tuple[str, str], most: int) -> float:
        times, moment = self._failed.get(what, []), self._clock()
        return 0.0 if len(times) < most else max(times[-most] + WINDOW - moment, 0.0)


def _limits(name: str, address: str) -> tuple[tuple[tuple[str, str], int], ...]:
    """What failures are counted by, and how many are allowed."""
    return ((name, address), TRIES), ((name, ""), MANY_TRIES), (("", address), MANY_TRIES)
