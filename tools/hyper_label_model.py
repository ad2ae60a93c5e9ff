"""Train the network of the aggregator hyper_label_model on synthetic votes, and write its weights.

python tools/hyper_label_model.py [--steps 5000] [--seed 0] [--out weights.npz]

Each step draws worlds of labelling functions whose true classes are known: functions of any class,
functions of one, and functions that look for words of planted topics; with rare and frequent
classes, functions that are wrong more often than not, and copies of one another.  No real data and
no world of the suite weak is seen.  A quarter of an hour on one core; PyTorch is needed to train,
not to use the weights.
"""

from __future__ import annotations

import argparse
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch.nn import functional

WIDTH, LAYERS, INPUTS = 12, 3, 5
OUT = Path(__file__).parent.parent / "src/reliabel/aggregators/hyper_label_model.npz"
CLASSES, SHARES = (2, 3, 4, 6, 9), (0.4, 0.2, 0.2, 0.12, 0.08)
WORLDS = 6  # of one step


def world(k: int, rng: Generator) -> tuple[Any, Any]:
    """The answers of functions (items, functions), -1 where one abstains, and the true classes."""
    n = int(rng.integers(100, 700))
    truth = rng.choice(k, n, p=rng.dirichlet(np.full(k, rng.choice([1.0, 3.0, 20.0]))))
    make = rng.choice(3, p=[0.3, 0.3, 0.4])
    m = int(rng.integers(max(3, k), (8, 12, 20)[make] * k + 8))
    answers = (people, rules, words)[make](truth, m, k, rng)
    if rng.random() < 0.3:  # copies of one another
        leaders = rng.integers(m, size=2)
        for j in rng.permutation(m)[: max(1, m // 4)]:
            copied = answers[:, rng.choice(leaders)]
            answers[:, j] = np.where(rng.random(n) < 0.85, copied, answers[:, j])
    return answers, truth


def people(truth: Any, m: int, k: int, rng: Generator) -> Any:
    """Functions that may say any class, and err evenly or each in its own way."""
    n = len(truth)
    skill = rng.beta(*rng.choice([[6, 3], [4, 2], [8, 2], [5, 4]]), m)
    kind = rng.random()
    if kind < 0.25:  # some are wrong more often than by chance
        skill = np.where(rng.random(m) < 0.2, rng.uniform(0, 1 / k, m), skill)
    elif kind < 0.5:  # few are good
        good = rng.random(m) < 0.35
        skill = np.where(good, rng.uniform(0.75, 0.97, m), rng.uniform(1 / k, 1 / k + 0.25, m))
    reach = rng.beta(*rng.choice([[1, 4], [1, 12], [2, 6], [4, 4]]), m) + 0.01
    if rng.random() < 0.4:
        rows = rng.dirichlet(np.full(k, 0.7), (m, k))
        rows = rows * (1 - skill)[:, None, None] + skill[:, None, None] * np.eye(k)
        draw = rng.random((n, m, 1))
        said = (draw > rows.cumsum(2)[:, truth].swapaxes(0, 1)).sum(2).clip(0, k - 1)
    else:
        other = (truth[:, None] + rng.integers(1, k, (n, m))) % k
        said = np.where(rng.random((n, m)) < skill, truth[:, None], other)
    return np.where(rng.random((n, m)) < reach, said, -1)


def rules(truth: Any, m: int, k: int, rng: Generator) -> Any:
    """Functions of one class each, of which the errors are spread evenly over other classes."""
    n, named = len(truth), rng.integers(k, size=m)
    right = rng.beta(*rng.choice([[6, 3], [4, 2], [8, 2], [5, 4]]), m).clip(0.1, 0.98)
    hit = np.minimum(0.9, 2 * rng.beta(*rng.choice([[1, 4], [1, 12], [1, 40]]), m) + 0.005)
    share = np.bincount(truth, minlength=k)[named] / n
    false = np.minimum(0.9, hit * share / np.maximum(1 - share, 0.01) * (1 / right - 1))
    chance = np.where(truth[:, None] == named, hit, false)
    return np.where(rng.random((n, m)) < chance, named, -1)


def words(truth: Any, m: int, k: int, rng: Generator) -> Any:
    """Functions that look for a word, which some topics have; a class has topics of its own and
    some that it shares, and whoever wrote a function chose a word that is frequent in its class.
    """
    topics = int(rng.integers(2, 6)) * k
    of_class = rng.dirichlet(np.full(topics, rng.choice([0.02, 0.05, 0.15])), k)
    topic = (rng.random((len(truth), 1)) > of_class.cumsum(1)[truth]).sum(1).clip(0, topics - 1)
    often = rng.beta(0.1, rng.choice([2, 5, 15]), (topics, 8 * m)) + 0.001  # words
    by_class = of_class @ often
    size = np.bincount(truth, minlength=k)[:, None] + 1
    lift = (
        by_class**2 * size / (by_class * size).sum(0) * np.exp(rng.normal(0, 0.3, by_class.shape))
    )
    named = rng.integers(k, size=m)
    best = np.argsort(-lift, axis=1)[:, : max(m, 4)]
    word = best[named, rng.integers(best.shape[1] // 2, size=m)]
    return np.where(rng.random((len(truth), m)) < often[:, word][topic], named, -1)


def batch(rng: Generator) -> dict[str, Any]:
    """Worlds of one number of classes as one list of votes."""
    k = int(rng.choice(CLASSES, p=SHARES))
    parts: dict[str, list[Any]] = {name: [] for name in ("item", "worker", "y", "of", "cover")}
    truth, n, m = [], 0, 0
    for place in range(WORLDS):
        answers, true = world(k, rng)
        item, worker = np.nonzero(answers >= 0)
        cover = (answers >= 0).mean(0)[worker]
        rows = (item + n, worker + m, answers[item, worker], np.full(len(item), place), cover)
        for name, value in zip(parts, rows, strict=True):
            parts[name].append(value)
        truth.append(true)
        n, m = n + answers.shape[0], m + answers.shape[1]
    found = {name: np.concatenate(value) for name, value in parts.items()}
    return {**found, "truth": np.concatenate(truth), "n": n, "m": m, "k": k}


def means(h: Any, group: Any, size: int) -> Any:
    """The mean of the rows of each group, given back to each row."""
    total = torch.zeros(size, *h.shape[1:]).index_add(0, group, h)
    count = torch.bincount(group, minlength=size).clamp(min=1)
    return (total / count[:, None, None])[group]


class Net(torch.nn.Module):
    """Layers over votes that see a vote, and the means of its item, its function and all votes."""

    def __init__(self) -> None:
        super().__init__()
        sizes = [INPUTS] + [WIDTH] * LAYERS
        self.layers = torch.nn.ModuleList(torch.nn.Linear(4 * a, b) for a, b in pairwise(sizes))
        self.vote = torch.nn.Linear(WIDTH, 1)
        self.base = torch.nn.Linear(WIDTH, 1)

    def forward(self, data: dict[str, Any]) -> Any:
        """(n, k) the log chances of the classes, up to a constant."""
        k, n = data["k"], data["n"]
        item, worker, of = (torch.as_tensor(data[name]) for name in ("item", "worker", "of"))
        named = torch.eye(k)[torch.as_tensor(data["y"])]  # (votes, k)
        count = torch.bincount(item, minlength=n)[item]
        also = torch.stack(
            [
                torch.log1p(count.float()),
                torch.sqrt(torch.as_tensor(data["cover"]).float()),
                torch.full((len(item),), 1 / k),
            ],
            1,
        )
        h = torch.cat([torch.stack([named, 1 - named], 2), also[:, None].expand(-1, k, -1)], 2)
        for layer in self.layers:
            seen = [h, means(h, item, n), means(h, worker, data["m"]), means(h, of, WORLDS)]
            h = functional.leaky_relu(layer(torch.cat(seen, 2)), 0.1)
        score = torch.zeros(n, k).index_add(0, item, self.vote(h)[..., 0])
        count_of = torch.bincount(of, minlength=WORLDS).clamp(min=1)
        whole = torch.zeros(WORLDS, k, WIDTH).index_add(0, of, h) / count_of[:, None, None]
        place = torch.zeros(n, dtype=torch.long).index_put((item,), of)
        return score + self.base(whole)[..., 0][place]


def train(steps: int, seed: int) -> tuple[Net, list[float]]:
    """The network after that many steps, and the loss of each."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    rng, net = np.random.default_rng(seed), Net()
    optimiser = torch.optim.Adam(net.parameters(), lr=5e-3)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, 5e-3, total_steps=steps)
    losses, start = [], time.time()
    for step in range(steps):
        data = batch(rng)
        voted = np.bincount(data["item"], minlength=data["n"]) > 0
        loss = functional.cross_entropy(
            net(data)[torch.as_tensor(voted)], torch.as_tensor(data["truth"][voted])
        )
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        plan.step()
        losses.append(loss.item())
        if step % 200 == 199:
            recent = float(np.mean(losses[-200:]))
            print(f"{step + 1} steps, {time.time() - start:.0f} s, loss {recent:.4f}", flush=True)
    return net, losses


def main() -> None:
    """Train and write the weights as float32 arrays."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--steps", type=int, default=5000)
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--out", type=Path, default=OUT)
    given = words.parse_args()
    net, _ = train(given.steps, given.seed)
    arrays = {
        name.replace(".", "_"): value.detach().numpy() for name, value in net.named_parameters()
    }
    np.savez(given.out, **arrays)
    print(f"{given.out}: {given.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
