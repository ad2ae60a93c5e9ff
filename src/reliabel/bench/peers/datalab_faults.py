"""cleanlab's Datalab on the file and the arrays of a folder, with every check that it has for them:
writes what each check reports as theirs.json; prints CPU seconds, minutes and extra memory as JSON.
"""

import contextlib
import csv
import json
import os
import sys
import threading
import time
from pathlib import Path

import numpy as np
from cleanlab import Datalab

ALWAYS = (
    "label",
    "outlier",
    "near_duplicate",
    "non_iid",
    "class_imbalance",
    "underperforming_group",
)


def anonymous() -> int:
    """KiB of memory that is the process's own (Linux)."""
    return next(
        int(line.split()[1])
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("RssAnon")
    )


def numbers(columns: dict) -> dict:
    """The columns that hold numbers, NaN where a cell is empty."""
    found = {}
    for name, cells in columns.items():
        try:
            found[name] = np.array([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            continue
    return found


folder = Path(sys.argv[1])
words = json.loads((folder / "world.json").read_text())["read"]
y, features, probs = (np.load(folder / name) for name in ("y.npy", "x.npy", "p.npy"))
with open(words["source"], encoding="utf-8", newline="") as file:
    cells = list(csv.DictReader(file))
names = [cell["label"] for cell in cells]
kept = {}
peak, done = [anonymous()], threading.Event()


def watch() -> None:
    """Look at the memory a hundred times a second."""
    while not done.wait(0.01):
        peak.append(anonymous())


def run() -> None:
    """All checks; those of missing values read the numbers of the table as they are."""
    if "image" in words:
        from datasets import Dataset, Image

        data = Dataset.from_dict({"image": [cell["image"] for cell in cells], "y": y.tolist()})
        data = data.cast_column("image", Image())
        kept["lab"] = Datalab(data=data, label_name="y", image_key="image", verbosity=0)
    else:
        kept["lab"] = Datalab(data={"y": y}, label_name="y", verbosity=0)
    kept["lab"].find_issues(features=features, pred_probs=probs)
    if "image" not in words and "text" not in words:
        table = numbers({name: [cell[name] for cell in cells] for name in cells[0]})
        kept["columns"] = list(table)
        kept["null"] = Datalab(data={"y": y}, label_name="y", verbosity=0)
        kept["null"].find_issues(
            features=np.stack(list(table.values()), axis=1), issue_types={"null": {}}
        )


watcher = threading.Thread(target=watch)
before, start, clock = peak[0], sum(os.times()[:4]), time.perf_counter()
watcher.start()
with contextlib.redirect_stdout(sys.stderr):  # Datalab prints
    run()
seconds = sum(os.times()[:4]) - start  # as it is called by default: its workers count
minutes = (time.perf_counter() - clock) / 60
done.set()
watcher.join()

lab = kept["lab"]
ran = [name[3:-6] for name in lab.issues.columns if name.startswith("is_")]
absent = set(ALWAYS) - set(ran)
if absent:  # Datalab prints the errors of its checks and goes on
    raise SystemExit(f"these checks did not run: {sorted(absent)}")
flagged = {name: np.flatnonzero(lab.issues[f"is_{name}_issue"].to_numpy()).tolist() for name in ran}
found = dict(flagged)
sets = lab.get_issues("near_duplicate")["near_duplicate_sets"]
groups = {tuple(sorted({row, *map(int, sets.iloc[row])})) for row in flagged["near_duplicate"]}
found["near_duplicate"] = [list(group) for group in sorted(groups)]
summary = lab.get_issue_summary("non_iid")
found["non_iid"] = [0] if int(summary["num_issues"].iloc[0]) else []
found["class_imbalance"] = sorted({names[row] for row in flagged["class_imbalance"]})
group = flagged["underperforming_group"]
found["underperforming_group"] = [group] if group else []
if "image" in words:
    told = lab.get_info("spurious_correlations")
    table = told["correlations_df"]
    found["spurious_correlations"] = [0] if (table["score"] < told["threshold"]).any() else []
if "null" in kept:
    impact = kept["null"].get_info("null")["column_impact"]
    found["null"] = [name for name, share in zip(kept["columns"], impact, strict=True) if share > 0]
(folder / "theirs.json").write_text(json.dumps(found))
sys.stdout.write(
    json.dumps({"cpu_s": seconds, "extra_mib": (max(peak) - before) / 1024, "minutes": minutes})
)
