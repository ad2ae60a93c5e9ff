"""Crowds of many workers and classes fit in 3 GiB of address space."""

import resource
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

import reliabel as rl
from reliabel.ops.votes import AFFORDABLE

SPACE = 3 * 2**30


def votes_file(path, workers, classes, items, per_item, seed=0):
    """Votes of workers who differ in skill, as a CSV; returns the true classes."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, items)
    skill = rng.uniform(0.4, 0.95, workers)
    rows = ["task,who,answer"]
    for item in range(items):
        for worker in rng.choice(workers, per_item, replace=False).tolist():
            right = rng.random() < skill[worker]
            answer = truth[item] if right else rng.integers(0, classes)
            rows.append(f"t{item},w{worker},c{answer}")
    path.write_text("\n".join(rows) + "\n")
    return [f"c{code}" for code in truth.tolist()]


def share_right(labels, truth):
    return float(np.mean([label == true for label, true in zip(labels, truth, strict=True)]))


@pytest.mark.parametrize(
    ("workers", "classes", "items", "per_item"), [(700, 400, 1000, 3), (1500, 800, 3000, 4)]
)
def test_many_workers_by_many_classes_fit(tmp_path, workers, classes, items, per_item):
    truth = votes_file(tmp_path / "votes.csv", workers, classes, items, per_item)
    columns = ["--item", "task", "--worker", "who", "--label", "answer"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(
        [sys.executable, "-m", "reliabel", "aggregate", "votes.csv", *columns, "-o", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE)),
    )
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert done.returncode == 0, done.stderr
    assert spent < 60
    assert "one-coin Dawid-Skene replaces Dawid-Skene" in done.stdout
    assert "ambiguous items, accounts that vote alike and the next votes to ask for" in done.stdout
    assert "names votes to ask for" not in done.stdout
    found = pq.read_table(tmp_path / "out" / "consensus.parquet")
    data = rl.read(tmp_path / "votes.csv", item="task", worker="who", label="answer")
    majority = rl.aggregate(data, by="majority").labels
    plain = [majority.names[c] for c in majority.p.argmax(1).tolist()]
    assert found.column("id").to_pylist() == [f"t{n}" for n in range(items)]
    assert share_right(found.column("label").to_pylist(), truth) >= share_right(plain, truth)


def test_what_needs_matrices_is_left_out_and_said():
    rng = np.random.default_rng(1)
    k, w = 100, AFFORDABLE // 10_000 + 1
    item, truth = np.repeat(np.arange(200), 3), rng.integers(0, k, 200)
    answers = np.where(rng.random(600) < 0.8, truth[item], rng.integers(0, k, 600))
    names = tuple(f"c{n}" for n in range(k))
    votes = rl.Votes(item, rng.integers(0, w, 600), rl.Classes(answers, names), 200, w)
    found = rl.aggregate(votes, thorough=True, features=rng.normal(size=(200, 4)))
    said = "; ".join(found.info["warnings"])
    assert set(found.info["models"]) == {"bwa", "one_coin", "majority"}
    assert "replaces Dawid-Skene, and enhanced BCC is left out" in said
    assert "the features were left out" in said
    assert "probs= takes" in said
    half = rl.Votes(item, votes.worker % 450, votes.labels, 200, 450)
    small = rl.aggregate(half, thorough=True)
    assert "enhanced BCC is left out: its matrices of 450 workers" in "; ".join(
        small.info["warnings"]
    )
    assert set(small.info["models"]) == {"dawid_skene", "bwa"}
