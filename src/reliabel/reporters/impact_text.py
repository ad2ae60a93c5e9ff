"""What mending and dropping do to a model, as plain text."""

from __future__ import annotations

from collections.abc import Mapping

from reliabel.core.results import Measure
from reliabel.reporters.shell import percent

SAID = {
    "mended": "with the suspects mended",
    "dropped": "without the suspects",
    "dropped by chance": "without as many items drawn by chance",
}


def render(done: Measure) -> str:
    """The accuracy of each way with its gain over the labels as given, and what was judged on."""
    score, gain = done.parts["score"], done.parts["difference"]
    lines = [f"Accuracy with the labels as given: {score['as given']:.1%}"]
    lines += [f"  {words}: {score[way]:.1%} ({_gain(gain[way])})" for way, words in SAID.items()]
    lines.append(f"Dropping the suspects instead of others: {_gain(list(gain.values())[-1])}")
    lines.append(
        f"{percent(done.info['suspects'])} of the labels are suspects (P(wrong) from "
        f"{done.info['at']:g}, made anew in each of {done.info['splits']} splits); judged on "
        f"{done.info['judged_on']}"
    )
    return "\n".join(lines)


def _gain(of: Mapping[str, float]) -> str:
    """A paired difference in points, and whether its interval leaves zero out."""
    low, high = 100 * of["low"], 100 * of["high"]
    sure = "" if of["low"] > 0 or of["high"] < 0 else ", which may be chance"
    return f"{100 * of['value']:+.1f} points, {low:+.1f} to {high:+.1f}{sure}"
