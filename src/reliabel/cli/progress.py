"""Progress on stderr: a line a stage with the time left; nothing is printed if stderr is not a
terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reliabel.cli.app import interactive
from reliabel.core.run import running


@contextmanager
def listening() -> Iterator[None]:
    """Within the block, progress of the run is drawn on the terminal."""
    if not interactive():
        yield
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description:<34}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        stages: dict[str, int] = {}

        def listener(label: str, done: int, total: int | None) -> None:
            stage = label.split("  ")[
                0
            ]  # "auditors  knn_outliers" is one stage with a changing word
            if stage not in stages:
                stages[stage] = bars.add_task(stage, total=total)
            shown = f"{label}  {latest[-1]}" if latest and "epoch" in label else label
            bars.update(stages[stage], completed=done, total=total, description=shown)  # type: ignore[arg-type]

        def watcher(what: str, step: int, value: float) -> None:
            latest[:] = [f"agrees {value:.1%}"]  # with held-out labels, after this epoch

        latest: list[str] = []
        with running(listener=listener, watcher=watcher):
            yield
