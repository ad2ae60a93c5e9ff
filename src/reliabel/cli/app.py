"""The command-line app, its settings file, and how errors are reported."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar, get_type_hints

import typer
from typer.core import TyperGroup
from typer.models import OptionInfo

from reliabel.cli.flags import as_flags

P = ParamSpec("P")
R = TypeVar("R")
SETTINGS = "reliabel.toml"
REMARKS = ("Better evidence:", "Skipped:", "Note:", "Wrong ")
OURS, BAD_INPUT, FAILED, CANNOT_TELL, INTERRUPTED = 1, 2, 3, 4, 130

# as the help lists the commands: the order in which people come to need them
IN_ORDER = (
    *("demo", "audit", "sample", "report", "diff", "apply", "impact"),
    *("next", "decide", "review", "user", "log", "certify", "evaluate"),
    *("aggregate", "weak", "learn", "predict", "measure", "corrupt"),
    *("list", "show", "bench", "store", "version"),
)


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(self.commands, key=IN_ORDER.index)


app = typer.Typer(
    name="reliabel",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="A workbench for imperfect labels: which labels are wrong, how many, and what to do about "
    "it.",
    epilog="Start with: reliabel demo        or: reliabel audit FILE --label COLUMN",
)
_debug = {"on": False}  # set once by the root command, before any other runs
_flags: dict[str, str] = {}  # keyword -> option of the command that runs, set by ``spoken``


def _version(asked: bool) -> None:
    if asked:
        from reliabel import __version__

        typer.echo(f"reliabel {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """A workbench for imperfect labels."""
    _debug["on"] = debug
    try:
        ctx.default_map = _settings(Path(SETTINGS), ctx)
    except ValueError as wrong:
        typer.echo(f"reliabel: {wrong}", err=True)
        raise typer.Exit(BAD_INPUT) from wrong


def order_of(text: str | None) -> list[str] | str | None:
    """The classes in the text of ``--order``, or "none"; None where it is not given."""
    if text is None:
        return None
    if text.lstrip().startswith("["):
        try:
            listed = json.loads(text)
        except ValueError as error:
            raise ValueError(f"--order {text} is no JSON list: {error}") from None
        return [str(one) for one in listed]
    if text.strip().casefold() == "none":
        return "none"
    return [one.strip() for one in text.split(",")]


def as_typed(context: typer.Context, *without: str) -> list[str]:
    """The words of the command that runs, so that it can be given again: what people gave, but for
    the parameters ``without``.
    """
    names, options = ["reliabel", str(context.info_name)], list[str]()
    for one in context.command.params:
        name = str(one.name)
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE" or name in without:
            continue
        value = context.params[name]
        several = value if isinstance(value, list | tuple) else [value]
        if one.param_type_name == "argument":
            names += [str(part) for part in several]
        elif value is True:
            options.append(max(one.opts, key=len))
        else:
            options += [word for part in several for word in (max(one.opts, key=len), str(part))]
    return names + options


def spoken(command: Callable[P, R]) -> Callable[P, R]:
    """Wrap a command so that its errors are sentences on stderr with the matching exit code."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        _flags.clear()
        _flags.update(options_by_keyword(command))
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt as stopped:
            typer.echo(
                "reliabel: interrupted; what was finished is kept, the same command goes on from "
                "there",
                err=True,
            )
            raise typer.Exit(INTERRUPTED) from stopped
        except (
            ValueError,
            FileNotFoundError,
            IsADirectoryError,
            NotADirectoryError,
            ModuleNotFoundError,
        ) as wrong:
            _say(wrong)
            raise typer.Exit(BAD_INPUT) from wrong
        except MemoryError as wrong:
            _say(
                MemoryError(
                    f"there is not enough memory for this ({wrong or 'no more could be had'}); "
                    "take a method that needs less (votes: --by one_coin or majority, one number a "
                    "worker or none), fewer rows (--rows), or a machine with more"
                )
            )
            raise typer.Exit(OURS) from wrong
        except OSError as wrong:
            _say(wrong)
            raise typer.Exit(OURS) from wrong

    return wrapped


def options_by_keyword(command: Callable[..., Any]) -> dict[str, str]:
    """Keyword of the library -> option of a command, as its annotations declare them."""
    found = {}
    for name, hint in get_type_hints(command, include_extras=True).items():
        for info in getattr(hint, "__metadata__", ()):
            if isinstance(info, OptionInfo):
                words = (info.default, *(info.param_decls or ()))  # the first is held as a default
                declared = [word for word in map(str, words) if word.startswith("--")]
                option = declared[0] if declared else f"--{name.replace('_', '-')}"
                found[option.removeprefix("--").replace("-", "_")] = option
    return found


def in_options(report: str, command: Callable[..., Any]) -> str:
    """A report for the terminal with the keywords of the library in its remarks as options of the
    command that makes such reports; lines that hold paths and commands stay as they are.
    """
    options = options_by_keyword(command)
    return "\n".join(
        as_flags(line, options) if line.startswith(REMARKS) else line for line in report.split("\n")
    )


def _say(wrong: BaseException) -> None:
    if _debug["on"]:
        raise wrong
    typer.echo(f"reliabel: {as_flags(str(wrong), _flags)}", err=True)


def _settings(path: Path, ctx: typer.Context) -> dict[str, Any]:
    """Defaults from the table [reliabel] of reliabel.toml: options for all commands, and tables for
    single ones.
    """
    if not path.is_file():
        return {}
    import tomllib

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("reliabel", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise ValueError(f"{path} cannot be read: {wrong}") from wrong
    shared = {
        key.replace("-", "_"): value for key, value in table.items() if not isinstance(value, dict)
    }
    names = list(getattr(ctx.command, "commands", {}))
    own = {key: value for key, value in table.items() if isinstance(value, dict)}
    unknown = sorted(set(own) - set(names))
    if unknown:
        raise ValueError(
            f"{path} has a table for {unknown[0]!r}, which is no command; commands: "
            f"{', '.join(names)}"
        )
    return {
        name: {
            **shared,
            **{key.replace("-", "_"): value for key, value in own.get(name, {}).items()},
        }
        for name in names
    }


def options_of(text: str | None, example: str) -> dict[str, Any]:
    """The mapping that --options gives as JSON; ``example`` shows how the command is given one."""
    if text is None:
        return {}
    import json

    try:
        value = json.loads(text)
    except json.JSONDecodeError as wrong:
        raise ValueError(f"--options is not JSON: {wrong}; write it like: {example}") from wrong
    if not isinstance(value, dict):
        raise ValueError(f"--options must be a JSON object, as in: {example}; got {text}")
    return value


def note(*sentences: str) -> None:
    """Print a note on stderr, with keywords of the library as options of the command."""
    for sentence in sentences:
        typer.echo(as_flags(sentence, _flags), err=True)


def interactive() -> bool:
    """Whether stderr is a terminal, so that progress is shown."""
    return sys.stderr.isatty()
