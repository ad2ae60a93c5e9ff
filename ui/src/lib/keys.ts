/** Which key does what; people may change it. */
import { read, write } from "./kept";

export type Action =
  | "keep" | "take" | "slip" | "add" | "whole" | "all" | "find" | "later" | "unsure" | "drop" | "undo" | "next" | "back" | "help";

export type Form = "class" | "span" | "several" | "number" | "object";

/** What keys do; `only` for some forms of labels. */
export const ACTIONS: readonly { id: Action; says: string; key: string; also?: readonly string[]; only?: Form }[] = [
  { id: "keep", says: "The label is right: keep it as given", key: "a" },
  { id: "take", says: "Take the suggested label", key: "y" },
  { id: "slip", says: "Take the number without its slip", key: "t", only: "number" },
  { id: "add", says: "Add a span: choose its words, then a digit gives it a class", key: "n", only: "span" },
  { id: "all", says: "Set all labels of the item as suggested", key: "w", only: "several" },
  { id: "whole", says: "All labels of the item are as shown: the next item", key: "e", also: ["Enter"], only: "several" },
  { id: "find", says: "Find a label by its name", key: "/" },
  { id: "unsure", says: "Unsure: nobody can tell (counts as wrong, stays as it is)", key: "m" },
  { id: "drop", says: "Take the label away: of one label an item the whole item", key: "d" },
  { id: "later", says: "Later: decide nothing, it comes back at the end", key: "s" },
  { id: "undo", says: "Take the last decision back", key: "u" },
  { id: "next", says: "Look at the next label without deciding", key: "j", also: ["ArrowRight", "ArrowDown"] },
  { id: "back", says: "Look at the label before", key: "k", also: ["ArrowLeft", "ArrowUp"] },
  { id: "help", says: "Show the keys", key: "?" },
];

const PLACE = "reliabel:keys";
const DIGITS = "123456789";

type Map = Record<Action, string>;

const standard = () => Object.fromEntries(ACTIONS.map((one) => [one.id, one.key])) as Map;

/** The keys of this browser. */
export const loadKeys = (): Map => ({ ...standard(), ...read<Partial<Map>>(PLACE, {}) });
export const saveKeys = (keys: Map) => write(PLACE, keys);
export const standardKeys = standard;

/** The keys after one action was given another; whoever had that key gets the old one. */
export function remapped(keys: Map, id: Action, key: string): Map {
  const holder = ACTIONS.find((one) => keys[one.id] === key)?.id;
  return { ...keys, ...(holder ? { [holder]: keys[id] } : {}), [id]: key };
}

/** Whether a key can stand for an action: one sign, and none of the digits of the labels. */
export const usable = (key: string) => [...key].length === 1 && key.trim() !== "" && !(DIGITS + "0").includes(key);

/** What a key press means: an action, the place of a label (from 0), or nothing. */
export function meaning(event: KeyboardEvent, keys: Map): Action | number | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  if (event.shiftKey && event.key.startsWith("Arrow")) return null; // they choose words
  if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.closest("button, a, [role='button']")) return null;
  const place = event.key.length === 1 ? DIGITS.indexOf(event.key) : -1;
  if (place >= 0) return place;
  const found = ACTIONS.find((one) => keys[one.id] === event.key || one.also?.includes(event.key));
  return found?.id ?? null;
}

/** Whether somebody is writing, or a dialog has the floor. */
export function elsewhere(event: KeyboardEvent): boolean {
  const at = event.target;
  const writing = at instanceof HTMLElement && at.closest("input, select, textarea, [contenteditable]") !== null;
  return event.defaultPrevented || writing || document.querySelector("dialog[open]") !== null;
}
