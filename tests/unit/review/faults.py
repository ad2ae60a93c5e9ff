"""Reviewers that work at once, and reviewers that are killed: what the log must hold afterwards."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

import reliabel as rl

SCRIPT = Path(__file__).with_name("reviewer.py")
WEB = Path(__file__).with_name("web_reviewer.py")  # takes a port instead of a folder


def start(folder, store, who, decisions, seed=0, script=SCRIPT):
    """A reviewer that waits for a line to begin."""
    words = [sys.executable, script, folder, store or "-", who, decisions, seed]
    pipe = subprocess.PIPE
    child = subprocess.Popen([str(word) for word in words], stdin=pipe, stdout=pipe, text=True)
    assert child.stdout.readline() == "ready\n"
    return child


def go(child):
    child.stdin.write("\n")
    child.stdin.flush()


def together(folder, store, people, decisions, script=SCRIPT):
    """Seconds until the last of ``people`` reviewers was told of its last decision, so many each,
    and what each was told.
    """
    children = [start(folder, store, f"person {i}", decisions, i, script) for i in range(people)]
    told, ends = [[] for _ in children], [0.0] * people

    def read(i):
        for line in children[i].stdout:
            told[i].append(line.rstrip("\n"))
            if line == "done\n":
                ends[i] = time.perf_counter()

    readers = [threading.Thread(target=read, args=(i,)) for i in range(people)]
    begun = time.perf_counter()
    for child, reader in zip(children, readers, strict=True):
        reader.start()
        go(child)
    for child, reader in zip(children, readers, strict=True):
        reader.join()
        child.stdin.close()
        assert child.wait() == 0
        child.stdout.close()
    return max(ends) - begun, told


def killed(folder, store, which, chance):
    """What a reviewer was told before it was killed at a random moment."""
    child = start(folder, store, f"person {which}", 10**6, seed=which)
    told = []
    reader = threading.Thread(target=lambda: told.extend(child.stdout.read().splitlines()))
    reader.start()
    go(child)
    time.sleep(chance.uniform(0.0, 0.4))
    child.kill()
    child.wait()
    reader.join()
    child.stdin.close()
    child.stdout.close()
    return told


class Server:
    """The review app in a process of its own, whose people a reverse proxy names; ``killed`` ends
    it without a warning, and it may be started again.
    """

    def __init__(self, folder, port, *words):
        self.words = [sys.executable, "-m", "reliabel", "review", folder, "--port", port]
        self.words += ["--no-browser", "--proxy-header", "X-Person", *words]
        self.start()

    def start(self):
        words = [str(word) for word in self.words]
        self.child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        for line in self.child.stdout:
            if "Ctrl-C" in line:
                return
        raise AssertionError(f"the server did not start: exit code {self.child.wait()}")

    def killed(self):
        self.child.kill()
        self.ended()

    def ended(self):
        self.child.stdout.read()
        self.child.stdout.close()
        return self.child.wait(timeout=30)


def free_port():
    """A port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def servers_killed(folder, times, stop, people=3):
    """Kill the server so many times at random moments while people claim and decide; what they were
    told.  stop: a file whose coming ends their work.
    """
    chance, port = random.Random(0), free_port()
    server = Server(folder, port)
    children = [start(port, stop, f"person {i}", 10**6, i, WEB) for i in range(people)]
    told = [[] for _ in children]
    readers = [
        threading.Thread(target=lambda i=i: told[i].extend(children[i].stdout.read().splitlines()))
        for i in range(people)
    ]
    for child, reader in zip(children, readers, strict=True):
        reader.start()
        go(child)
    for _ in range(times):
        time.sleep(chance.uniform(0.1, 0.8))
        server.killed()
        server.start()
    time.sleep(0.5)
    stop.touch()
    for child, reader in zip(children, readers, strict=True):
        reader.join()
        child.stdin.close()
        assert child.wait() == 0
        child.stdout.close()
    server.killed()
    return told


def claimed_once(told):
    """No label was handed to two people."""
    rows = [{line for line in lines if line.startswith("claim")} for lines in told]
    assert sum(map(len, rows)) == len(set().union(*rows))


def check(folder, told):
    """Every acknowledged draw and decision is in the log, once; the chain holds; what the events
    add up to, and the interval, come out the same when they are read anew.
    """
    log = rl.log(folder)
    assert log.verify() == ""
    events = {one.seq: one for one in log.events()}
    assert list(events) == list(range(1, len(events) + 1))
    seen = set()
    for line in told:
        word, *rest = line.split()
        if word not in ("draw", "decide") or rest[0] == "0":
            continue
        one = events[int(rest[0])]
        assert (one.kind, str(one.item)) == (word, rest[1]), line
        assert word == "draw" or one.verdict == rest[2]
        assert one.seq not in seen
        seen.add(one.seq)
    drawn = [one.item for one in events.values() if one.kind == "draw"]
    assert len(drawn) == len(set(drawn))
    keys = [one.key for one in events.values() if one.key]
    assert len(keys) == len(set(keys))
    assert interval(log) == interval(rl.log(folder))
    return log


def interval(log):
    """The interval of how many labels were wrong, as the certificate makes it."""
    from reliabel.trust.certificate import certificate

    made = certificate(log.record(), target=0.05)
    return made.low, made.high


def many_kills(folder, store, times):
    """Kill a reviewer so many times; what all of them were told stays in the log."""
    chance, told = random.Random(0), []
    for which in range(times):
        told += [line for line in killed(folder, store, which, chance) if line != "done"]
        if which % 10 == 9:
            check(folder, told)
    return told


def longest(seconds):
    """The 99 % quantile and the largest, in milliseconds."""
    return float(np.quantile(seconds, 0.99)) * 1e3, float(np.max(seconds)) * 1e3
