"""Reviewers that work at once, and reviewers that are killed: what the log must hold afterwards."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np

import reliabel as rl

SCRIPT = Path(__file__).with_name("reviewer.py")


def start(folder, store, who, decisions, seed=0):
    """A reviewer that waits for a line to begin."""
    words = [sys.executable, SCRIPT, folder, store or "-", who, decisions, seed]
    pipe = subprocess.PIPE
    child = subprocess.Popen([str(word) for word in words], stdin=pipe, stdout=pipe, text=True)
    assert child.stdout.readline() == "ready\n"
    return child


def go(child):
    child.stdin.write("\n")
    child.stdin.flush()


def together(folder, store, people, decisions):
    """Seconds until the last of ``people`` reviewers was told of its last decision, so many each,
    and what each was told.
    """
    children = [start(folder, store, f"person {i}", decisions, seed=i) for i in range(people)]
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
