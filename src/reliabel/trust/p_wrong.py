"""P(wrong): the probability that each given label is wrong, by a model of how people err.

A conditional logit joins the evidence tables to what the true class may be (h).  With a small
chance that grows with the item's difficulty (the lapse w) the given label is not the true one but a
class that looks likely (m).  All of it is fitted to the given labels alone: on easy items evidence
grows without bound while disagreement does not vanish, and that floor says how often people lapse.
Twelve fits with different assumptions are averaged; their spread is what the count's interval is
made of.  Of ordered classes there are more, and those that explain the labels worse are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import binom

from reliabel.core.labels import Classes, Floats, Ints
from reliabel.core.run import Rated, apart, current
from reliabel.core.short_repr import by_fields
from reliabel.ops.chunks import spans
from reliabel.trust.lapse import (
    ORDERED,
    STEADY,
    TAUS,
    Cells,
    Family,
    anchored,
    difficulty,
    fitted,
    likely,
    mistake,
    posterior,
    softmax,
    uncertainty,
)
from reliabel.trust.tables import Tables

FITS = 40_000  # floating-point operations that a number of the tables takes in all fits
A_POSTERIOR = 1_000  # and one entry of a posterior in each fit
FIT = 50_000  # rows that are fitted at most; all rows are scored
LEAST = 50  # with fewer labels there is no P(wrong)
# Disagreement is flat if the surest third of the items disagree at least FLAT times as often as
# all, and surely more than AMBIGUOUS times: docs/trust.md, "Three answers".
FLAT, AMBIGUOUS, SURELY = 0.4, 0.25, 0.01
CLEAR = 0.75  # share of the labels that the evidence must agree with for that
# By how much the log-odds of an error grow with the log-odds that the evidence is unsure: .24-.46
# for the labels of people on rows 0-24,999 of CIFAR-10N, with weak and with strong evidence alike
# (docs/trust.md, "Weak and strong evidence").
GAMMAS = {"human": (0.2, 0.3, 0.4), "random": (0.0,)}


@dataclass(frozen=True, eq=False)
class PWrong:
    """P(wrong) and what follows from it for every label.

    NaN (suggestion -1) for unlabelled items, or for all items if there is no P(wrong); ``warnings``
    then says why.
    """

    p: Floats  # (n,) chance that the given label is wrong
    suggest: Ints  # (n,) the likeliest other class
    p_suggest: Floats  # (n,) its chance of being the true one
    joint: Floats  # (k, k) expected number of labels by [true, given] class
    pi: float  # share of wrong labels, NaN where there is no P(wrong)
    pis: Floats  # (fits,) the same by each fit of the family
    floor_gain: float  # log-likelihood that the lapse gains
    identified: (
        bool  # whether wrong labels can be told from ambiguous ones, so that the count may be told
    )
    weak: bool  # few labels or poor evidence: the ranking holds, the calibration less so
    # of the surest tenth: items (n), disagreements (d), mean confidence (conf); of all: agreement
    sure: Mapping[str, float]
    weights: Mapping[str, float]  # how much each table counts in the stack
    warnings: tuple[str, ...] = ()  # one sentence each
    post: tuple[Floats, Ints | None, Ints] | None = field(
        default=None, repr=False
    )  # posteriors of cases, their classes, case of each item
    k: int = 0
    flat: bool = False  # the count rests on disagreement as frequent on sure items as elsewhere

    __repr__ = by_fields

    def posterior(self) -> Floats:
        """(n, k) probability of each class being the true one; NaN rows where there is none."""
        n = len(self.p)
        if self.post is None:
            return np.full((n, self.k), np.nan, dtype=np.float32)
        post, classes, case = self.post
        known = case >= 0
        out = np.full((n, self.k), np.nan, dtype=np.float32)
        if classes is None:
            out[known] = post[case[known]]
            return out
        item = np.flatnonzero(known)
        for start, stop in spans(len(item), self.k):
            part, ids = post[case[item[start:stop]]], classes[case[item[start:stop]]]
            outside = np.maximum(self.k - (ids >= 0).sum(1), 1)
            wide = np.repeat(
                (part[:, -1] / outside)[:, None], self.k + 1, axis=1
            )  # column k takes the padding
            np.put_along_axis(
                wide, np.where(ids < 0, self.k, ids).astype(np.int64), part[:, :-1], 1
            )
            out[item[start:stop]] = wide[:, : self.k]
        return out


def p_wrong(
    labels: Classes, tables: Tables, *, noise: str = "human", rng: np.random.Generator | None = None
) -> PWrong:
    """Fit the stack and the family of lapse models to the given labels; P(wrong) of every label.

    noise: "human" lets the error rate grow with the uncertainty of the item; "random" assumes the
        same rate for every item.

    >>> from reliabel.trust.tables import tables
    >>> y = np.arange(300) % 2
    >>> p = np.where(np.eye(2)[y] > 0, 0.7 + 0.29 * np.sin(np.arange(300) ** 2)[:, None] ** 2, 0)
    >>> p = np.where(p > 0, p, 1 - p.sum(1, keepdims=True))
    >>> y[7] = 0
    >>> found = p_wrong(Classes(y), tables(Classes(y), probs=p))
    >>> int(found.p.argmax()), int(found.suggest[7])
    (7, 1)
    """
    if noise not in GAMMAS:
        raise ValueError(f'noise must be "human" or "random", got {noise!r}')
    if len(tables.row) != len(labels) or tables.k != labels.k:
        raise ValueError(
            f"tables are for {len(tables.row)} labels of {tables.k} classes, got {len(labels)} "
            f"labels of {labels.k}; make them again"
        )
    cases = cases_of(labels, tables)
    reason = _cannot(labels, cases)
    if reason:
        return _nothing(labels, reason)
    rng = rng if rng is not None else np.random.default_rng(0)
    chosen = (
        np.arange(cases.size)
        if cases.size <= FIT
        else np.sort(rng.choice(cases.size, FIT, replace=False))
    )
    cells = cases.cells(chosen)
    ordered = tables.order is not None
    taus = ORDERED if ordered else TAUS
    gammas = GAMMAS[noise]
    gammas = (STEADY, *gammas) if ordered and STEADY not in gammas else gammas
    family = apart(lambda: fitted(cells, gammas, taus), FITS * cells.z.size)
    family = likely(family) if ordered else family
    if family.no_information:
        return _nothing(
            labels,
            "the evidence says nothing about the labels (as if they were shuffled), so that no "
            "label can be called wrong",
        )
    return _scored(labels, tables, cases, family)


def shift(p: Floats, mean: float, weight: Floats | None = None) -> Floats:
    """Probabilities moved on the log-odds scale until their (weighted) mean is ``mean``; order
    kept, NaN stays NaN.

    >>> shift(np.array([0.1, 0.5]), 0.5).round(3).tolist()
    [0.25, 0.75]
    """
    known = ~np.isnan(p)
    weight = np.ones(len(p)) if weight is None else np.asarray(weight, dtype=float)
    x, share = (
        logit(np.clip(p[known], 1e-12, 1 - 1e-12)),
        weight[known] / max(weight[known].sum(), 1e-300),
    )
    out = np.array(p, dtype=float)
    if known.any():
        mean = float(np.clip(mean, 1e-9, 1 - 1e-9))
        by = brentq(lambda by: float(share @ expit(x + by)) - mean, -60, 60, xtol=1e-13, rtol=1e-14)
        out[known] = expit(x + by)
    return out


def is_flat(sure: Mapping[str, float]) -> bool:
    """Whether labels disagree with the evidence nearly as often where it is surest as elsewhere, so
    that the disagreement is no ambiguity: that gathers where the evidence is unsure.

    >>> is_flat({"agreement": 0.9, "surer": 600, "surer_d": 50})
    True
    >>> is_flat({"agreement": 0.9, "surer": 600, "surer_d": 12})
    False
    """
    rate = 1 - sure["agreement"]
    many, seen = int(sure["surer"]), int(sure["surer_d"])
    chance = binom.sf(seen - 1, many, AMBIGUOUS * rate)
    return bool(sure["agreement"] >= CLEAR and seen >= FLAT * rate * many and chance <= SURELY)


# --- cases: the distinct labels of rows that are fitted and scored ---


@dataclass(frozen=True, eq=False)
class _Cases:
    """One case for each pair of row and label: copies that agree are one case, copies that disagree
    are several cases of one row.
    """

    row: Ints  # (cases,)
    y: Ints  # (cases,)
    weight: Floats  # (cases,) how many labels each stands for
    case: Ints  # (n,) the case of each item, -1 = unlabelled
    tables: Tables

    @property
    def size(self) -> int:
        return len(self.row)

    def cells(self, chosen: Ints) -> Cells:
        """The tables of some cases, classes first."""
        t, row, y = self.tables, self.row[chosen], self.y[chosen]
        z = np.ascontiguousarray(t.z[:, row].transpose(0, 2, 1), dtype=np.float64)  # (m, c, b)
        if t.candidates is None:
            return Cells(z, None, y.astype(np.int64), np.zeros(len(row)), t.k)
        ids = t.candidates[row].T.astype(np.int64)  # (c, b)
        at = (ids == y).argmax(0)
        ids = np.where(ids < 0, t.k, ids)
        rest = np.broadcast_to(t.floor[:, None, None], (len(z), 1, len(row)))
        return Cells(
            np.concatenate([z, rest], axis=1), ids, at, t.k - (ids < t.k).sum(0).astype(float), t.k
        )


def cases_of(labels: Classes, tables: Tables) -> _Cases:
    """The cases of the labelled items."""
    item = np.flatnonzero(labels.y >= 0)
    pair, back, count = np.unique(
        tables.row[item] * max(labels.k, 1) + labels.y[item],
        return_inverse=True,
        return_counts=True,
    )
    case = np.full(len(labels), -1, dtype=np.int64)
    case[item] = back.ravel()
    return _Cases(
        pair // max(labels.k, 1), pair % max(labels.k, 1), count.astype(float), case, tables
    )


def _cannot(labels: Classes, cases: _Cases) -> str:
    seen = np.bincount(cases.y, minlength=max(labels.k, 1)) if cases.size else np.zeros(1)
    if cases.size < LEAST:
        return (
            f"only {cases.size} distinct labelled items: at least {LEAST} are needed to say how "
            "likely a label is wrong"
        )
    if (seen > 0).sum() < 2:
        return (
            f"all labels are {labels.names[int(seen.argmax())]!r}: with one class no label can be "
            "told to be wrong"
        )
    return ""


def _nothing(labels: Classes, reason: str) -> PWrong:
    n, k = len(labels), labels.k
    unknown, nobody = np.full(n, np.nan), np.full(n, -1, dtype=np.int64)
    empty = np.full((k, k), np.nan)
    return PWrong(
        unknown,
        nobody,
        unknown.copy(),
        empty,
        np.nan,
        np.empty(0),
        np.nan,
        False,
        True,
        {},
        {},
        (f"no P(wrong): {reason}",),
        None,
        k,
    )


# --- P(wrong) of every label ---


def _scored(labels: Classes, tables: Tables, cases: _Cases, family: Family) -> PWrong:
    size, share = cases.size, cases.weight / cases.weight.sum()
    width = tables.z.shape[2] + (tables.candidates is not None)
    post = np.empty((size, width), dtype=np.float32)
    right = np.empty(size)
    gains = [fit.gain for fit in family.fits if np.isfinite(fit.gain)]
    gain = float(max(gains))
    # what one more parameter gains by chance (BIC), the best of several
    identified = bool(gain >= np.log(min(size, FIT)) / 2 + np.log(len(gains)))
    flat = not identified and is_flat(family.sure)
    if flat:
        family = anchored(family)
    pis = np.zeros(len(family.fits))

    def work(span: tuple[int, int]) -> tuple[slice, Floats, Floats, Floats]:
        some = slice(*span)
        mean, wrong = _average(cases.cells(np.arange(*span)), family, cases.row[some])
        return some, mean.T.astype(np.float32), 1 - wrong.mean(0), wrong @ share[some]

    def keep(found: tuple[slice, Floats, Floats, Floats]) -> None:
        post[found[0]], right[found[0]] = found[1:3]
        pis[:] += found[3]

    blocks = spans(size, width * (len(tables.names) + 4))
    each = blocks[0][1] * width * len(family.fits) * A_POSTERIOR
    current().executor(Rated(work, each), blocks, keep)
    pi = float(expit(logit(np.clip(pis, 1e-12, 1 - 1e-12)).mean()))
    p = shift(1 - right, pi, cases.weight)
    suggest, p_suggest = _rescaled(post, p, cases, tables)
    known = cases.case >= 0
    names = {
        name: float(weight) for name, weight in zip(tables.names, family.stack[0], strict=True)
    }
    weak = bool(size < 1000 or family.sure["agreement"] < 0.55 or family.sure["conf"] < 0.8)
    full = [
        np.full(len(labels), missing, dtype=kind)
        for missing, kind in ((np.nan, float), (-1, np.int64), (np.nan, float))
    ]
    for out, value in zip(full, (p, suggest, p_suggest), strict=True):
        out[known] = value[cases.case[known]]
    warnings = _sentences(tables, size, family.sure, identified or flat, weak)
    kept = (post, None if tables.candidates is None else tables.candidates[cases.row], cases.case)
    sure = {**family.sure, "cases": float(size)}
    return PWrong(
        full[0],
        full[1],
        full[2],
        _joint(post, cases, tables),
        pi,
        pis,
        gain,
        identified or flat,
        weak,
        sure,
        names,
        warnings,
        kept,
        labels.k,
        flat,
    )


def _average(cells: Cells, family: Family, row: Ints) -> tuple[Floats, Floats]:
    """(c, b) mean posterior over the family, and (fits, b) P(wrong) by each fit."""
    q = softmax(cells.score(*family.stack))
    u = difficulty(uncertainty(q), family.easy)
    twice = np.zeros(cells.size, dtype=bool)  # rows whose copies carry different labels
    twice[1:] = row[1:] == row[:-1]
    twice[:-1] |= row[1:] == row[:-1]
    mean, wrong = np.zeros_like(q), np.empty((len(family.fits), cells.size))
    for tau in dict.fromkeys(fit.tau for fit in family.fits):
        wrongly = mistake(cells, q, tau)
        for place, fit in enumerate(family.fits):
            if fit.tau != tau:
                continue
            h, w = softmax(cells.score(fit.a, fit.b)), expit(fit.alpha + fit.gamma * u)
            post, _ = posterior(cells, h, w, wrongly)
            if twice.any():
                post[:, twice] = _together(cells, h, w, wrongly, row, np.flatnonzero(twice))
            mean += post / len(family.fits)
            wrong[place] = 1 - cells.given(post)
    return mean, np.clip(wrong, 0, 1)


def _together(
    cells: Cells, h: Floats, w: Floats, wrongly: Floats, row: Ints, twice: Ints
) -> Floats:
    """Posteriors of copies with different labels, from the likelihood of all their labels together,
    because they share one true class.
    """
    like = wrongly[:, twice] * w[twice]
    like[cells.at[twice], np.arange(len(twice))] = 1 - w[twice]
    begin = np.flatnonzero(np.r_[True, np.diff(row[twice]) != 0])
    all_of = np.add.reduceat(np.log(np.maximum(like, 1e-300)), begin, axis=1)
    together = np.repeat(all_of, np.diff(np.r_[begin, len(twice)]), axis=1)
    return softmax(np.log(np.maximum(h[:, twice], 1e-300)) + together)


def _rescaled(post: Floats, p: Floats, cases: _Cases, tables: Tables) -> tuple[Ints, Floats]:
    """Rescale the posteriors in place to the shifted P(wrong).

    Returns the likeliest other class and its probability.
    """
    suggest, chance = np.empty(cases.size, dtype=np.int64), np.empty(cases.size)
    for start, stop in spans(cases.size, post.shape[1]):
        part, item = post[start:stop].astype(float), np.arange(stop - start)
        ids = None if tables.candidates is None else tables.candidates[cases.row[start:stop]]
        at = cases.y[start:stop] if ids is None else (ids == cases.y[start:stop, None]).argmax(1)
        part[item, at] = 0
        part *= (p[start:stop] / np.maximum(part.sum(1), 1e-300))[:, None]
        part[item, at] = -1
        best = (part if ids is None else np.where(ids >= 0, part[:, :-1], -1)).argmax(1)
        suggest[start:stop] = best if ids is None else ids[item, best]
        chance[start:stop] = part[item, best]
        part[item, at] = 1 - p[start:stop]
        post[start:stop] = part
    return suggest, chance


def _joint(post: Floats, cases: _Cases, tables: Tables) -> Floats:
    k = tables.k
    joint = np.zeros((k, k))
    if tables.candidates is None:
        for given in range(k):
            of = cases.y == given
            joint[:, given] = cases.weight[of] @ post[of]
        return joint
    for start, stop in spans(cases.size, post.shape[1]):
        part, ids, y = (
            post[start:stop] * cases.weight[start:stop, None],
            tables.candidates[cases.row[start:stop]].astype(np.int64),
            cases.y[start:stop],
        )
        item, slot = np.nonzero(ids >= 0)
        np.add.at(joint, (ids[item, slot], y[item]), part[item, slot])
        # the rest, spread over all classes
        np.add(joint, np.bincount(y, part[:, -1], minlength=k) / k, out=joint)
    return joint


def _sentences(
    tables: Tables, size: int, sure: Mapping[str, float], identified: bool, weak: bool
) -> tuple[str, ...]:
    warnings = []
    if tables.names == ("model",):
        warnings.append(
            "probabilities only: without features P(wrong) rests on one model and is too low for "
            "the labels it flags"
        )
    if weak:
        low = [f"{size} distinct labels (fewer than 1,000)"] if size < 1000 else []
        low += (
            [f"the evidence agrees with {sure['agreement']:.0%} of the labels (less than 55 %)"]
            if sure["agreement"] < 0.55
            else []
        )
        low += (
            [f"it is {sure['conf']:.0%} sure of the surest tenth (less than 80 %)"]
            if sure["conf"] < 0.8
            else []
        )
        warnings.append(
            f"weak evidence: {', '.join(low)}; the ranking holds, P(wrong) may be off by a tenth"
        )
    if not identified:
        warnings.append(
            "no errors that can be told from ambiguity: the labels are clean, or wrong in a way "
            "the model repeats; have 100 drawn items reviewed"
        )
    return tuple(warnings)
