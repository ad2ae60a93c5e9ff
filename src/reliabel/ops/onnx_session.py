"""Models that run on ONNX Runtime, without PyTorch, on as many threads as this process may use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

THREADS = "OMP_NUM_THREADS"  # ONNX Runtime has threads of its own and does not read it


def open_session(model: Path | bytes, *, extra: str) -> Any:
    """An ``onnxruntime.InferenceSession`` of a model file, or of the bytes of one.

    extra: the pip extra that brings ONNX Runtime where it is needed.
    Raises ValueError in a sentence where ONNX Runtime is not installed or cannot read the model.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError(
            f"ONNX Runtime cannot be loaded ({error}): pip install 'reliabel[{extra}]'"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads()
    options.inter_op_num_threads = 1  # the operations of our models follow each other
    # threads that wait in busy loops take the processor from other work
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors only: the terminal is the command line's
    given = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common class of their own
        where = "the model" if isinstance(model, bytes) else str(model)
        raise ValueError(
            f"{where} cannot be read by ONNX Runtime {onnxruntime.__version__} "
            f"({type(error).__name__}: {str(error).splitlines()[0]}); "
            f"remove what the extra [{extra}] brought and install it anew"
        ) from error


def threads() -> int:
    """Threads of a session: what ``OMP_NUM_THREADS`` says, else the processors of this process."""
    asked = os.environ.get(THREADS, "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
