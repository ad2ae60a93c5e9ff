"""Folders of pictures: one folder a class, possibly inside one folder a split (train/cat/1.jpg)."""

from __future__ import annotations

from pathlib import Path

from reliabel.formats.columns import Table, objects

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
SPLITS = ("train", "training", "test", "testing", "val", "valid", "validation", "dev")


def read(folder: Path) -> Table:
    """One row a picture: ``path`` (relative), ``label`` (the name of its folder) and, if there are
    splits, ``split``.
    """
    every = sorted(
        p
        for p in folder.rglob("*")
        if p.is_file() and not any(part.startswith(".") for part in p.relative_to(folder).parts)
    )
    paths = [p.relative_to(folder) for p in every if p.suffix.lower() in SUFFIXES]
    if not paths:
        seen = ", ".join(p.name for p in every[:5]) or "nothing"
        raise ValueError(
            f"{folder} holds no pictures ({seen}); wanted is one folder a class with "
            f"{', '.join(SUFFIXES[:5])} files in it"
        )
    tops = {p.parts[0].lower() for p in paths if len(p.parts) > 1}
    split = bool(tops) and tops <= set(SPLITS) and any(len(p.parts) > 2 for p in paths)
    label = [p.parts[split] if len(p.parts) > 1 + split else None for p in paths]
    columns = {"path": objects([p.as_posix() for p in paths]), "label": objects(label)}
    notes = [
        f"{len(paths):,} pictures, labels from the names of {len(set(label) - {None})} folders"
    ]
    if split:
        columns["split"] = objects([p.parts[0] for p in paths])
        notes.append(f"splits from the folders {', '.join(sorted({p.parts[0] for p in paths}))}")
    loose = sum(name is None for name in label)
    if loose:
        notes.append(
            f"{loose:,} picture{'s stand' if loose > 1 else ' stands'} in no class folder, "
            "unlabelled"
        )
    others = len(every) - len(paths)
    if others:
        suffixes = sorted({p.suffix.lower() or p.name for p in every} - set(SUFFIXES))[:5]
        notes.append(f"{others:,} other file{'s' * (others > 1)} left out ({', '.join(suffixes)})")
    return Table(columns, dict.fromkeys(columns, "text"), "imagefolder", tuple(notes))
