"""Sessions: as many threads as the process may use, and a sentence for whatever is missing."""

import os
import sys

import pytest

from reliabel.ops.onnx_session import open_session, threads


@pytest.mark.parametrize(("asked", "wanted"), [("3", 3), ("1", 1)])
def test_threads_are_as_many_as_the_environment_says(monkeypatch, asked, wanted):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert threads() == wanted


@pytest.mark.parametrize("asked", ["", "0", "many"])
def test_threads_are_else_the_processors_of_the_process(monkeypatch, asked):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 2, 5}, raising=False)
    assert threads() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert threads() == 1


def test_without_onnx_runtime_a_sentence_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ValueError, match=r"cannot be loaded .*: pip install 'reliabel\[image\]'"):
        open_session(b"", extra="image")


def test_what_is_no_model_is_a_sentence(tmp_path):
    pytest.importorskip("onnxruntime")
    (tmp_path / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ValueError, match=r"^the model cannot be read by ONNX Runtime \d"):
        open_session(b"no model", extra="text")
    with pytest.raises(
        ValueError, match=r"model.onnx cannot be read .* \[text\] brought and install it anew"
    ):
        open_session(tmp_path / "model.onnx", extra="text")
