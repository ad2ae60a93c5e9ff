/** Numbers and verdicts as people read them. */
import type { Verdict } from "./types";

export const count = (n: number) => n.toLocaleString("en-US");

/** A share as percent, two digits: 3.2 %, 2 %, 78 %, 0.04 %. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) return "?";
  const points = share * 100;
  const digits = points === 0 || points >= 10 ? 0 : points >= 1 ? 1 : 2;
  return `${points.toFixed(digits).replace(/\.0+$/, "")} %`;
}

/** A share that is an upper end: three digits, never rounded down. */
export function atMost(share: number): string {
  const points = share * 100;
  if (!(points > 0)) return "0 %";
  const scale = 10 ** Math.max(0, 2 - Math.floor(Math.log10(points)));
  return `${Math.min(100, Math.ceil(points * scale - 1e-6) / scale)} %`;
}

/** A probability: .87; never quite 0 or 1. */
export function chance(p: number): string {
  if (p >= 0.995) return ">.99";
  if (p < 0.005) return "<.01";
  const text = p.toFixed(2);
  return text.startsWith("0") ? text.slice(1) : text;
}

export const several = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

export const person = (who: string | null) => who ?? "no name";

let form = "class";
/** Verdicts are worded by how labels are judged. */
export const wordedFor = (how: string) => void (form = how);

export function said(verdict: Verdict | string | null, label: string | null | undefined): string {
  if (verdict === "keep") return "keep as given";
  if (verdict === "change") return `change to ${label}`;
  if (verdict === "add") return `add ${label}`;
  if (verdict === "drop") return form === "class" || form === "number" ? "drop the item" : "take the label away";
  return verdict ?? "taken back";
}

/** The moment of an event in the reader's own time. */
export function moment(at: string): string {
  const when = new Date(at);
  return Number.isNaN(when.getTime()) ? at : when.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

export const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
