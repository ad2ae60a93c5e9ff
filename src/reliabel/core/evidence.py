"""The vocabulary of evidence: what an algorithm may ask for by the name of a keyword-only parameter, and how it is checked at the door."""

from __future__ import annotations

from dataclasses import dataclass

from reliabel.core.labels import Bools, Floats, Ints

EVIDENCE = {
    "probs": "(n, k) class probabilities from a model that did not train on the item",
    "features": "(n, d) one vector per item; learners may take (n, ...) arrays",
    "neighbours": "Neighbours(index (n, j), distance (n, j), recall), nearest first, self left out",
    "items": "the raw items: texts, picture paths, table rows",
    "columns": "a table of other facts about the items, to slice by",
    "split": "(n,) name of the split of each item",
    "groups": "(n,) whole numbers: which items belong together (patient, document, bag)",
    "graph": "(n, n) sparse affinities",
    "dynamics": "Dynamics(margin, p_given, correct), each (epochs, n), recorded while a model trained",
    "predicted": "a label set made by a model (boxes, spans, masks, numbers); need not be aligned by units",
    "votes": "the Votes behind the labels",
    "gold": "(n,) the true label where it is known, -1 elsewhere",
    "trusted": "(n,) True where the given label is known to be right",
    "paired": "(n, e) features of the other side, for Matches",
    "teacher": "(n, k) probabilities of a stronger or an earlier model",
    "privileged": "(n, e) features at hand only while training",
    "class_features": "(k, d) one vector per class (its name's embedding, a prototype)",
    "class_distance": "(k, k) how far apart classes are (a tree, an order)",
    "noise_matrix": "(k, k) chance of a given label (column) under a true one (row)",
    "posterior": "(n, k) chance of each class being the true one, by P(wrong)'s model",
    "fit": "function (features, labels, weights) -> model, for methods that refit",
    "module": "function () -> torch.nn.Module, for methods that train one",
    "views": "function (batch, rng) -> batch, an augmentation",
    "rng": "numpy Generator, the only source of chance",
}


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest items of each item: ``index`` (n, j) and cosine ``distance`` (n, j) = 1 - cos, nearest first, self left out by id.

    ``recall`` is the measured share of true neighbours found (1.0 when exact), ``half_width`` the 95 % half-width of that estimate.
    Slots that hold no neighbour (only when exact copies crowd a tiny set) are index -1, distance inf.
    """

    index: Ints
    distance: Floats
    recall: float = 1.0
    half_width: float = 0.0
    method: str = "exact"

    def nearest(self, j: int) -> Neighbours:
        """The first j columns."""
        return Neighbours(self.index[:, :j], self.distance[:, :j], self.recall, self.half_width, self.method)


@dataclass(frozen=True, eq=False)
class Dynamics:
    """What a model said of each item while it trained, each (epochs, n): margin of the given label, its probability, whether it was predicted."""

    margin: Floats
    p_given: Floats
    correct: Bools
