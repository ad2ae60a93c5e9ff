"""A Ray cluster to work on: that of an address, or one started on this machine; and each way in
which that goes wrong as one sentence.

Ray itself waits a minute for an address where nothing answers and then says so in lines of its RPC
library; here the address is tried first, and the nodes are asked which versions they run before
any work goes there.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

WORD = "RAY_ADDRESS"
TOKENS = "RAY_AUTH_MODE=token with RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH"
WORDS_OF_TOKENS = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
TOKEN = Path("~/.ray/auth_token")
LINE = re.compile(rb"^\[\d{4}-\d\d-\d\d [\d:,]+ [A-Z] \d+ \d+\]")  # of Ray's own log
ABSENT = (
    "the engine ray needs the extra [ray]: pip install 'reliabel[ray]', or choose engine='local'"
)
ANSWER = 5.0  # seconds in which an address must answer
ASKS, STARTS = 3, 60  # tries with a head that answers, and with one that is being started here
FIRST = 90.0  # seconds that a node may take to start its first worker
PACKAGES = ("numpy", "scipy", "scikit-learn", "pyarrow")  # that decide the last bits of an answer
# the beginning of a connection by HTTP/2, with a frame of no settings, and the type of such frames
PREFACE, SETTINGS = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\4" + bytes(5), 4
# what Ray reads when it is loaded or started: lines of its RPC library come out as our sentences,
# and a task whose worker runs out of memory again and again is given up
QUIET = {
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_task_oom_retries": "2",
    "GRPC_VERBOSITY": "NONE",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",  # its remarks on lost workers would stand between our results
}


def address_of(given: str | None) -> str | None:
    """The address that was given, else that of RAY_ADDRESS, else None: a cluster of our own."""
    found = given or os.environ.get(WORD) or None
    return None if found == "local" else found


def check_installed() -> None:
    """Raise ValueError where Ray is not installed; does not load it, which takes seconds."""
    from importlib.util import find_spec

    if find_spec("ray") is None:
        raise ValueError(ABSENT)


def ray_module(tries: int = STARTS) -> Any:
    """Ray; raises ValueError where it is not installed.

    tries: how often it asks a head, a second or more each time; heeded where it is first loaded.
    """
    with _environment(QUIET | {"RAY_NUM_REDIS_GET_RETRIES": str(tries)}):
        try:
            import ray
            import ray.exceptions
        except ModuleNotFoundError as absent:
            raise ValueError(ABSENT) from absent
    return ray


def attach(address: str) -> None:
    """Attach to the cluster at an address: HOST:PORT, ray://HOST:PORT or auto.

    Raises ValueError where nothing answers, where the token is refused, and where the nodes run
    other versions.
    """
    ray = ray_module(ASKS)
    if address != "auto":
        _answers(address)
    with _environment(QUIET), _without_lines_of_ray():
        try:
            _show_token()
            ray.init(address, **_silent(), **_client(address))
        except Exception as wrong:
            raise ValueError(_unattached(address, wrong)) from wrong
    try:
        check_nodes(ray, address)
    except BaseException:
        ray.shutdown()
        raise


def start(workers: int | None) -> None:
    """Start a cluster on this machine with so many worker processes (None: one a core)."""
    ray = ray_module()
    with _environment(QUIET), _without_lines_of_ray():
        try:
            ray.init("local", num_cpus=workers, include_dashboard=False, **_silent())
        except Exception as wrong:
            raise OSError(
                f"Ray could not be started on this machine: {first_line(wrong)}; engine='local' "
                "does the same work on threads"
            ) from wrong


def check_nodes(ray: Any, address: str) -> None:
    """Raise ValueError where a node that works runs another reliabel or none, and warn where the
    libraries differ that decide the last bits.
    """
    import warnings

    from reliabel import __version__

    here = _versions()(PACKAGES) | {"reliabel": __version__}
    for node, there in _asked(ray, address).items():
        if there["reliabel"] != __version__:
            seen = f"reliabel {there['reliabel']}" if there["reliabel"] else "no reliabel"
            raise ValueError(
                f"node {node} of the cluster at {address} has {seen}, here is {__version__}; "
                f"install the same on every node: pip install 'reliabel[ray]=={__version__}'"
            )
        other = [f"{name} {there[name]}, here {here[name]}" for name in here]
        differing = [
            text for text, name in zip(other, here, strict=True) if there[name] != here[name]
        ]
        if differing:
            warnings.warn(
                f"node {node} of the cluster has {'; '.join(differing)}: the answer may differ in "
                "its last bits from that of one machine",
                stacklevel=4,
            )


def first_line(error: BaseException) -> str:
    """What an exception says, in its first line that says anything."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")


def place_of(address: str) -> tuple[str, int] | None:
    """Host and port of an address; None for one that names none, such as auto."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    return (host.strip("[]"), int(port)) if colon and host and port.isdecimal() else None


def answers(host: str, port: int, seconds: float = ANSWER) -> str:
    """Why nothing answers at a port; empty where something does."""
    try:
        with socket.create_connection((host, port), seconds):
            return ""
    except OSError as why:
        return str(why.strerror or why or type(why).__name__)


def speaks(host: str, port: int) -> bool:
    """Whether what answers at a port speaks HTTP/2, as the RPC library of Ray does; with TLS that
    cannot be told so easily, and is believed.
    """
    if os.environ.get("RAY_USE_TLS", "0").lower() in ("1", "true"):
        return True
    try:
        with socket.create_connection((host, port), ANSWER) as line:
            line.sendall(PREFACE)
            head = line.recv(9)
    except OSError:
        return False
    return len(head) > 3 and head[3] == SETTINGS


def _answers(address: str) -> None:
    place = place_of(address)
    if place is None:
        raise ValueError(
            f"{WORD} must be HOST:PORT of a cluster's head, such as 10.0.0.1:6379, "
            f"ray://HOST:10001 or auto, got {address!r}"
        )
    why = answers(*place)
    if why:
        raise ValueError(
            f"no Ray cluster answers at {address} ({why}); start it there (ray start --head), mend "
            f"{WORD}, or take {WORD} away to start one on this machine"
        )
    if not speaks(*place):
        raise ValueError(
            f"what answers at {address} is no Ray cluster; {WORD} is HOST:PORT of its head as ray "
            "start --head prints it, with port 6379 unless another was chosen"
        )


def _unattached(address: str, wrong: Exception) -> str:
    """A sentence on why a cluster that answers cannot be used."""
    chain = list(_chain(wrong))
    said, name = "\n".join(str(one) for one in chain), type(chain[-1]).__name__
    low = said.lower()
    if (
        name == "AuthenticationError"
        or "unauthenticated" in low
        or ("auth" in low and "token" in low)
    ):
        return f"the cluster at {address} refused {_token()}; give the token of its head: {TOKENS}"
    if "version mismatch" in low:
        found = [
            line.strip() for line in said.splitlines() if line.strip().startswith(("Ray:", "Py"))
        ]
        there, here = ", ".join(found[:2]), ", ".join(found[2:4])
        return (
            f"the cluster at {address} runs other versions ({there or first_line(wrong)}; here "
            f"{here}): use the same Python and the same Ray on the nodes and here"
        )
    if "can't find a" in low or "node ip" in low or ("raylet" in low and "address" in low):
        return (
            f"this machine is no node of the cluster at {address}; make it one (ray start "
            f"--address={address} --num-cpus=0), or attach from outside with "
            f"{WORD}=ray://HOST:10001"
        )
    if address.startswith("ray://") and (
        "grpc" in low or name in ("ImportError", "ModuleNotFoundError")
    ):
        return (
            f"{address} is the address of Ray's client, which needs pip install 'ray[client]' here "
            f"and on the head; on a node of the cluster {WORD}=HOST:6379 needs nothing more"
        )
    return (
        f"what answers at {address} is no Ray cluster that can be used ({name}: "
        f"{first_line(chain[-1])}); look at it with ray status --address={address}"
    )


def _show_token() -> None:
    """Let Ray show a cluster the token that lies here, which it does by itself only where
    RAY_AUTH_MODE says so; older versions have no tokens.
    """
    try:
        from ray._private.authentication.authentication_token_setup import (
            maybe_enable_token_auth_if_token_available as enable,
        )
    except ImportError:
        return
    enable(warn_if_disabled=False)


def _token() -> str:
    """What this process has as a token, in words."""
    named = next((word for word in WORDS_OF_TOKENS if os.environ.get(word)), None)
    shown = os.environ.get("RAY_AUTH_MODE", "token").lower() == "token"
    if shown and (named or TOKEN.expanduser().is_file()):
        return f"the token of {named or TOKEN}"
    return "this run, which has no token"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and those that it was raised for, the last one the first cause."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _asked(ray: Any, address: str) -> dict[str, dict[str, str]]:
    """The versions on each node that works, by the address of the node."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ask = ray.remote(_versions())
    waiting = {}
    for node in ray.nodes():
        if node["Alive"] and node["Resources"].get("CPU", 0) >= 1:
            where = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            own = ask.options(num_cpus=0, max_retries=1, scheduling_strategy=where)
            waiting[f"{node['NodeManagerAddress']} ({node['NodeID'][:6]})"] = own.remote(PACKAGES)
    if not waiting:
        raise ValueError(
            f"the cluster at {address} has no node with a core to work on; add one: ray start "
            f"--address={address}"
        )
    found = {}
    for name, task in waiting.items():
        try:
            found[name] = ray.get(task, timeout=FIRST)
        except Exception as wrong:
            raise ValueError(
                f"node {name} of the cluster at {address} runs no Python worker: "
                f"{type(wrong).__name__}: {first_line(wrong)}; look at its logs (ray logs)"
            ) from wrong
    return found


def _versions() -> Any:
    """A function that says which packages a process has; it travels by value, so that a node needs
    nothing of ours to answer.
    """

    def versions(packages: tuple[str, ...]) -> dict[str, str]:
        import platform
        from importlib.metadata import PackageNotFoundError, version
        from importlib.util import find_spec

        found = {"python": platform.python_version()}
        for name in packages:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                found[name] = ""
        found["reliabel"] = ""
        if find_spec("reliabel") is not None:
            import reliabel

            found["reliabel"] = reliabel.__version__
        return found

    return versions


def _silent() -> dict[str, Any]:
    return {"log_to_driver": False, "logging_level": "error"}


def _client(address: str) -> dict[str, Any]:
    return {"allow_multiple": False} if address.startswith("ray://") else {}


@contextmanager
def _environment(words: Mapping[str, str]) -> Iterator[None]:
    """Within the block these variables are set where the user has not set them."""
    added = {name: value for name, value in words.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextmanager
def _without_lines_of_ray() -> Iterator[None]:
    """Within the block the lines of Ray's own log, which it writes past Python to stderr until it
    is connected, are held back; all other lines are written there at the end.
    """
    sys.stderr.flush()
    before = os.dup(2)
    try:
        with TemporaryFile() as held:
            os.dup2(held.fileno(), 2)
            try:
                yield
            finally:
                sys.stderr.flush()
                os.dup2(before, 2)
                held.seek(0)
                os.write(2, b"".join(line for line in held if not LINE.match(line)))
    finally:
        os.close(before)
