"""Whose votes can I trust?  Five good workers and two who guess."""

import numpy as np

import reliabel as rl

rng = np.random.default_rng(0)
truth = rng.integers(0, 3, 300)
item = np.repeat(np.arange(300), 7)
worker = np.tile(np.arange(7), 300)
right = rng.random(2100) < np.array([0.9, 0.85, 0.9, 0.8, 0.85, 0.34, 0.34])[worker]
label = np.where(right, truth[item], rng.integers(0, 3, 2100))

votes = rl.Votes(item, worker, rl.Classes(label, ("cat", "dog", "fox")), n=300, w=7)
consensus = rl.aggregate(votes)
for who, skill in enumerate(consensus.skill):
    print(f"worker {who}: right in about {skill:.0%} of the votes")
accuracy = float((consensus.labels.p.argmax(1) == truth).mean())
print(f"accuracy of the consensus {accuracy:.3f}")
print("agreement:", rl.measure(votes, by="krippendorff_alpha").value)
assert accuracy > 0.95
assert max(consensus.skill[5:]) < min(consensus.skill[:5])
