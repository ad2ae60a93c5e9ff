"""Ultralytics' data.yaml: the few forms of YAML that it is written in, read without a library."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from reliabel.formats.files import broken_at

KEY = re.compile(r"""^\s*(?:-\s+)?(?P<key>[^\s:#'"\[\]{}][^:]*|"[^"]*"|'[^']*'):(?:\s+|$)""")
PLAIN = re.compile(r"(?!(?i:y|n|yes|no|on|off|true|false|null)$)[A-Za-z]\w*(?:[ -]\w+)*")
KEYS = ("path", "train", "val", "valid", "test", "names", "nc")


def read(path: Path) -> dict[str, Any]:
    """The members of a file: text, or lists of text; ``names`` is a mapping of numbers to names.

    Raises ValueError for what is not one of these forms, with the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ValueError(broken_at(path, "utf-8")) from None
    found: dict[str, Any] = {}
    number = 0
    while number < len(lines):
        bare = _without_comment(lines[number])
        number += 1
        if not bare.strip() or bare.strip() in ("---", "..."):
            continue
        key, value = _pair(path, bare, number)
        inner: list[tuple[int, str]] = []
        while value[:1] in ("[", "{") and value[-1] not in "]}" and number < len(lines):
            value = f"{value} {_without_comment(lines[number]).strip()}".strip()
            number += 1
        while number < len(lines) and _belongs(lines[number]):
            held = _without_comment(lines[number])
            number += 1
            inner += [(number, held)] if held.strip() else []
        if key not in KEYS:
            continue
        found[key] = _value(path, value, inner, number)
    names = found.get("names")
    if isinstance(names, list):
        found["names"] = dict(enumerate(names))
    elif isinstance(names, str):
        raise ValueError(f"{path.name}: names is {names[:60]!r}, a list of class names is wanted")
    return found


def with_names(path: Path, more: Mapping[int, str]) -> str:
    """The text of a file with more classes after those that it names; all else stays as it is.

    Raises ValueError where it names none.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = file.read().splitlines(keepends=True)
    at = next((j for j, line in enumerate(lines) if re.match(r"names\s*:(\s|$)", line)), None)
    if at is None:
        raise ValueError(f"{path.name} names no classes, so that no new one can be added to it")
    end = "\r\n" if lines[at].endswith("\r\n") else "\n"
    lines = [line if line.endswith(("\n", "\r")) else line + end for line in lines]
    value = _without_comment(lines[at]).split(":", 1)[1].strip()
    if value[:1] in ("[", "{"):
        last, closing = at, "]" if value[0] == "[" else "}"
        while _without_comment(lines[last]).rstrip()[-1:] != closing:
            last += 1
        cut = len(_without_comment(lines[last]).rstrip()) - 1
        before = "".join([*lines[:last], lines[last][:cut]]).rstrip()
        numbered = [f"{n}: {_written(name)}" for n, name in more.items()]
        told = numbered if closing == "}" else [_written(name) for name in more.values()]
        comma = "" if before.endswith((",", "[", "{")) else ","
        made = f"{before}{comma} {', '.join(told)}{lines[last][cut:]}{''.join(lines[last + 1 :])}"
    else:
        held = [j for j in range(at + 1, len(lines)) if lines[j].strip()]
        mine = list(takewhile(lambda j: _belongs(lines[j]), held))
        mine = [j for j in mine if not lines[j].lstrip().startswith("#")]
        old = lines[mine[-1]] if mine else "  "
        lead = old[: len(old) - len(old.lstrip())]
        dash = old.lstrip().startswith("-")
        told = [
            f"{lead}{'-' if dash else f'{n}:'} {_written(name)}{end}" for n, name in more.items()
        ]
        place = mine[-1] + 1 if mine else at + 1
        made = "".join([*lines[:place], *told, *lines[place:]])
    many = max(more) + 1
    return re.sub(r"(?m)^(nc\s*:\s*)\d+", lambda m: f"{m[1]}{many}", made)


def _written(name: str) -> str:
    """A name as YAML reads it as text, whatever it holds."""
    return name if PLAIN.fullmatch(name) else "'" + name.replace("'", "''") + "'"


def _belongs(line: str) -> bool:
    """Whether a line belongs to the key above it."""
    return not line.strip() or line[:1] in (" ", "\t", "#") or line.startswith("- ")


def _value(path: Path, value: str, inner: list[tuple[int, str]], number: int) -> Any:
    if value and not inner:
        return _flow(path, value, number)
    if not inner:
        return ""
    if all(line.strip().startswith("-") for _, line in inner):
        return [_scalar(line.strip()[1:].strip()) for _, line in inner]
    pairs = dict(_pair(path, line, at) for at, line in inner)
    return _numbered(path, {key: _scalar(held) for key, held in pairs.items()}, number)


def _flow(path: Path, value: str, number: int) -> Any:
    if value[0] not in "[{":
        return _scalar(value)
    if value[-1] not in "]}":
        raise ValueError(f"{path.name}, line {number:,}: the list {value[:40]!r}... does not end")
    parts = [part for part in _parts(value[1:-1]) if part.strip()]
    if value[0] == "[":
        return [_scalar(part.strip()) for part in parts]
    pairs = dict(_pair(path, part, number) for part in parts)
    return _numbered(path, {key: _scalar(held) for key, held in pairs.items()}, number)


def _numbered(path: Path, pairs: dict[str, str], number: int) -> dict[int, str]:
    if not all(key.lstrip("-").isdigit() for key in pairs):
        raise ValueError(
            f"{path.name}, line {number:,}: names are numbered from 0 (0: person), got "
            f"{', '.join(list(pairs)[:5])}"
        )
    return {int(key): name for key, name in pairs.items()}


def _parts(text: str) -> list[str]:
    """The parts of a list, at commas that stand outside quotes."""
    return re.findall(r"(?:\"[^\"]*\"|'[^']*'|[^,])+", text)


def _pair(path: Path, line: str, number: int) -> tuple[str, str]:
    found = KEY.match(line.strip() if line[:1] in " \t" else line)
    if found is None:
        raise ValueError(
            f"{path.name}, line {number:,}: {line.strip()[:60]!r} is no 'key: value' line of a "
            "data.yaml"
        )
    held = line.strip() if line[:1] in " \t" else line
    return _scalar(found["key"].strip()), held[found.end() :].strip()


def _scalar(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    return "" if text in ("~", "null") else text


def _without_comment(line: str) -> str:
    if "#" not in line:
        return line.rstrip()
    found = re.match(r"(?:\"[^\"]*\"|'[^']*'|(?!\s#)[^\"']|[\"'])*", line)
    held = found.group() if found else line
    return "" if line.lstrip().startswith("#") else held.rstrip()
