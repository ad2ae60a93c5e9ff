/** Which labels the digits stand for, and finding one among many. */
import { givenName, suggestName } from "./drawing";
import type { Card } from "./types";

const DIGITS = 9;

/**
 * The labels of the keys 1-9. Up to nine classes keep their place on every card; of more, the
 * suggested one, those of the nearest items and those used last stand first.
 */
export function candidates(card: Card, choices: readonly string[], recent: readonly string[]): string[] {
  if (choices.length <= DIGITS) return [...choices];
  const known = new Set(choices);
  const near = card.near.map((one) => one.label);
  const likely = [suggestName(card) ?? "", ...near, ...recent, givenName(card)];
  return [...new Set(likely)].filter((name) => known.has(name)).slice(0, DIGITS);
}

/** Whether labels are digits themselves, as of five stars: their own keys then stand for them. */
export const direct = (labels: readonly string[]) => labels.length > 0 && labels.every((name) => /^\d$/.test(name));

/** The classes of an item of several labels that are shown: all of a few, else what is asked, suspect, or given. */
export function shownUnits(card: Card, classes: number, found: readonly number[]): number[] {
  if (classes <= 12) return [...Array(classes).keys()];
  const { suspects, yes } = card.whole!;
  return [...new Set([...(card.unit === null ? [] : [card.unit]), ...found, ...suspects.map((one) => one.unit), ...yes])];
}

/** Labels that fit what was typed: those that begin so, then those with a word that does, then the rest. */
export function matching(typed: string, choices: readonly string[], recent: readonly string[]): string[] {
  const sought = typed.trim().toLowerCase();
  if (!sought) return [...new Set([...recent, ...choices])];
  const rank = (name: string) => {
    const low = name.toLowerCase();
    if (low === sought) return 0;
    if (low.startsWith(sought)) return 1;
    if (low.split(/[\s_\-/.]+/).some((word) => word.startsWith(sought))) return 2;
    return low.includes(sought) ? 3 : 4;
  };
  return choices
    .map((name) => ({ name, rank: rank(name) }))
    .filter((one) => one.rank < 4)
    .sort((a, b) => a.rank - b.rank)
    .map((one) => one.name);
}
