"""An evaluation in sentences, for the terminal and for the page."""

from __future__ import annotations

import shlex
from pathlib import Path

from reliabel.core.evaluation import Evaluation, ModelPair, NoiseRanking, Share
from reliabel.reporters.shell import chance, percent, several
from reliabel.trust.evaluation import ANY_TIME

SURE = 0.95  # chance from which a model is called better
WIDE = 0.1  # an interval that is wider says little of an accuracy


def render(done: Evaluation, *, folder: str | Path | None = None) -> str:
    """What the reviews say of each model, of each pair, and what to do next."""
    draws = done.models[0].right.draws
    of_them = f", {draws:,} of them drawn by chance" if draws else ""
    wrong = "" if done.wrong != done.wrong else f"; about {percent(done.wrong)} are wrong"
    lines = [f"{several(done.items, 'label')}, {done.reviewed:,} reviewed{of_them}{wrong}"]
    wide = max(len(model.name) for model in done.models)
    for model in sorted(done.models, key=lambda one: -one.right.value):
        lines.append(
            f"  {model.name:<{wide}}  right: {span(model.right)}; the given labels say "
            f"{percent(model.given)}"
        )
        for name, share in (("balanced accuracy", model.balanced), ("macro F1", model.f1)):
            if share is not None:
                lines.append(f"  {'':<{wide}}  {name}: {span(share)}")
    lines += [f"  {pair_sentence(pair)}" for pair in done.pairs]
    if done.ranking is not None:
        lines += [f"  {line}" for line in crossing_sentences(done)]
    lines.append(assumption(done))
    lines += [f"Note: {note}" for note in done.notes]
    why, command = next_step(done, folder)
    then = [f"Next: {command}", f"      ({why})"] if command else [f"Next: {why}"]
    return "\n".join([*lines, *then])


def span(share: Share) -> str:
    """A share with its interval.

    >>> span(Share(0.9, 0.85, 0.95, 0.02, ""))
    '90.0 % (85.0 to 95.0 %)'
    """
    value = f"{100 * share.value:.1f} %"
    if share.low != share.low:
        return f"about {value}"
    return f"{value} ({100 * share.low:.1f} to {100 * share.high:.1f} %)"


def points(share: Share) -> str:
    """A difference in points with its interval.

    >>> points(Share(0.02, -0.01, 0.05, 0.02, ""))
    '+2.0 points (-1.0 to +5.0)'
    """
    if share.low != share.low:
        return f"{100 * share.value:+.1f} points"
    return f"{100 * share.value:+.1f} points ({100 * share.low:+.1f} to {100 * share.high:+.1f})"


def pair_sentence(pair: ModelPair) -> str:
    """Which of two models is better, and how sure that is."""
    if not pair.differ:
        return f"{pair.first} and {pair.second} predict the same on every item"
    lead = f"{pair.first} over {pair.second}: {points(pair.lead)}"
    if pair.lead.low != pair.lead.low:
        return f"{lead}; no draws tell yet whether it is better"
    told = f", P(better) {chance(pair.beats)}" if pair.beats == pair.beats else ""
    sure = "" if pair.lead.low > 0 or pair.lead.high < 0 else "; it may be chance"
    return f"{lead}{told}{sure} ({several(pair.differ, 'item')} where they differ)"


def crossing_sentences(done: Evaluation) -> list[str]:
    """Pairs that change places below twice the share of wrong labels that there is now."""
    ranking = done.ranking
    assert ranking is not None
    names = [model.name for model in done.models]
    near = [one for one in ranking.crossings if one.at <= 2 * ranking.now]
    lines = []
    for one in near:
        low, high = percent(one.low), "100 %" if one.high >= 1 else percent(one.high)
        lines.append(
            f"{names[one.second]} passes {names[one.first]} where {percent(one.at)} of the labels "
            f"are wrong ({low} to {high}); now it is {percent(ranking.now)}"
        )
    if not near:
        return [ranking_sentence(ranking)]
    return lines


def ranking_sentence(ranking: NoiseRanking) -> str:
    """That no pair changes places nearby."""
    return (
        f"no two models change places below twice the share of wrong labels "
        f"({percent(2 * ranking.now)}), by {ranking.items:,} corrected labels"
    )


def assumption(done: Evaluation) -> str:
    """How far the intervals hold."""
    methods = sorted({model.right.method for model in done.models})
    means = "Right means: as people who reviewed the labels say."
    if all(model.right.low != model.right.low for model in done.models):
        return f"No intervals for the shares: {' and '.join(methods)}. {means}"
    return f"Intervals hold with 95 %: {' and '.join(methods)}. {means}"


def next_step(done: Evaluation, folder: str | Path | None) -> tuple[str, str]:
    """Why and what to do next, as a command where the folder is known."""
    batch = done.info.get("batch")
    place = "FOLDER" if folder is None else shlex.quote(str(folder))
    if isinstance(batch, dict) and batch.get("out"):
        why = (
            f"fill in verdict and label of the {batch['labels']:,} labels in {batch['out']}, where "
            f"{' and '.join(batch['models'])} differ, then evaluate again"
        )
        return why, f"reliabel decide {place} {shlex.quote(str(batch['out']))}"
    best = done.pairs[0] if done.pairs else None
    if best is not None and best.differ and not _told(best):
        why = (
            f"only the {several(best.differ, 'item')} on which {best.first} and {best.second} "
            "differ tell which is better: draw some of them with n=50 and out='batch.csv'"
        )
        return why, ""
    right = done.models[0].right
    command = f"reliabel next {place} --plan 0 200 --n 200 -o batch.csv"
    if right.low != right.low:
        return "draw labels to review, for intervals", command
    if right.high - right.low > WIDE and right.method == ANY_TIME:
        why = f"{several(right.draws, 'drawn label')} say little of the accuracies: draw more"
        return why, f"reliabel next {place} --n 100 -o batch.csv"
    return "nothing more is needed; more reviews narrow the intervals", ""


def _told(pair: ModelPair) -> bool:
    return bool(pair.lead.low > 0 or pair.lead.high < 0)
