"""Packages that announce algorithms, evidence and kinds of labels, for the length of one test."""

from importlib.metadata import EntryPoint

import pytest

from reliabel.core import catalogue as catalogue_module
from reliabel.core import plugins
from reliabel.core.evidence import EVIDENCE


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Announce modules: ``install(name=source)`` writes each source and its entry point."""
    points = []
    monkeypatch.setattr(
        "importlib.metadata.entry_points",
        lambda group: [point for point in points if point.group == group],
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    def forget():
        catalogue_module._catalogue.cache_clear()
        plugins.register_evidence.cache_clear()
        plugins.register_kinds.cache_clear()
        plugins._warn.cache_clear()

    def write(group=plugins.ALGORITHMS, values=(), **sources):
        for name, source in sources.items():
            path = tmp_path / f"{name}.py"
            path.write_bytes(source if isinstance(source, bytes) else source.encode())
        for value in values or sources:
            points.append(EntryPoint(value.split(":")[-1], value, group))
        forget()

    before = dict(EVIDENCE)
    yield write
    EVIDENCE.clear()
    EVIDENCE.update(before)
    forget()
