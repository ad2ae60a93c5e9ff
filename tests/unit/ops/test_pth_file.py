"""Weight files of PyTorch: tensors come out as they went in, and nothing else comes out."""

import pickle

import numpy as np
import pytest

from reliabel.ops.pth_file import read_tensors


def test_tensors_are_those_that_torch_wrote(tmp_path):
    torch = pytest.importorskip("torch")
    held = {
        "whole": torch.arange(6, dtype=torch.float32).reshape(2, 3),
        "turned": torch.arange(6, dtype=torch.float32).reshape(2, 3).T,
        "count": torch.tensor(7),
    }
    held["part"] = held["whole"][1, 1:]  # the same storage, from its fourth number on
    path = tmp_path / "old.pth"
    torch.save(held, path, _use_new_zipfile_serialization=False)
    found = read_tensors(path)
    assert set(found) == set(held)
    for name, tensor in held.items():
        assert found[name].tolist() == tensor.tolist()
        assert found[name].shape == tuple(tensor.shape)
    assert found["count"].dtype == np.int64
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match=r"old.pth cannot be read as weights"):
        read_tensors(path)
    torch.save(held, tmp_path / "new.pth")
    with pytest.raises(ValueError, match=r"new.pth cannot be read as weights"):
        read_tensors(tmp_path / "new.pth")


class Calls:
    """An object whose pickle calls a function when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_nothing_in_a_file_is_called(tmp_path):
    mark = tmp_path / "mark"
    (tmp_path / "bad.pth").write_bytes(pickle.dumps(Calls(mark), protocol=2))
    with pytest.raises(ValueError, match=r"it names (io|_io|builtins|__builtin__).open, which no"):
        read_tensors(tmp_path / "bad.pth")
    assert not mark.exists()


def test_a_tensor_that_reaches_beyond_its_numbers_is_refused(tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "old.pth"
    torch.save({"x": torch.zeros(5, 77)}, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes().replace(b"K\x05KM\x86", b"K\x06KM\x86"))
    with pytest.raises(ValueError, match="a tensor reaches beyond its storage"):
        read_tensors(path)


@pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps({}, protocol=2) * 5])
def test_other_files_are_a_sentence(tmp_path, content):
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(ValueError, match=r"x.pth cannot be read as weights \(.+\)"):
        read_tensors(tmp_path / "x.pth")
