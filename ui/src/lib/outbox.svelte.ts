/**
 * Decisions on their way to the server, in the order in which they were made. Each is kept in the
 * browser until the server has logged it, so neither a lost connection nor a closed page loses one.
 */
import { api, freshKey, Refused, Unreachable, type Sent } from "./api";
import { forget, names, read, write } from "./kept";
import type { Card, Saying } from "./types";

export type Op =
  | { kind: "decide"; key: string; row: number; id: string; verdict: Saying; label?: string; whole?: boolean }
  | { kind: "undo"; key: string; of: string | null; row: number | null; seq: number | null }
  | { kind: "release"; key: string; row: number };

type Wanted =
  | Omit<Extract<Op, { kind: "decide" }>, "key">
  | Omit<Extract<Op, { kind: "undo" }>, "key">
  | Omit<Extract<Op, { kind: "release" }>, "key">;

export interface Refusal {
  key: string;
  id: string;
  verdict: Saying;
  label?: string;
  why: string;
}

interface Listener {
  logged: (op: Op, seq: number | null, card: Card | null) => void;
  refused: (op: Op, why: string) => void;
  signedOut: () => void;
}

const BATCH = 50; // decisions sent at once
const WAITS = [300, 600, 1200, 2400, 4000]; // milliseconds between tries
const ORPHANED = 8000; // milliseconds after which another tab's decision is sent from here

export class Outbox {
  ops = $state.raw<readonly Op[]>([]);
  refusals = $state.raw<readonly Refusal[]>([]);
  trouble = $state(""); // why nothing is sent at the moment, in a sentence
  kept = $state(true); // whether the browser keeps them

  readonly #prefix: string;
  readonly #hears: Listener;
  readonly #places = new Map<string, string>(); // key -> where it is kept
  readonly #seqs = new Map<string, number>(); // decision -> its number in the log
  #made = 0;
  #tries = 0;
  #sending = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(prefix: string, hears: Listener) {
    this.#prefix = prefix;
    this.#hears = hears;
    this.refusals = read<Refusal[]>(`${prefix}refused`, []);
    this.adopt(0);
  }

  /** Rows that are decided here, and not known to the server yet. */
  get rows(): Set<number> {
    const rows = new Set<number>();
    for (const op of this.ops) {
      if (op.kind === "decide" && op.verdict !== "add") rows.add(op.row);
      if (op.kind === "undo" && op.row !== null) rows.delete(op.row);
    }
    return rows;
  }

  /** Whether anything about a label is on its way. */
  touches = (row: number) => this.ops.some((op) => op.row === row);

  get undecided(): number {
    return this.ops.filter((op) => op.kind !== "release").length;
  }

  add(wanted: Wanted): Op {
    const op = { ...wanted, key: freshKey() } as Op;
    this.#made += 1;
    const order = `${String(Date.now()).padStart(15, "0")}-${String(this.#made).padStart(6, "0")}-${op.key.slice(0, 6)}`;
    this.#places.set(op.key, `${this.#prefix}op:${order}`);
    this.#keep(op);
    this.ops = [...this.ops, op];
    void this.send();
    return op;
  }

  /** Take over what a closed page, or another tab long ago, left unsent. */
  adopt(age = ORPHANED): void {
    const before = Date.now() - age;
    const found: Op[] = [];
    for (const place of names(`${this.#prefix}op:`)) {
      const made = Number(place.slice(this.#prefix.length + 3).split("-")[0]);
      const op = read<Op | null>(place, null);
      if (!op || made > before || this.#places.has(op.key)) continue;
      this.#places.set(op.key, place);
      found.push(op);
    }
    if (!found.length) return;
    this.ops = [...found, ...this.ops];
    void this.send();
  }

  dismiss(key: string): void {
    this.refusals = this.refusals.filter((one) => one.key !== key);
    write(`${this.#prefix}refused`, this.refusals);
  }

  /** Send what is there; what cannot be sent is tried again. */
  async send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    clearTimeout(this.#timer);
    try {
      while (this.ops.length) await this.#next();
      this.trouble = "";
      this.#tries = 0;
    } catch (wrong) {
      this.#again(wrong);
    } finally {
      this.#sending = false;
    }
  }

  async #next(): Promise<void> {
    const first = this.ops[0]!;
    if (first.kind === "decide") await this.#decisions();
    else if (first.kind === "undo") await this.#undo(first);
    else await this.#one(first, async () => void (await api.release([first.row])));
    this.#tries = 0;
    this.trouble = "";
  }

  async #decisions(): Promise<void> {
    const run: Extract<Op, { kind: "decide" }>[] = [];
    for (const op of this.ops.slice(0, BATCH)) {
      if (op.kind !== "decide") break;
      run.push(op);
    }
    const sent: Sent[] = run.map(told);
    try {
      const { results } = await api.decide(sent);
      const became = new Map(results.map((one) => [one.key, one]));
      for (const op of run) {
        const result = became.get(op.key);
        if (!result) throw new Unreachable("the server did not say what became of a decision");
        if (result.status === "refused") this.#refuse(op, result.why ?? "the server refused it");
        else this.#logged(op, result.seq, null);
      }
    } catch (wrong) {
      if (!final(wrong)) throw wrong;
      // one of them spoils the batch: each by itself
      if (run.length === 1) this.#refuse(run[0]!, (wrong as Refused).message);
      else for (const op of run) await this.#one(op, async () => this.#single(op));
    }
  }

  async #single(op: Extract<Op, { kind: "decide" }>): Promise<void> {
    const { results } = await api.decide([told(op)]);
    const result = results[0];
    if (result?.status === "refused") this.#refuse(op, result.why ?? "the server refused it");
    else this.#logged(op, result?.seq ?? null, null);
  }

  async #undo(op: Extract<Op, { kind: "undo" }>): Promise<void> {
    const seq = op.seq ?? (op.of === null ? null : (this.#seqs.get(op.of) ?? null));
    if (op.of !== null && seq === null) {
      this.#gone(op); // the decision itself was refused: nothing is to be taken back
      return;
    }
    await this.#one(op, async () => {
      const { card, seq: at } = await api.undo(op.key, seq);
      this.#logged(op, at, card);
    });
  }

  /** Send one; what the server refuses for good is shown to the person and not tried again. */
  async #one(op: Op, send: () => Promise<void>): Promise<void> {
    try {
      await send();
      this.#gone(op);
    } catch (wrong) {
      if (!final(wrong)) throw wrong;
      this.#refuse(op, (wrong as Refused).message);
    }
  }

  #logged(op: Op, seq: number | null, card: Card | null): void {
    if (op.kind === "decide" && seq !== null) {
      this.#seqs.set(op.key, seq);
      for (const other of this.ops) {
        if (other.kind === "undo" && other.of === op.key) {
          other.seq = seq;
          this.#keep(other); // so that it can be sent by another page too
        }
      }
    }
    this.#gone(op);
    this.#hears.logged(op, seq, card);
  }

  #refuse(op: Op, why: string): void {
    this.#gone(op);
    if (op.kind === "decide") {
      this.refusals = [...this.refusals, { key: op.key, id: op.id, verdict: op.verdict, label: op.label, why }];
      write(`${this.#prefix}refused`, this.refusals);
    }
    if (op.kind !== "release") this.#hears.refused(op, why);
  }

  #gone(op: Op): void {
    this.ops = this.ops.filter((one) => one.key !== op.key);
    const place = this.#places.get(op.key);
    if (place) forget(place);
  }

  #keep(op: Op): void {
    const place = this.#places.get(op.key);
    this.kept = place !== undefined && write(place, op);
  }

  #again(wrong: unknown): void {
    if (wrong instanceof Refused && wrong.status === 401) {
      this.trouble = "You are signed out; what you decided is kept here and sent once you are back.";
      this.#hears.signedOut();
    } else if (wrong instanceof Unreachable || wrong instanceof Refused) {
      const said = wrong instanceof Unreachable ? wrong.said : wrong.message;
      this.trouble = said
        ? `The server cannot log it now (${said}); what you decide is kept here and sent once it can.`
        : "The server does not answer; what you decide is kept here and sent once it does.";
      if (wrong instanceof Refused) void api.me().catch(() => undefined); // a new secret for POST
    } else throw wrong;
    this.#timer = setTimeout(() => void this.send(), WAITS[Math.min(this.#tries, WAITS.length - 1)]);
    this.#tries += 1;
  }
}

/** A decision as it is sent. */
const told = ({ key, row, verdict, label, whole }: Extract<Op, { kind: "decide" }>): Sent => ({
  key, row, verdict, ...(label === undefined ? {} : { label }), ...(whole ? { whole } : {}),
});

/** Whether trying again cannot help: the server understood, and said no to this very thing. */
const final = (wrong: unknown) => wrong instanceof Refused && ![401, 403, 408].includes(wrong.status);
