/** The spans of a sentence: as they stand by now, where they lie in the text, and what was chosen. */
import type { Fresh, Say } from "./review.svelte";
import type { Card, Other, Piece, Wording } from "./types";

export type Words = readonly [number, number]; // from the first one to after the last, within the item

/** A span as a decision writes it; a class alone has the words of the place. */
export function piece(written: string, place: Words): Piece {
  const found = /^(.*\S)\s+(\d+)\s*:\s*(\d+)$/s.exec(written);
  return found ? { label: found[1]!, start: Number(found[2]), end: Number(found[3]) } : { label: written, start: place[0], end: place[1] };
}

export const written = (label: string, [start, end]: Words) => `${label} ${start}:${end}`;
export const share = (a: Words, b: Words) => a[0] < b[1] && b[0] < a[1];
export const range = (one: { start: number; end: number }): Words => [one.start, one.end];

export interface Shown extends Other {
  key: string | null; // of what was added here and may be on its way
}

/** The other spans of a sentence, with what was said of them here. */
export function others(card: Card, says: ReadonlyMap<number, Say>, added: readonly Fresh[], gone: ReadonlySet<number>): Shown[] {
  const found: Shown[] = [];
  for (const one of card.tagged?.others ?? []) {
    const say = one.row === null ? undefined : says.get(one.row);
    if ((one.seq !== null && gone.has(one.seq)) || say?.verdict === "drop" || (say?.verdict === "keep" && one.state === "missing")) continue;
    if (say?.verdict === "change" && say.label !== undefined) found.push({ ...one, ...piece(say.label, range(one)), state: "mended", key: null });
    else found.push({ ...one, key: null });
  }
  for (const one of added) {
    if (one.id !== card.id) continue;
    const now = piece(one.label, [0, 0]);
    const same = found.find((other) => other.label === now.label && other.start === now.start && other.end === now.end);
    if (same) continue; // the server's card knows it
    found.push({ ...now, state: "added", row: null, seq: null, who: null, key: one.key });
  }
  const covered = (one: Shown) => one.state === "missing" && found.some((other) => other.state !== "missing" && share(range(other), range(one)));
  return found.filter((one) => !covered(one)).sort((a, b) => a.start - b.start);
}

export interface Stretch {
  at: number; // where in the text it begins
  text: string;
  given: boolean;
  suggest: boolean;
  mine: boolean;
  other: Shown | null;
  ends: { label: string; what: "given" | "suggest" | "other" }[]; // classes whose spans end here
}

/** A text cut where spans begin and end. */
export function stretches(text: string, words: Wording, given: Piece | null, suggest: Piece | null, mine: Words | null, others: readonly Shown[]): Stretch[] {
  const last = words.starts.length - 1;
  const begin = (word: number) => words.starts[Math.max(0, Math.min(word - words.first, last))]!;
  const stop = (word: number) => Math.max(begin(word) - 1, 0);
  const marks = [...(given ? [given] : []), ...(suggest ? [suggest] : []), ...(mine ? [{ start: mine[0], end: mine[1] }] : []), ...others];
  const cuts = new Set([0, text.length]);
  for (const one of marks) cuts.add(begin(one.start)).add(Math.min(stop(one.end), text.length));
  const places = [...cuts].sort((a, b) => a - b);
  const covers = (one: { start: number; end: number } | null, at: number) => one !== null && begin(one.start) <= at && at < stop(one.end);
  const ending = (one: Piece | null, to: number) => one !== null && stop(one.end) === to;
  return places.slice(0, -1).map((at, i) => {
    const to = places[i + 1]!;
    const other = others.find((one) => covers(one, at)) ?? null;
    const ends: Stretch["ends"] = [];
    if (ending(given, to) && covers(given, at)) ends.push({ label: given!.label ?? "", what: "given" });
    if (ending(suggest, to) && covers(suggest, at)) ends.push({ label: suggest!.label ?? "", what: "suggest" });
    for (const one of others) if (ending(one, to) && covers(one, at)) ends.push({ label: one.label ?? "?", what: "other" });
    const chosen = mine !== null && covers({ start: mine[0], end: mine[1] }, at);
    return { at, text: text.slice(at, to), given: covers(given, at), suggest: covers(suggest, at), mine: chosen, other, ends };
  });
}
