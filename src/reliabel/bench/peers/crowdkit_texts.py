"""crowd-kit on free texts: reads IN.json (a list of draws with item, worker, text and n) and a
method's name, writes OUT.json (texts of each draw, cpu_s, extra_mib).

Its RASA and HRRASA take an encoder of sentences; here words and groups of three characters, hashed
to 256 columns, of length one.  Its ROVER splits at spaces.  HRRASA 1.4.2 stops with newer versions
of pandas, where it takes a column of vectors for numbers; that one step is put right here.
"""

import json
import resource
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from crowdkit import aggregation
from crowdkit.aggregation.embeddings.hrrasa import HRRASA

COLUMNS = 256


def encoded(text: str) -> np.ndarray:
    """A text as counts of its words and groups of characters."""
    vector = np.zeros(COLUMNS)
    framed = f" {text} "
    for part in [*text.split(), *(framed[i : i + 3] for i in range(len(framed) - 2))]:
        vector[zlib.crc32(part.encode()) % COLUMNS] += 1
    size = np.linalg.norm(vector)
    return vector / size if size else vector + 1 / np.sqrt(COLUMNS)


def weighted_means(data, weights, true_embeddings=None):
    """HRRASA's step from weights to the mean vector of each task."""
    data = data.join(weights, on=["task", "worker"])
    data["weighted"] = data.weight * data.embedding
    groups = data.groupby("task", group_keys=False)
    return groups.weighted.apply(np.sum) / groups.weight.sum()


HRRASA._aggregate_embeddings = staticmethod(weighted_means)
MAKE = {
    "rover": lambda frame: aggregation.ROVER(str.split, " ".join).fit_predict(frame),
    "text_rasa": lambda frame: aggregation.TextRASA(encoded).fit_predict(frame, None),
    "text_hrrasa": lambda frame: aggregation.TextHRRASA(encoded).fit_predict(frame, None),
}
source, method, target = sys.argv[1:4]
texts, seconds = [], 0.0
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for given in json.loads(Path(source).read_text()):
    frame = pd.DataFrame({"task": given["item"], "worker": given["worker"], "text": given["text"]})
    start = time.process_time()
    found = MAKE[method](frame)
    seconds += time.process_time() - start
    found = found[~found.index.duplicated()].reindex(range(given["n"])).tolist()
    texts.append([text if isinstance(text, str) else None for text in found])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
answer = {"texts": texts, "cpu_s": seconds, "extra_mib": (after - before) / 1024}
Path(target).write_text(json.dumps(answer))
