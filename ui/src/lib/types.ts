/** What the server and the page say to each other (src/reliabel/review/app.py). */

export type Verdict = "keep" | "change" | "drop" | "unsure";
export type Saying = Verdict | "add";
export type Role = "reviewer" | "adjudicator" | "admin";

export interface Me {
  who: string | null;
  role: Role;
  csrf: string;
  folder: string;
  log: string; // which log this is: what is kept in the browser belongs to it
  mode: "local" | "team";
  blind: boolean;
  target: number;
  kind: string;
  choices: string[];
  sources: string[];
  suggestions: boolean;
  labels: number;
  form: "class" | "span" | "several" | "number" | "object"; // how labels are judged
  called: [string, string]; // one such label, and several
  classes: string[]; // what each of several labels of an item is about
  numbers: { low: number; high: number; whole: boolean } | null; // what the given numbers are like
  lease: number; // seconds for which a label that was handed out is nobody else's
}

export interface Part {
  name: string;
  kind: "text" | "picture" | "value";
  value?: string | null;
  url?: string | null;
  cut?: number; // characters at the end that were left out
}

export interface Near {
  row: number;
  id: string;
  label: string;
  distance: number | null;
  text?: string | null;
  url?: string | null;
}

/** A marked piece of the first text of a card, in characters. */
export interface Span {
  start: number;
  end: number;
  label?: string | null;
}

/** left, top, right, bottom, in pixels of the picture. */
export type Box = [number, number, number, number];

/** An object of a picture; its outline as rings of x, y, x, y, ... where it is a region. */
export interface Shape {
  box: Box;
  outline: number[][];
  label: string | null;
}

/** The objects of a picture around the one that is judged. */
export interface Drawing {
  width: number;
  height: number;
  given: Shape | null;
  suggest: Shape | null;
  missing: boolean; // nothing is given here
  others: Shape[];
  left: number; // others that were left out
  near: [number, number, number, number]; // left, top, width, height of what is shown enlarged
  near_url: string | null;
  movable: boolean; // whether another box may be given
}

/** The words of the first text: the number of its first one, and where each begins. */
export interface Wording {
  first: number;
  starts: number[]; // one more than there are words: where the next would begin
}

/** Words from the first one to after the last, counted within the item, and the class they have. */
export interface Piece {
  label: string | null;
  start: number;
  end: number;
}

/** Another span of the sentence, as it stands by now. */
export interface Other extends Piece {
  state: "given" | "mended" | "missing" | "added";
  row: number | null;
  seq: number | null;
  who: string | null;
}

/** The spans of a sentence: the one that is judged, and the others. */
export interface Tagged {
  given: Piece | null;
  suggest: Piece | null;
  place: Piece;
  others: Other[];
  apart: boolean; // whether no two may share words
}

/** All yes-or-no labels of an item. */
export interface Whole {
  first: number; // the row of the first class
  yes: number[];
  unknown: number[];
  suspects: { unit: number; p: number }[];
  said: Record<number, string>;
}

/** The interval of a suggested number, and a slip that explains the given one. */
export interface Range {
  low: string | null;
  high: string | null;
  slip: string | null;
  how: string | null;
}

export interface Said {
  who: string | null;
  verdict: Verdict | null;
  label: string | null;
  at: string;
  kind?: string;
  seq?: number;
}

export interface Card {
  row: number;
  id: string;
  unit: number | null;
  about: string | null;
  item: Part[];
  given: string;
  suggest: string | null;
  p_wrong: number | null;
  why: string;
  near: Near[];
  spans?: Span[];
  words?: Wording | null;
  drawing?: Drawing | null;
  tagged?: Tagged | null;
  whole?: Whole | null;
  number?: Range | null;
  until?: number | null;
  history?: Said[] | null;
}

export interface Certificate {
  upper: number;
  target: number;
  confidence: number;
  may_stop: boolean;
  about_more: [number, number] | null;
  sentence: string;
}

export interface Counts {
  seq: number;
  n: number;
  decided: number;
  wrong: number;
  mine: number;
  open_draws: number;
  second_open: number;
  conflicts: number;
  per_person: { who: string | null; n: number }[];
  certificate: Certificate;
  curve: [number, number][];
}

export interface Filter {
  given?: string;
  suggest?: string;
  p_from?: number;
  p_to?: number;
  verdict?: string;
  who?: string;
  text?: string;
  group?: number;
  rows?: number[];
}

export type Source = "queue" | "second" | { filter: Filter };

export interface Claimed {
  cards: Card[];
  why: string;
  left: boolean;
}

export interface Result {
  key: string;
  status: "logged" | "known" | "refused";
  seq: number | null;
  why?: string | null;
}

export interface Change {
  seq: number;
  kind: string;
  row: number | null;
  id: string | null;
  who: string | null;
  verdict: Verdict | null;
  label: string | null;
  at: string;
}

export interface Group {
  group: number;
  rows: number[];
  labels: string[];
  conflicting: boolean;
}

export interface Conflict {
  card: Card;
  verdicts: Said[];
}

export interface Agreement {
  n: number;
  raw: number | null;
  chance_corrected: number | null;
  measure: string;
  pairs: { a: string | null; b: string | null; n: number; raw: number | null }[];
  sentence: string;
}

export interface Proof {
  sentences: string[];
  may_stop: boolean;
  upper: number;
  target: number;
  confidence: number;
  table: [string, string | number][];
  curve: [number, number][];
  budget: [number, number, number, number][] | null;
  dull: string | null;
  assumed: string[];
}
