"""Snorkel on votes of labelling functions.

snorkel_votes.py label_model IN.npz OUT.npz   draws item_0, worker_0, label_0, shape_0, ...
    -> p_0, ... of its LabelModel, as shipped; prints its CPU seconds as JSON
snorkel_votes.py cost WHAT IN.npz             WHAT: label_model or lf_analysis
    -> prints CPU seconds and extra memory beside the matrix of votes as JSON
"""

import contextlib
import io
import json
import resource
import sys
import time
import warnings

import numpy as np
from snorkel.labeling import LFAnalysis
from snorkel.labeling.model import LabelModel


def matrix(given, draw):
    """The dense matrix that Snorkel takes, and the number of classes."""
    n, w, k = given[f"shape_{draw}"].tolist()
    votes = np.full((n, w), -1, dtype=np.int8 if k < 128 else np.int64)
    votes[given[f"item_{draw}"], given[f"worker_{draw}"]] = given[f"label_{draw}"]
    return votes, k


def label_model(votes, k):
    """The probabilities of the label model."""
    model = LabelModel(cardinality=k, verbose=False)
    with contextlib.redirect_stderr(io.StringIO()):
        model.fit(votes, n_epochs=100, seed=0, progress_bar=False)
    return model.predict_proba(votes)


def main(words):
    """One command of those above."""
    warnings.simplefilter("ignore")
    if words[0] == "cost":
        votes, k = matrix(np.load(words[2]), 0)
        call = {
            "label_model": lambda: label_model(votes, k),
            "lf_analysis": lambda: LFAnalysis(votes).lf_summary(),
        }[words[1]]
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        call()
        seconds = time.process_time() - start
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {"cpu_s": seconds, "extra_mib": (after - before) / 1024}
    given = np.load(words[1])
    draws = sum(name.startswith("item_") for name in given.files)
    start, found = time.process_time(), {}
    for draw in range(draws):
        found[f"p_{draw}"] = label_model(*matrix(given, draw))
    np.savez(words[2], **found)
    return {"cpu_s": time.process_time() - start}


sys.stdout.write(json.dumps(main(sys.argv[1:])))
