"""learn, predict: from labels of which some are wrong to a model, and from a model to labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from reliabel.cli.app import app, in_options, note, spoken
from reliabel.cli.options import (
    AsJson,
    Delimiter,
    Encoding,
    Features,
    Id,
    Image,
    Label,
    MergeAlike,
    Missing,
    Seed,
    Separator,
    Sheet,
    Text,
    Workers,
    one_or_all,
)


@app.command(
    short_help="Train a model that survives wrong labels.",
    epilog="Examples:  reliabel learn reviews.csv --label sentiment --text review -o "
    "reviews.model   |   "
    "reliabel learn y.csv --label y --by linear_probe -o y.model",
)
@spoken
def learn(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A table (CSV, TSV, JSON, JSONL, Parquet, Arrow, Excel), compressed or not; an "
            "export of a labelling tool; or a folder of pictures sorted by class.",
            show_default=False,
        ),
    ],
    label: Label = None,
    by: Annotated[
        str,
        typer.Option(
            help="The learner (reliabel list --verb learn), or auto, which compares several by "
            "held-out labels."
        ),
    ] = "auto",
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME=VALUE",
            help="An option of the learner, or of the training: epochs, batch, lr, decay, hidden, "
            "balance, hold_out, device, ...; may be given several times.",
            show_default=False,
        ),
    ] = None,
    tune: Annotated[
        bool,
        typer.Option(
            "--tune", help="Choose lr, decay and epochs by held-out labels; auto always does."
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", help="The model folder.  [FILE's name + .model]", show_default=False
        ),
    ] = None,
    text: Text = None,
    image: Image = None,
    id: Id = None,
    group: Annotated[
        str | None,
        typer.Option(
            help="The column of what belongs together (patient, document): held out together.",
            show_default=False,
        ),
    ] = None,
    item: Annotated[
        str | None,
        typer.Option(help="For votes: the column that names the item.", show_default=False),
    ] = None,
    worker: Workers = None,
    features: Features = None,
    probs: Annotated[
        Path | None,
        typer.Option(
            help="Out-of-sample probabilities, (n, k), from which noise is estimated.  [made]",
            show_default=False,
        ),
    ] = None,
    trusted: Annotated[
        str | None,
        typer.Option(
            help="The column that says which labels were checked, for learners that use it.",
            show_default=False,
        ),
    ] = None,
    noise_matrix: Annotated[
        str | None,
        typer.Option(
            help="A file of the (k, k) chance of a given label (column) under a true one (row), or "
            "auto to estimate it.",
            show_default=False,
        ),
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(help="Probabilities of another model, (n, k).", show_default=False),
    ] = None,
    privileged: Annotated[
        Path | None,
        typer.Option(help="Features at hand only in training, (n, e).", show_default=False),
    ] = None,
    embed: Annotated[
        str,
        typer.Option(
            help="How features are made: auto, tfidf, minilm, multilingual, patches, efficientnet, "
            "table or a model's name."
        ),
    ] = "auto",
    model: Annotated[
        str,
        typer.Option(
            help="What makes missing probabilities: auto, logistic or any scikit-learn classifier "
            "by name."
        ),
    ] = "auto",
    dynamics: Annotated[
        bool, typer.Option("--dynamics", help="Record how each label was learnt.")
    ] = False,
    missing: Missing = None,
    separator: Separator = None,
    merge_alike: MergeAlike = False,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
    seed: Seed = 0,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on with the training that was begun in the folder, and begin no other.",
        ),
    ] = False,
    json_: AsJson = False,
) -> None:
    """Train a model on labels of which some are wrong, and write a model folder.  An interrupted
    training goes on where it stopped when the same command is given again.
    """
    import reliabel as rl
    from reliabel.cli.progress import listening
    from reliabel.reporters.model_text import model_text

    folder = out or Path(f"{file.resolve().stem if file.is_file() else file.resolve().name}.model")
    columns: dict[str, Any] = {
        "label": label[0] if label and len(label) == 1 else label,
        "text": text,
        "image": image,
        "id": id,
        "group": group,
        "item": item,
        "worker": one_or_all(worker),
    }
    form: dict[str, Any] = {
        "missing": tuple(missing or ()),
        "separator": separator,
        "merge_alike": merge_alike,
        "encoding": encoding,
        "delimiter": delimiter,
        "sheet": sheet,
    }
    data = rl.read(file, **columns, **form, features=features, probs=probs)
    evidence: dict[str, Any] = {
        "trusted": trusted,
        "noise_matrix": noise_matrix,
        "teacher": teacher,
        "privileged": privileged,
        "dynamics": dynamics or None,
    }
    with listening():
        done = rl.learn(
            data,
            by=by,
            seed=seed,
            embed=embed,
            model=model,
            tune=tune,
            folder=folder,
            resume=resume,
            **{name: value for name, value in evidence.items() if value is not None},
            **_options(option or ()),
        )
    note(*done.info["warnings"])
    if json_:
        typer.echo(json.dumps(_card(done, folder), ensure_ascii=False))
    else:
        typer.echo(in_options(model_text(done, folder), learn))


@app.command(
    short_help="Let a trained model label new items.",
    epilog="Example:  reliabel predict reviews.model new.csv -o predicted.csv",
)
@spoken
def predict(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A model folder.", show_default=False)
    ],
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="A table with the columns that the model was trained on, or a folder of pictures; "
            "none where --features stand alone.",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            help="The table of predictions; its suffix says the format.  [standard output, as CSV]",
            show_default=False,
        ),
    ] = None,
    features: Features = None,
    text: Annotated[
        str | None,
        typer.Option(help="The column of texts.  [as in training]", show_default=False),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option(help="The column of picture paths.  [as in training]", show_default=False),
    ] = None,
    id: Id = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    sheet: Sheet = None,
) -> None:
    """Predict the class of new items: a table with the id, the class, its probability and that of
    every class.
    """
    import reliabel as rl
    from reliabel.cli.progress import listening
    from reliabel.verbs.write_predictions import predictions_csv, write_predictions

    with listening():
        done = rl.predict(
            model,
            file,
            features=features,
            text=text,
            image=image,
            id=id,
            encoding=encoding,
            delimiter=delimiter,
            sheet=sheet,
        )
    note(*done.info["warnings"])
    if out is None:
        typer.echo(predictions_csv(done), nl=False)
        return
    write_predictions(done, out, beside=file)
    typer.echo(f"{out}: {len(done):,} predictions by {done.info['by']}")


def _options(given: list[str] | tuple[()]) -> dict[str, Any]:
    """NAME=VALUE pairs; a value is a number, true, false or null as in JSON, else a word."""
    found: dict[str, Any] = {}
    for pair in given:
        name, mark, value = pair.partition("=")
        if not mark or not name:
            raise ValueError(
                f"--option takes a name and a value, such as --option epochs=40; got {pair!r}"
            )
        found[name.strip().replace("-", "_")] = _value(value.strip())
    return found


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return {"True": True, "False": False, "None": None}.get(text, text)
    return tuple(value) if isinstance(value, list) else value


def _card(done: Any, folder: Path) -> dict[str, Any]:
    from reliabel.folders.audit_card import plain

    info = {
        name: plain(value)
        for name, value in done.info.items()
        if name not in ("embedder", "training", "loss", "data")
    }
    return {"folder": str(folder), **info}
