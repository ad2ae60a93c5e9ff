"""Several numbers in one cell of the suite's table, which would otherwise hold a row for each."""

from __future__ import annotations

from collections.abc import Mapping


def packed(found: Mapping[str, tuple[float, ...]]) -> str:
    """Name -> numbers as text, four digits each.

    >>> packed({"model given": (0.41237,), "lda margin": (0.5, 12.0)})
    'model given=0.4124;lda margin=0.5,12'
    """
    return ";".join(
        f"{name}={','.join(f'{value:.4g}' for value in values)}" for name, values in found.items()
    )


def unpacked(cell: object) -> dict[str, tuple[float, ...]]:
    """The numbers of ``packed``; nothing of an empty cell.

    >>> unpacked("model given=0.4124;lda margin=0.5,12")
    {'model given': (0.4124,), 'lda margin': (0.5, 12.0)}
    """
    parts = (part.partition("=") for part in str(cell).split(";") if part)
    return {name: tuple(map(float, values.split(","))) for name, _, values in parts}
