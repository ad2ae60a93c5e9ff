"""What to review in a consensus: uncertain labels, and single votes against the consensus."""

from __future__ import annotations

from typing import Any

import numpy as np

from reliabel.core.dataset import Dataset
from reliabel.core.evidence import EVIDENCE
from reliabel.core.labels import Classes
from reliabel.core.results import Audit, Consensus, Finding
from reliabel.crowd.study import Study

MOST = 2000  # findings on votes that are written at most, those most likely to be wrong first


def as_audit(consensus: Consensus[Any], data: Dataset, study: Study) -> Audit:
    """The consensus labels as an audit: P(wrong) = 1 - P(label), with findings on labels and on
    single votes.
    """
    p = consensus.labels.p
    names = consensus.labels.names
    label = np.where(study.counted > 0, p.argmax(1), -1)
    wrong = np.where(study.counted > 0, 1 - p.max(1), np.nan)
    order = np.argsort(-np.nan_to_num(wrong, nan=-1), kind="stable")
    order = order[np.nan_to_num(wrong[order]) > 0]
    keep = order[: max(500, int((np.nan_to_num(wrong) >= 0.5).sum()))]
    findings = [_label_finding(int(i), label, wrong, p, names, study, data) for i in keep.tolist()]
    findings += _vote_findings(study, data, names)
    stays = {name for name, spec in EVIDENCE.items() if spec.describes_items}
    kept = {name: value for name, value in data.evidence.items() if name in stays}
    info = {key: value for key, value in consensus.info.items() if key in ("by", "seed")} | {
        "task": "consensus of votes",
        "classes": list(names),
    }
    whole = Dataset(Classes(label, names), kept, data.ids, data.source)
    return Audit(
        data=whole,
        opinions={},
        skipped={},
        measures={},
        p_wrong=wrong,
        count=None,
        budget=None,
        findings=tuple(findings),
        warnings=tuple(consensus.info.get("warnings", ())),
        info=info,
    )


def _label_finding(
    i: int, label: Any, wrong: Any, p: Any, names: tuple[str, ...], study: Study, data: Dataset
) -> Finding:
    second = int(np.argsort(-p[i])[1]) if len(names) > 1 else int(label[i])
    share = "" if np.isnan(study.agreement[i]) else f", {study.agreement[i]:.0%} of them for it"
    why = (
        f"{int(study.counted[i])} votes{share}; next likeliest {names[second]} ({p[i, second]:.2f})"
    )
    return Finding(
        i,
        data.ids.item(i),
        None,
        "label",
        "consensus",
        float(wrong[i]),
        float(wrong[i]),
        ("votes",),
        names[label[i]],
        names[second],
        (),
        None,
        why,
    )


def _vote_findings(study: Study, data: Dataset, names: tuple[str, ...]) -> list[Finding]:
    votes = study.votes
    against = np.flatnonzero(votes.labels.y != study.posterior.argmax(1)[votes.item])
    wrong = 1 - study.posterior[votes.item[against], votes.labels.y[against]]
    order = np.argsort(-wrong, kind="stable")[:MOST]
    who = data.ids.workers
    found = []
    for v, w in zip(against[order].tolist(), wrong[order].tolist(), strict=True):
        i, worker = int(votes.item[v]), int(votes.worker[v])
        given, best = names[int(votes.labels.y[v])], names[int(study.posterior[i].argmax())]
        where = {"worker": str(worker) if who is None else who[worker]}
        why = f"{where['worker']} voted {given}, the consensus is {best}"
        found.append(
            Finding(
                i,
                data.ids.item(i),
                None,
                "vote",
                "against the consensus",
                float(w),
                float(w),
                ("votes",),
                given,
                best,
                (),
                where,
                why,
            )
        )
    return found
