"""The evidence ``dynamics``: how a model came to learn each label."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.evidence import Dynamics
from reliabel.core.labels import Classes
from reliabel.folders.evidence_keys import LearningDynamics
from reliabel.prepare.preparation import Preparation


def make_dynamics(work: Preparation, features: Any) -> None:
    """Fill dynamics: margin, p_given and correct of each item while a logistic regression learns.
    Of classes only, and only where there are two or more.
    """
    from reliabel.ops.logistic import dynamics

    labels = work.data.labels
    if not isinstance(labels, Classes) or len(np.unique(labels.y[labels.y >= 0])) < 2:
        return

    def make() -> dict[str, Any]:
        seen = dynamics(features, labels.y, labels.k, rng=work.rng("dynamics"))
        return {"margin": seen.margin, "p_given": seen.p_given, "correct": seen.correct}

    key = LearningDynamics(work.hashes["features"], labels.y, labels.k, labels.names, work.seed)
    work.evidence["dynamics"] = Dynamics(**work.store.made(key, make))
