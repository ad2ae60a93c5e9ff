"""save: an audit or a model as a folder, which other commands read."""

from __future__ import annotations

from pathlib import Path

from reliabel.core.results import Audit, Model
from reliabel.folders.audit_folder import save as write
from reliabel.folders.lock import locked
from reliabel.verbs.report import report
from reliabel.verbs.write_model import write_model


def save(audit: Audit | Model, folder: str | Path, *, resume: bool = False) -> Path:
    """Write an audit folder with its report, as ``reliabel audit`` does; ``rl.sample``,
    ``rl.apply`` and ``rl.load`` take it.  A model of ``rl.learn`` becomes a model folder, which
    ``rl.load`` and ``rl.predict`` take; it holds no pickle.

    resume: write an audit of other data into a folder that holds decisions.
    Returns the folder.  Raises ValueError where people's decisions would lose the data they are
    on, and while another run works there.

    >>> import tempfile, numpy as np, reliabel as rl
    >>> p = np.repeat([[0.9, 0.1], [0.1, 0.9]], 20, axis=0)
    >>> audit = rl.audit(rl.Classes(np.array([0] * 20 + [1] * 19 + [0])), probs=p)
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = rl.save(audit, f"{place}/labels.audit")
    ...     (folder / "report.html").is_file(), rl.load(folder).findings[0].item
    (True, 39)
    """
    place = Path(folder)
    if isinstance(audit, Model):
        return write_model(audit, place)
    if not isinstance(audit, Audit):
        raise ValueError(
            f"save takes an Audit (what rl.audit returns) or a Model (of rl.learn), got "
            f"{type(audit).__name__}"
        )
    with locked(place):
        return write(audit, place, resume=resume, page=report(audit, folder=place))
