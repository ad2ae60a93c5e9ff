"""Addresses: which texts are some, what they name, and one sentence for each that cannot be."""

from pathlib import Path

import pytest

from reliabel.ops.addresses import address_of, beside, folder_of, is_address, local, name_of


def test_a_path_of_an_address_is_that_address() -> None:
    for address in ("s3://bucket/a/b.parquet", "gs://bucket/a", "hdfs://host:9000/a"):
        assert address_of(address) == address
        assert address_of(Path(address)) == address
        assert is_address(Path(address))


def test_paths_of_this_machine_are_none() -> None:
    for path in ("a/b.csv", "/a/b.csv", "C:/a.csv", "odd:/folder/a.csv", "file:///a/b.csv"):
        assert address_of(path) is None
        assert not is_address(path)
    assert local("file:///a/b%20c.csv") == Path("/a/b c.csv")
    assert local(Path("file:///a/b.csv")) == Path("/a/b.csv")


def test_what_cannot_be_read_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"https:// is no file system .* download the file"):
        address_of("https://example.org/a.csv")
    with pytest.raises(ValueError, match="keys in an address would be written into results"):
        address_of("s3://key:secret@bucket/a.csv")


def test_parts_of_an_address_keep_what_stands_behind_the_question_mark() -> None:
    address = "s3://bucket/a/rows.parquet?region=eu-west-1"
    assert name_of(address) == "rows.parquet"
    assert folder_of(address) == "s3://bucket/a?region=eu-west-1"
    assert beside(folder_of(address), "b/1.png") == "s3://bucket/a/b/1.png?region=eu-west-1"
