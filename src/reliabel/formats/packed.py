"""Compressed files and archives: told by their first bytes, and unpacked into a temporary file.

What unpacks to far more than its own size is refused while it is unpacked, before disk or memory
is full.
"""

from __future__ import annotations

import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NamedTuple

COMPRESSED = {
    b"\x1f\x8b": "gzip",
    **{b"BZh%d1AY&SY" % size: "bzip2" for size in range(1, 10)},
    b"\xfd7zXZ\0": "xz",
    b"(\xb5/\xfd": "zstd",
}
SUFFIXES = (".gz", ".gzip", ".bz2", ".xz", ".zst", ".zstd", ".zip", ".tar")
WRITES = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}
ZIP, TAR = b"PK\x03\x04", (257, b"ustar")
# endings of the tables that an archive may hold; what else is in it is named and left out
TABLES = (
    ".csv",
    ".tsv",
    ".tab",
    ".jsonl",
    ".ndjson",
    ".json",
    ".parquet",
    ".pq",
    ".arrow",
    ".feather",
    ".xlsx",
    ".xlsm",
    ".manifest",
)
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
BLOCK = 2**20
FLOOR = 2**25  # bytes that any file may unpack to
RATIO = 100  # times its own size that a file may unpack to; tables seldom reach 30
XZ_MEMORY = 2**28  # bytes that unpacking xz may take; its strongest preset takes 65 MiB
DEPTH = 3  # a compressed file in an archive that is compressed


class Member(NamedTuple):
    """A file in an archive: its name, how it is opened, and the bytes it takes there."""

    name: str
    open: Callable[[], Any]
    size: int


def is_packed(path: Path) -> bool:
    """Whether a file is compressed or an archive that may hold a table."""
    return path.is_file() and _packing(path) is not None


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The file itself or, of a packed one, a temporary file with the table it holds, and notes on
    what was done; the temporary file is removed at the end.

    Raises ValueError for an archive without a table or with several, for damage, and for what
    unpacks to more than RATIO times its size.
    """
    if not is_packed(path):
        yield path, ()
        return
    with tempfile.TemporaryDirectory(prefix="reliabel-") as folder:
        inner, notes = path, list[str]()
        for depth in range(DEPTH):
            packing = _packing(inner)
            if packing is None:
                break
            place = Path(folder) / str(depth)
            place.mkdir()
            inner, said = _unpack(inner, packing, place, path.name)
            notes += said
        yield inner, tuple(notes)


@contextmanager
def packing(path: Path, name: str) -> Iterator[Path]:
    """Where to write a file that is to be called ``name`` and lie at ``path``: the path itself, or
    a temporary file that is compressed into it at the end, as the name says.
    """
    how = WRITES.get(Path(name).suffix.lower())
    if how is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="reliabel-") as folder:
        plain = Path(folder) / bare_name(name)
        yield plain
        with plain.open("rb") as file, path.open("wb") as target, _packer(target, how) as stream:
            while block := file.read(BLOCK):
                stream.write(block)


def _packer(target: Any, how: str) -> Any:
    if how == "gzip":
        import gzip

        return gzip.GzipFile(filename="", mode="wb", fileobj=target, mtime=0)
    if how == "bzip2":
        import bz2

        return bz2.BZ2File(target, "wb")
    if how == "xz":
        import lzma

        return lzma.LZMAFile(target, "wb")
    import pyarrow as pa

    return pa.CompressedOutputStream(pa.PythonFile(target), "zstd")


def written_name(name: str) -> str:
    """The name of an output without the ending of a compression that can be written."""
    path = Path(name)
    return path.stem if path.suffix.lower() in WRITES else name


def bare_name(name: str) -> str:
    """The name of a file without the endings that say how it is packed."""
    while Path(name).suffix.lower() in SUFFIXES and Path(name).stem:
        name = Path(name).stem
    return f"{Path(name).stem}.tar" if Path(name).suffix.lower() == ".tgz" else name


def zip_kind(path: Path) -> str:
    """What a zip archive is: xlsx, npz, office, torch, or zip for an archive of files."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return "zip"
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "[Content_Types].xml" in names or "mimetype" in names:
        return "office"
    if any(name.split("/")[-1] == "data.pkl" for name in names):
        return "torch"
    return "npz" if names and all(name.endswith(".npy") for name in names) else "zip"


def _packing(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(512)
    found = next((name for magic, name in COMPRESSED.items() if head.startswith(magic)), None)
    if found is not None:
        return found
    if head[TAR[0] :].startswith(TAR[1]):
        return "tar"
    return "zip" if head.startswith(ZIP) and zip_kind(path) == "zip" else None


def _unpack(path: Path, packing: str, place: Path, what: str) -> tuple[Path, list[str]]:
    if packing not in ("zip", "tar"):
        target = place / (bare_name(path.name) or "table")
        with path.open("rb") as raw:
            _copy(_decompressed(raw, packing), target, raw.tell, what)
        return target, [f"{path.name} is {packing}-compressed"]
    with ExitStack() as stack:
        try:
            members = _members(path, packing, stack)
        except (zipfile.BadZipFile, tarfile.TarError, EOFError, UnicodeDecodeError) as wrong:
            raise ValueError(_damaged(what, wrong)) from None
        member, left = _table_of(members, what)
        target = place / (PurePosixPath(member.name).name or "table")
        _copy(_read(member.open), target, lambda: member.size, what)
    others = f"; {left:,} other file{'s' * (left > 1)} in it {_are(left)} left out" if left else ""
    return target, [f"{path.name} is a {packing} archive: {member.name} is read{others}"]


def _are(many: int) -> str:
    return "are" if many > 1 else "is"


def _decompressed(raw: BinaryIO, packing: str) -> Iterator[bytes]:
    """The blocks of a compressed file; ``raw`` stands where it was read to."""
    if packing == "gzip":
        import gzip

        yield from _read(lambda: gzip.GzipFile(fileobj=raw))
    elif packing == "bzip2":
        import bz2

        yield from _read(lambda: bz2.BZ2File(raw))
    elif packing == "xz":
        yield from _of_xz(raw)
    else:
        import pyarrow as pa

        yield from _read(lambda: pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd"))


def _read(opens: Callable[[], Any]) -> Iterator[bytes]:
    with opens() as stream:
        while block := stream.read(BLOCK):
            yield block


def _of_xz(raw: BinaryIO) -> Iterator[bytes]:
    """The blocks of an xz file whose dictionary fits in memory; the library's own file object sets
    no limit.
    """
    import lzma

    data = raw.read(BLOCK)
    while data:
        stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)
        while not stream.eof:
            if stream.needs_input and not data:
                data = raw.read(BLOCK)
                if not data:
                    raise EOFError("the file ends before its end-of-stream marker")
            yield stream.decompress(data, BLOCK)
            data = b""
        data = stream.unused_data.lstrip(b"\0") or raw.read(BLOCK).lstrip(b"\0")


def _copy(blocks: Iterator[bytes], target: Path, packed_size: Callable[[], int], what: str) -> None:
    """Write blocks into a file, as long as they are at most RATIO times what they came from."""
    import lzma

    import pyarrow as pa

    size, swollen = 0, False
    try:
        with target.open("wb") as file:
            for block in blocks:
                size += len(block)
                swollen = size > max(FLOOR, RATIO * packed_size())
                if swollen:
                    break
                file.write(block)
    except (
        EOFError,
        lzma.LZMAError,
        zlib.error,
        zipfile.BadZipFile,
        tarfile.TarError,
        NotImplementedError,
        pa.ArrowException,
    ) as wrong:
        raise ValueError(_damaged(what, wrong)) from None
    except RuntimeError as wrong:
        if "password" not in str(wrong):
            raise
        raise ValueError(
            f"{what} is encrypted; unpack it with its password and give the file"
        ) from None
    except OSError as wrong:
        if wrong.errno is not None:  # the disk, not the file
            raise
        raise ValueError(_damaged(what, wrong)) from None
    if swollen:
        raise ValueError(
            f"{what} unpacks to more than {RATIO} times its own size ({size / 2**20:,.0f} MiB and "
            "more), as files do that are made to fill a disk; if it is sound, unpack it yourself "
            "and give the file"
        )


def _damaged(what: str, wrong: Exception) -> str:
    return f"{what} cannot be unpacked: {wrong}; it is damaged or was cut short, fetch it again"


def _members(path: Path, packing: str, stack: ExitStack) -> list[Member]:
    if packing == "zip":
        return _zipped(stack.enter_context(zipfile.ZipFile(path)))
    return _tarred(stack.enter_context(tarfile.open(path)), path.stat().st_size)


def _zipped(archive: zipfile.ZipFile) -> list[Member]:
    return [
        Member(one.filename, lambda one=one: archive.open(one), one.compress_size)  # type: ignore[misc]
        for one in archive.infolist()
        if not one.is_dir()
    ]


def _tarred(archive: tarfile.TarFile, size: int) -> list[Member]:
    return [
        Member(one.name, lambda one=one: archive.extractfile(one), size)  # type: ignore[misc]
        for one in archive.getmembers()
        if one.isfile()
    ]


def _table_of(members: Sequence[Member], what: str) -> tuple[Member, int]:
    """The one table among the files of an archive, and how many other files there are."""
    files = [
        one
        for one in members
        if not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(one.name).parts)
    ]
    named = [one for one in files if PurePosixPath(bare_name(one.name)).suffix.lower() in TABLES]
    if len(named) == 1 or (len(files) == 1 and not _is_picture(files[0])):
        found = (named or files)[0]
        return found, len(files) - 1
    if named:
        names = ", ".join(one.name for one in named[:8])
        more = f" and {len(named) - 8} more" if len(named) > 8 else ""
        raise ValueError(
            f"{what} holds {len(named)} tables ({names}{more}); unpack it and give the one that is "
            "meant"
        )
    pictures = sum(map(_is_picture, files))
    if pictures:
        raise ValueError(
            f"{what} holds {pictures:,} picture{'s' * (pictures > 1)} and no table; unpack it and "
            "give the folder"
        )
    seen = ", ".join(one.name for one in files[:5]) or "nothing"
    raise ValueError(
        f"{what} holds no table that can be told by its name ({seen}); unpack it and give the file"
    )


def _is_picture(member: Member) -> bool:
    return PurePosixPath(member.name).suffix.lower() in PICTURES
