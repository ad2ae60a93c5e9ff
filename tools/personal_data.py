"""Recall and precision of the recognisers of personal data on planted texts: python
tools/personal_data.py [SEEDS]."""

from __future__ import annotations

import sys
from collections import Counter

from reliabel.bench.planted_personal import planted, scored


def main(seeds: int = 5) -> None:
    """Print a row a kind, over so many draws."""
    planted_in, hit, reported = Counter[str](), Counter[str](), Counter[str]()
    for seed in range(seeds):
        for kind, one in scored(planted(seed)).items():
            planted_in[kind] += one.planted
            hit[kind] += one.hit
            reported[kind] += one.reported
    print(f"{'kind':<32}{'planted':>8}{'recall':>8}{'precision':>11}")
    for kind in planted_in:
        if kind:
            precision = hit[kind] / max(reported[kind], 1)
            recall = hit[kind] / max(planted_in[kind], 1)
            print(f"{kind:<32}{planted_in[kind]:>8}{recall:>8.3f}{precision:>11.3f}")
    print(f"look-alikes reported: {reported['']} of {planted_in['']}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
