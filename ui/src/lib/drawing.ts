/** Objects of pictures: what they are called, where they lie, and how a box is moved. */
import type { Box, Card, Shape } from "./types";

/** left, top, width, height: what a pane shows. */
export type View = [number, number, number, number];

export const EDGES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
export type Edge = (typeof EDGES)[number] | "all";

/** The given and the suggested label as people say them: of an object its class alone. */
export function givenName(card: Card): string {
  if (card.tagged) return card.tagged.given?.label ?? "no span here";
  if (!card.drawing) return card.about ? `${card.about}: ${card.given}` : card.given;
  return card.drawing.missing ? "nothing here" : (card.drawing.given?.label ?? card.given);
}

export function suggestName(card: Card): string | null {
  if (card.tagged) return card.tagged.suggest ? (card.tagged.suggest.label ?? "no span") : card.suggest;
  if (card.drawing?.suggest) return card.drawing.suggest.label;
  return card.about && card.suggest !== null ? `${card.about}: ${card.suggest}` : card.suggest;
}

/** Whether nothing is given here, so that the question is whether something is missing. */
export const missing = (card: Card) => (card.tagged ? card.tagged.given === null : Boolean(card.drawing?.missing));

/** The class that goes with words or a box of one's own: that of the label, else the suggested one. */
export function className(card: Card, choices: readonly string[]): string | null {
  if (card.drawing) return card.drawing.given?.label ?? card.drawing.suggest?.label ?? null;
  if (card.tagged) return card.tagged.given?.label ?? card.tagged.suggest?.label ?? null;
  const names = [card.spans?.[0]?.label, ...[card.given, card.suggest].map((one) => one?.replace(/\s+\d+:\d+$/, ""))];
  return names.find((name) => name != null && choices.includes(name)) ?? null;
}

/** What taking the suggestion does, in a word or two. */
export function change(card: Card): string {
  if (missing(card)) return "add it";
  if (card.tagged?.given && card.tagged.suggest) {
    const { given: was, suggest: now } = card.tagged;
    const words = was.start !== now.start || was.end !== now.end;
    return words ? (was.label !== now.label ? "other class and words" : "other words") : "other class";
  }
  const { given, suggest } = card.drawing ?? {};
  if (!card.drawing || !suggest) return "change";
  const moved = given !== null && given !== undefined && String(given.box) !== String(suggest.box);
  const renamed = given?.label !== suggest.label;
  return moved ? (renamed ? "other class and box" : "other box") : "other class";
}

/** A shape as an SVG path. */
export function path(shape: Shape): string {
  if (!shape.outline.length) {
    const [x1, y1, x2, y2] = shape.box;
    return `M${x1} ${y1}H${x2}V${y2}H${x1}Z`;
  }
  return shape.outline.map((ring) => `M${ring.join(" ")}Z`).join("");
}

/** A box as a decision writes it. */
export const written = (box: Box) => box.map((v) => String(Math.round(v * 100) / 100)).join(",");

/** A box after one of its edges, or all of it, was moved; it stays within the picture and has an area. */
export function moved(box: Box, edge: Edge, dx: number, dy: number, width: number, height: number): Box {
  const within = (v: number, low: number, high: number) => Math.round(Math.max(low, Math.min(v, high)));
  let [x1, y1, x2, y2] = box;
  if (edge === "all") {
    const right = within(x1 + dx, 0, Math.max(width - (x2 - x1), 0)) - x1;
    const down = within(y1 + dy, 0, Math.max(height - (y2 - y1), 0)) - y1;
    return [x1 + right, y1 + down, x2 + right, y2 + down];
  }
  if (edge.includes("w")) x1 = within(x1 + dx, 0, x2 - 1);
  if (edge.includes("e")) x2 = within(x2 + dx, x1 + 1, width);
  if (edge.includes("n")) y1 = within(y1 + dy, 0, y2 - 1);
  if (edge.includes("s")) y2 = within(y2 + dy, y1 + 1, height);
  return [x1, y1, x2, y2];
}

/** A view nearer or farther by a factor, around a point that stays where it is. */
export function zoomed(view: View, factor: number, x: number, y: number, whole: View): View {
  const wide = Math.max(8, Math.min(view[2] * factor, whole[2]));
  const scale = wide / view[2];
  return inside([x - (x - view[0]) * scale, y - (y - view[1]) * scale, wide, view[3] * scale], whole);
}

/** A view that shows nothing beside the picture, as far as it can. */
export function inside([x, y, wide, high]: View, whole: View): View {
  const into = (v: number, size: number, end: number) => (size >= end ? (end - size) / 2 : Math.max(0, Math.min(v, end - size)));
  return [into(x, wide, whole[2]), into(y, high, whole[3]), wide, high];
}
