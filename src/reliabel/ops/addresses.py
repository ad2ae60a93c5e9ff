"""Addresses of files that lie elsewhere: s3://, gs://, abfs://, hdfs:// as pyarrow's file systems
know them, and file:// for this machine.

Keys come from where each file system looks for them (environment, configuration files, the role of
the machine), never from the address: an address is written into results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

KNOWN = ("s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs")
SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+):(/+)(.*)$", re.DOTALL)
WEB = ("http", "https", "ftp", "hf")
MOST = 2**20  # bytes copied at a time


class Listed(NamedTuple):
    """A file at an address: its own address, its path below the folder that was listed, its bytes,
    and when it was written (nanoseconds since 1970; 0 where that is not known).
    """

    address: str
    path: str
    size: int
    written: int


def address_of(source: Any) -> str | None:
    """The address that a text or a path is; None for a path on this machine.

    A ``Path`` of an address lacks one of its slashes, which is put back.
    Raises ValueError for an address that pyarrow does not know, and for one that holds keys.

    >>> address_of("s3://data/rows.parquet"), address_of(Path("s3://data/rows.parquet"))
    ('s3://data/rows.parquet', 's3://data/rows.parquet')
    >>> address_of("rows.csv"), address_of("file:///data/rows.csv")
    (None, None)
    """
    found = SCHEME.match(str(source)) if isinstance(source, str | Path) else None
    if found is None:
        return None
    scheme, rest = found[1].lower(), found[3]
    if scheme == "file":
        return None
    if scheme not in KNOWN:
        path = len(found[2]) == 1 or isinstance(source, Path)
        if path and scheme not in WEB:  # a folder with a colon in its name
            return None
        raise ValueError(
            f"{scheme}:// is no file system that can be read ({', '.join(KNOWN[:4])}, file are); "
            "download the file and give its path"
        )
    if "@" in rest.split("/")[0] and scheme == "s3":
        raise ValueError(
            "keys in an address would be written into results; give them in the environment "
            "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) and the address without them"
        )
    return f"{scheme}://{rest}"


def is_address(source: Any) -> bool:
    """Whether a text or a path is an address of a file system that is known."""
    found = SCHEME.match(str(source)) if isinstance(source, str | Path) else None
    return found is not None and found[1].lower() in KNOWN


def local(source: Any) -> Any:
    """What file:// names on this machine as its path; anything else as it is.

    >>> local("file:///data/rows.csv"), local("rows.csv")
    (PosixPath('/data/rows.csv'), 'rows.csv')
    """
    found = SCHEME.match(str(source)) if isinstance(source, str | Path) else None
    if found is None or found[1].lower() != "file":
        return source
    return Path("/" + unquote(found[3]))


def name_of(address: str) -> str:
    """The last part of an address, without what follows a question mark.

    >>> name_of("s3://data/2026/rows.parquet?region=eu-west-1")
    'rows.parquet'
    """
    return address.split("?")[0].rstrip("/").rsplit("/", 1)[-1]


def beside(address: str, path: str) -> str:
    """The address of a relative path that counts from a folder.

    >>> beside("s3://data/photos?region=eu-west-1", "cats/1.jpg")
    's3://data/photos/cats/1.jpg?region=eu-west-1'
    """
    whole, mark, words = address.partition("?")
    return f"{whole.rstrip('/')}/{path.lstrip('/')}{mark}{words}"


def folder_of(address: str) -> str:
    """The address of the folder that a file lies in."""
    whole, mark, words = address.partition("?")
    return f"{whole.rstrip('/').rsplit('/', 1)[0]}{mark}{words}"


def opened(address: str) -> tuple[Any, str]:
    """The file system of pyarrow and the path in it; ValueError where the address is none."""
    return _opened(address)


@lru_cache(maxsize=8)
def _system(scheme: str, root: str, words: str) -> Any:
    from pyarrow.fs import FileSystem

    return FileSystem.from_uri(f"{scheme}://{root}{'?' if words else ''}{words}")[0]


def _opened(address: str) -> tuple[Any, str]:
    import pyarrow as pa

    whole, _, words = address.partition("?")
    scheme, _, path = whole.partition("://")
    try:
        system = _system(scheme, path.split("/")[0], words)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ValueError(f"{whole} cannot be opened: {_said(error)}") from None
    hosted = scheme in ("hdfs", "viewfs", "abfs", "abfss")
    return system, f"/{path.partition('/')[2]}" if hosted and scheme == "hdfs" else path


def files_at(address: str) -> list[Listed]:
    """The file at an address, or all files in the folder it is, in the order of their paths; hidden
    ones (names with . or _ at the front) are left out.

    Raises ValueError where nothing is there, and where nothing may be read.
    """
    import pyarrow as pa
    from pyarrow.fs import FileSelector, FileType

    system, path = opened(address)
    try:
        info = system.get_file_info(path)
        if info.type == FileType.File:
            return [Listed(address, info.base_name, info.size, int(info.mtime_ns or 0))]
        if info.type == FileType.NotFound:
            raise ValueError(f"there is no file and no folder at {address.split('?')[0]}")
        inside = system.get_file_info(FileSelector(path, recursive=True))
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{address.split('?')[0]} cannot be read: {_said(error)}") from None
    start = len(path.rstrip("/")) + 1
    found = [
        Listed(
            beside(address, one.path[start:]), one.path[start:], one.size, int(one.mtime_ns or 0)
        )
        for one in inside
        if one.type == FileType.File
    ]
    seen = [one for one in found if not any(part[:1] in "._" for part in one.path.split("/"))]
    return sorted(seen, key=lambda one: one.path)


def content(address: str) -> bytes:
    """All bytes of a file; FileNotFoundError where there is none, OSError where it cannot be
    read.
    """
    system, path = opened(address)
    with system.open_input_stream(path) as stream:
        return bytes(stream.read())


@contextmanager
def fetched(address: str, folder: Path) -> Iterator[Path]:
    """A copy of a file in ``folder`` under its own name, removed at the end."""
    import pyarrow as pa

    system, path = opened(address)
    copy = folder / name_of(address)
    try:
        with system.open_input_stream(path) as stream, copy.open("wb") as file:
            while block := stream.read(MOST):
                file.write(block)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(f"{address.split('?')[0]} cannot be read: {_said(error)}") from None
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _said(error: BaseException) -> str:
    """What a file system says, in one line and without the request that it made."""
    line = str(error).splitlines()[0] if str(error) else type(error).__name__
    hints: Mapping[str, str] = {
        "ACCESS_DENIED": "the keys may not read it",
        "NO_SUCH_BUCKET": "there is no such bucket",
        "INVALID_ACCESS_KEY_ID": "the access key is not known there",
        "SIGNATURE_DOES_NOT_MATCH": "the secret key does not fit the access key",
        "NETWORK_CONNECTION": "nothing answers there",
        "NO_RESPONSE": "nothing answers there",
        "Bucket not found": "there is no such bucket",
    }
    hint = next((text for word, text in hints.items() if word in line), "")
    return f"{hint} ({line[:160]})" if hint else line[:200]
