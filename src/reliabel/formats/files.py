"""What a file really contains: its format by the first bytes, its encoding, its SHA-256, and where
its text is damaged.
"""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from reliabel.formats.not_yet import refuse_markup
from reliabel.formats.packed import ZIP, zip_kind
from reliabel.ops.addresses import address_of, fetched, files_at, local

FORMS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".npy": "npy",
    ".npz": "npz",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".arff": "arff",
}
SAYS = {
    "csv": "comma-separated text",
    "tsv": "tab-separated text",
    "jsonl": "one JSON object a line",
    "json": "a JSON list of records",
    "parquet": "a Parquet file",
    "arrow": "an Arrow (Feather) file",
    "npy": "a NumPy array",
    "npz": "a NumPy archive (.npz)",
    "xlsx": "an Excel workbook",
    "arff": "an ARFF file of Weka, MEKA or Mulan",
}
MAGIC = {
    b"PAR1": "parquet",
    b"ARROW1": "arrow",
    b"\x93NUMPY": "npy",
    b"FEA1": "a Feather file of version 1",
    b"PK\x03\x04": "a zip archive (an Excel sheet or a NumPy .npz are such)",
    b"PK\x05\x06": "an empty zip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x1f\x9d": "data compressed by compress (.Z)",
    b"\x04\x22\x4d\x18": "lz4-compressed data",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"\x89HDF": "an HDF5 file",
    b"\x80\x04\x95": "a Python pickle",
    b"\x80\x05\x95": "a Python pickle",
    b"\xff\xff\xff\xff": "an Arrow stream",
}
ZIPPED = {
    "npz": "a zip archive of NumPy arrays (.npz)",
    "torch": "a file of PyTorch",
    "office": "a document of an office program",
}
FEW = 0.05  # share of zero bytes at the start of a file up to which it still is a text, with faults
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
MARKUP = "a web page or XML (was it saved from a browser?)"
LONG = 2000  # characters of a first line that may be cut
TEXT = ("csv", "tsv", "jsonl", "json", "arff")


def form_of(path: Path) -> str:
    """The format of a table file by its suffix, checked against its first bytes.

    Raises ValueError if the two differ.
    """
    head = head_of(path)
    refuse_markup(path.name, head.decode("utf-8", "replace"))
    held = _zipped(path) if head.startswith(ZIP) else _held(head)
    form = FORMS.get(path.suffix.lower())
    if form is None:
        return _unnamed(path, held)
    zipped = head.startswith(ZIP) and held != "xlsx"
    if (
        held == form
        or (form == "npz" and zipped)
        or (held is None and form in TEXT and not _other_text(head, form))
    ):
        return form
    found = (
        SAYS.get(held, held)
        if held is not None
        else (_other_text(head, form) if form in TEXT else "something else")
    )
    raise ValueError(
        f"{path.name} is named as {SAYS[form]} but holds {found}; {_advice(held, str(found))}"
    )


def head_of(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file; raises ValueError for a missing or an empty one."""
    if not path.exists():
        raise ValueError(f"there is no file {path}{_beside(path)}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder, a file is wanted here")
    with path.open("rb") as file:
        head = file.read(size)
    if not head:
        raise ValueError(f"{path.name} is empty (0 bytes); nothing can be read from it")
    return head


def encoding_of(path: Path, encoding: str | None = None) -> str:
    """The encoding that was asked for, else that of the byte order mark, else UTF-8."""
    head = head_of(path)
    marked = next((name for mark, name in BOMS.items() if head.startswith(mark)), None)
    if encoding is None:
        if (
            marked is None and head.count(0) > len(head) * FEW
        ):  # a few stand in broken texts, which are read, with a note
            side = _utf16(head)
            if side is None:
                raise ValueError(f"{path.name} holds zero bytes; it is not a text file")
            return side
        return marked or "utf-8"
    try:
        known = codecs.lookup(encoding).name
    except LookupError:
        raise ValueError(
            f"there is no encoding {encoding!r}; known are utf-8, utf-16, cp1252, cp1253, "
            "iso8859-7, latin-1 and the others of Python"
        ) from None
    return "utf-8-sig" if known == "utf-8" and marked == "utf-8-sig" else encoding


def _utf16(head: bytes) -> str | None:
    """The byte order of UTF-16 without a mark: every other byte of Latin text is zero."""
    even, odd = head[::2], head[1::2]
    if odd.count(0) > len(odd) / 2 and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > len(even) / 2 and not odd.count(0) else None


def broken_at(path: Path, encoding: str) -> str:
    """A sentence on the first place of a text file that cannot be decoded."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        for raw in iter(lambda: file.readline(), b""):
            try:
                decoder.decode(raw)
            except UnicodeDecodeError as error:
                bad = error.object[error.start]
                before = (
                    f"the {line - 1:,} line{'s' * (line > 2)} before it can"
                    if line > 1
                    else "the first line already"
                )
                cure = "name the right one with encoding=, such as cp1252, cp1253 or latin-1"
                mixed = "; if the file mixes encodings, save it again as UTF-8" if line > 1 else ""
                return (
                    f"{path.name}, line {line:,}: byte 0x{bad:02x} cannot be read as "
                    f"{_plain(encoding)} ({before}); {cure}{mixed}"
                )
            line += 1
    return (
        f"{path.name} ends in the middle of a character of {_plain(encoding)}; the file was cut "
        "short, or encoding= names another one"
    )


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes; of a folder, the names and sizes of all its files."""
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(p for p in path.rglob("*") if p.is_file()):
            digest.update(
                f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\n".encode(
                    "utf-8", "surrogatepass"
                )
            )
        return digest.hexdigest()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(2**20), b""):
            digest.update(block)
    return digest.hexdigest()


def place_of(source: Path | str) -> Path | str:
    """The path that a source is, or its address as text."""
    address = address_of(source)
    return Path(local(source)) if address is None else address


@contextmanager
def copied(address: str) -> Iterator[Path]:
    """A copy of a file at an address in a temporary folder, which goes at the end."""
    with TemporaryDirectory(prefix="reliabel-") as place, fetched(address, Path(place)) as copy:
        yield copy


def sha256_at(address: str) -> str:
    """SHA-256 of names, sizes and times of the files at an address, whose bytes are not read."""
    digest = hashlib.sha256()
    for one in files_at(address):
        digest.update(f"{one.path}\0{one.size}\0{one.written}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _zipped(path: Path) -> str:
    kind = zip_kind(path)
    return kind if kind == "xlsx" else ZIPPED.get(kind, MAGIC[ZIP])


def _held(head: bytes) -> str | None:
    return next((form for magic, form in MAGIC.items() if head.startswith(magic)), None)


def _unnamed(path: Path, held: str | None) -> str:
    if held in ("parquet", "arrow", "npy", "xlsx"):
        return held
    if path.suffix.lower() in (".xls", ".ods", ".xlsb", ".numbers"):
        raise ValueError(
            f"{path.name}: of spreadsheets only .xlsx is read; save the sheet as .xlsx or as CSV "
            "(UTF-8) and give that"
        )
    if held is not None:
        raise ValueError(f"{path.name} holds {held}; {_advice(held, held)}")
    head = head_of(path)
    if _is_markup(head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")):
        raise ValueError(f"{path.name} holds {MARKUP}; {_advice(None, MARKUP)}")
    return next(
        (form for form in ("json", "jsonl") if _other_text(head, "csv") == SAYS[form]), "csv"
    )


def _other_text(head: bytes, form: str) -> str | None:
    """What a text file holds if it is not what its suffix says; None if there is no sign of it."""
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    if _is_markup(text):
        return MARKUP
    if form == "arff":
        found = any(word in text.lower() for word in ("@relation", "@attribute"))
        return None if found or text.startswith("%") else "text without @relation and @attribute"
    if form in ("csv", "tsv"):
        return (
            SAYS["json"]
            if text[:1] == "[" and text[1:].lstrip()[:1] == "{"
            else SAYS["jsonl"]
            if _is_record(text.split("\n")[0])
            else None
        )
    if any(head.startswith(mark) for mark in BOMS if mark != codecs.BOM_UTF8) or text[:1] in (
        "{",
        "[",
    ):
        return None
    return "text that is not JSON"


def _is_markup(text: str) -> bool:
    return text[:15].lower().startswith(("<!doctype", "<html", "<?xml", "<annotation", "<table"))


def _is_record(line: str) -> bool:
    if not line.startswith("{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return len(line) > LONG and line[1:].lstrip().startswith('"')  # cut within a long record
    except RecursionError:
        return False


def _advice(held: str | None, found: str) -> str:
    if held in SAYS or found in SAYS.values():
        suffix = next(suffix for suffix, form in FORMS.items() if found in (form, SAYS[form]))
        return f"rename it to end in {suffix}"
    return "give a CSV, TSV, JSONL, Parquet or Arrow file"


def _beside(path: Path) -> str:
    from difflib import get_close_matches

    names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, names, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _plain(encoding: str) -> str:
    return "UTF-8" if encoding in ("utf-8", "utf-8-sig") else encoding
