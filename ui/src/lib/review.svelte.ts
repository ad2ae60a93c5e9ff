/** The one store: who reviews, which labels they hold, what they decided, and how far all are. */
import { api, reason, Refused, sized, Unreachable } from "./api";
import { said, several, wordedFor } from "./format";
import { read, write } from "./kept";
import { loadKeys, saveKeys } from "./keys";
import { Outbox, type Op } from "./outbox.svelte";
import type { Card, Change, Counts, Me, Saying, Source, Verdict } from "./types";

const AHEAD = 24; // labels held ready, so that the next one is there at once
const MOST = 100; // held by somebody who decides very quickly, and asked for at once
const QUICK = 5; // seconds of work to hold ready
const PICTURES = 8; // of the next labels, fetched before they are shown
const BEAT = 2000; // milliseconds between looks at what others did
const SOON = 400; // milliseconds of rest after which counts are asked for
const UNDOS = 500;

interface Made {
  key: string;
  more?: readonly string[]; // keys of what was decided together with it, on the same item
  card: Card;
  verdict: Saying;
  label?: string;
}

/** What was said of a label here, before the server's cards know it. */
export interface Say {
  verdict: Verdict;
  label?: string;
}

/** A span that was added here. */
export interface Fresh {
  key: string;
  id: string;
  label: string; // as a decision writes it
}

interface Held {
  card: Card;
  at: number; // when it was handed out, by the clock of this machine
}

export class Review {
  phase = $state<"starting" | "login" | "ready">("starting");
  me = $state.raw<Me | null>(null);
  counts = $state.raw<Counts | null>(null);
  held = $state.raw<readonly Held[]>([]);
  place = $state(0);
  source = $state.raw<Source>("queue");
  why = $state("");
  filling = $state(false);
  finished = $state(false); // the server has no more labels of this source
  reachable = $state(true);
  notice = $state(""); // one sentence for the person, until they go on
  spoken = $state(""); // for screen readers
  overtaken = $state<number | null>(null); // the row on the screen, if somebody else decided it
  changes = $state.raw<readonly Change[]>([]); // seen while the page is open, the newest first
  recent = $state.raw<readonly string[]>([]); // labels used last
  says = $state.raw<ReadonlyMap<number, Say>>(new Map()); // row -> what was said of it here
  added = $state.raw<readonly Fresh[]>([]);
  gone = $state.raw<ReadonlySet<number>>(new Set()); // events of added spans that were taken back here
  keys = $state.raw(loadKeys());
  outbox = $state.raw<Outbox | null>(null);

  current = $derived<Card | null>(this.held[this.place]?.card ?? null);

  #seq = 0;
  #judged = new Set<number>(); // rows decided here
  #mine = new Set<number>(); // events of the log that were made here
  #aside = new Set<number>();
  #made: Made[] = [];
  #moments: number[] = [];
  #asked = 0; // when the server last had nothing more
  #stale = false; // counts are older than the log
  #counted = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;

  async start(): Promise<void> {
    try {
      const me = await api.me();
      this.me = me;
      wordedFor(me.form);
      this.reachable = true;
      this.outbox ??= this.#box(me);
      this.recent = read<string[]>(this.#name("recent"), []).filter((name) => me.choices.includes(name));
      await this.#count();
      this.#seq = this.counts?.seq ?? 0;
      this.phase = "ready";
      void this.outbox.send();
      void this.fill();
    } catch (wrong) {
      this.#trouble(wrong);
      if (wrong instanceof Unreachable) setTimeout(() => void this.start(), 1000);
    }
  }

  #box(me: Me): Outbox {
    return new Outbox(`reliabel:${me.log}:${me.who ?? ""}:`, {
      logged: (op, seq, card) => this.#logged(op, seq, card),
      refused: (op, why) => this.#refused(op, why),
      signedOut: () => (this.phase = "login"),
    });
  }

  #name = (what: string) => `reliabel:${this.me?.log ?? ""}:${this.me?.who ?? ""}:${what}`;

  // -- deciding

  decide(verdict: Verdict, label?: string): void {
    const held = this.held[this.place];
    if (!held || !this.outbox) {
      this.notice = this.finished ? "No label is left to judge here." : "The next label is still on its way; the key did nothing.";
      return;
    }
    if (this.#expired(held)) {
      this.notice = "This label was held for you too long, so it is asked for again; nothing was decided.";
      void this.renew();
      return;
    }
    const { card } = held;
    const same = verdict === "change" && label === card.given;
    const meant: Verdict = same ? "keep" : verdict;
    const to = meant === "change" ? label : undefined;
    const op = this.outbox.add({ kind: "decide", row: card.row, id: card.id, verdict: meant, ...(to === undefined ? {} : { label: to }) });
    this.#made = [...this.#made, { key: op.key, card, verdict: meant, label: to }].slice(-UNDOS);
    if (to !== undefined) this.#used(to);
    this.#saying(card.row, { verdict: meant, label: to });
    this.#moments = [...this.#moments, Date.now()].slice(-10);
    this.#judged.add(card.row);
    this.#drop(card.row);
    this.#tell(`${card.id}: ${said(meant, to)}.`);
  }

  /** Add a span where none is listed; the label on the card is still to be judged. */
  add(label: string): void {
    const card = this.current;
    if (!card || !this.outbox) return;
    const op = this.outbox.add({ kind: "decide", row: card.row, id: card.id, verdict: "add", label });
    this.#made = [...this.#made, { key: op.key, card, verdict: "add" as const, label }].slice(-UNDOS);
    this.added = [...this.added, { key: op.key, id: card.id, label }];
    this.notice = "";
    this.spoken = `${card.id}: added ${label}.`;
  }

  /** Take back a span that somebody added: by its event, or by the key of what is on its way. */
  takeBack(seq: number | null, key: string | null): void {
    const card = this.current;
    if (!card || !this.outbox) return;
    this.outbox.add({ kind: "undo", of: key, row: null, seq });
    if (seq !== null) this.gone = new Set([...this.gone, seq]);
    this.added = this.added.filter((one) => one.key !== key);
    this.#made = this.#made.filter((one) => one.key !== key);
    this.spoken = `${card.id}: the added span is taken back.`;
  }

  /** Decide all labels of the item: as given, but for those that differ (row -> label). */
  decideAll(other: ReadonlyMap<number, string>): void {
    const held = this.held[this.place];
    if (!held || !this.outbox) return;
    if (this.#expired(held)) {
      this.notice = "This item was held for you too long, so it is asked for again; nothing was decided.";
      void this.renew();
      return;
    }
    const { card } = held;
    const { row, id } = card;
    const first = this.outbox.add({ kind: "decide", row, id, verdict: "keep", whole: true });
    const more = [...other].map(([at, label]) => this.outbox!.add({ kind: "decide", row: at, id, verdict: "change", label }).key);
    const label = `${other.size} of its labels`;
    this.#made = [...this.#made, { key: first.key, more, card, verdict: other.size ? ("change" as const) : ("keep" as const), label }].slice(-UNDOS);
    this.#moments = [...this.#moments, Date.now()].slice(-10);
    const base = card.whole!.first;
    for (let unit = 0; unit < this.me!.classes.length; unit += 1) {
      this.#judged.add(base + unit);
      this.#saying(base + unit, other.has(base + unit) ? { verdict: "change", label: other.get(base + unit)! } : { verdict: "keep" });
    }
    this.held = this.held.filter((one) => one.card.id !== id || !one.card.whole);
    this.#stay();
    void this.fill();
    this.#tell(`${id}: all labels decided, ${other.size} changed.`);
  }

  /** Look at another label now; it is judged before the one on the screen. */
  async look(row: number): Promise<void> {
    const at = this.held.findIndex((one) => one.card.row === row);
    if (at >= 0) {
      this.place = at;
      return;
    }
    try {
      this.#back(await api.item(row));
    } catch (wrong) {
      this.#trouble(wrong);
    }
  }

  #saying(row: number, say: Say | null): void {
    const says = new Map(this.says);
    if (say) says.set(row, say);
    else says.delete(row);
    this.says = says;
  }

  take(): void {
    const suggest = this.current?.suggest;
    if (suggest === null || suggest === undefined) this.notice = "No label is suggested here.";
    else this.decide("change", suggest);
  }

  /** Decide nothing now; the label comes back at the end, and a draw stays open. */
  later(): void {
    const card = this.current;
    if (!card) return;
    this.#aside.add(card.row);
    this.outbox?.add({ kind: "release", row: card.row });
    this.#drop(card.row);
    this.#tell(`${card.id}: later.`);
  }

  undo(): void {
    const last = this.#made.pop();
    if (!this.outbox) return;
    if (last?.verdict === "add") {
      this.outbox.add({ kind: "undo", of: last.key, row: null, seq: null });
      this.added = this.added.filter((one) => one.key !== last.key);
      this.#tell(`Taken back: ${said(last.verdict, last.label)}, of ${last.card.id}.`);
    } else if (last) {
      for (const key of [...(last.more ?? [])].reverse()) this.outbox.add({ kind: "undo", of: key, row: null, seq: null });
      this.outbox.add({ kind: "undo", of: last.key, row: last.card.row, seq: null });
      const { whole } = last.more ? last.card : { whole: null };
      for (let unit = 0; whole && unit < this.me!.classes.length; unit += 1) {
        this.#judged.delete(whole.first + unit);
        this.#saying(whole.first + unit, null);
      }
      this.#saying(last.card.row, null);
      this.#back(last.card);
      this.#tell(`Taken back: ${said(last.verdict, last.label)}, of ${last.card.id}. Unsure until it is decided again.`);
    } else {
      this.outbox.add({ kind: "undo", of: null, row: null, seq: null });
    }
  }

  get undoable(): Made | null {
    return this.#made.at(-1) ?? null;
  }

  step(by: number): void {
    this.place = Math.max(0, Math.min(this.place + by, this.held.length - 1));
    this.overtaken = null;
  }

  /** What was said last, for the foot of the card. */
  get last(): string {
    const made = this.undoable;
    if (!made) return "";
    return made.more ? `${made.verdict === "keep" ? "all labels kept" : `${made.label} changed`}` : said(made.verdict, made.label);
  }

  #used(label: string): void {
    if (this.me?.choices.length && !this.me.choices.includes(label)) return; // a class with words or a box of its own
    this.recent = [label, ...this.recent.filter((one) => one !== label)].slice(0, 9);
    write(this.#name("recent"), this.recent);
  }

  #tell(sentence: string): void {
    this.notice = "";
    this.spoken = `${sentence} ${this.current ? `Next: ${this.current.id}, given ${this.current.given}.` : ""}`;
  }

  #drop(row: number): void {
    this.held = this.held.filter((one) => one.card.row !== row);
    this.#stay();
    void this.fill();
  }

  #stay(): void {
    this.place = Math.max(0, Math.min(this.place, this.held.length - 1));
    this.overtaken = null;
    this.#fetchPictures();
  }

  #back(card: Card): void {
    this.#judged.delete(card.row);
    const rest = this.held.filter((one) => one.card.row !== card.row);
    this.held = [...rest.slice(0, this.place), { card, at: Date.now() }, ...rest.slice(this.place)];
    this.overtaken = null;
  }

  // -- what the server says of what was sent

  #logged(op: Op, seq: number | null, card: Card | null): void {
    this.reachable = true;
    this.#stale = true;
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => void this.recount(), SOON);
    if (op.kind === "undo" && op.of === null && card) {
      this.#back(card);
      this.#tell(`Taken back: the last decision, on ${card.id}.`);
    }
    if (seq !== null) this.#mine.add(seq);
  }

  #refused(op: Op, why: string): void {
    this.#stale = true;
    this.notice = why;
    if (op.kind !== "decide") return;
    this.added = this.added.filter((one) => one.key !== op.key);
    const made = this.#made.find((one) => one.key === op.key);
    this.#made = this.#made.filter((one) => one.key !== op.key);
    if (op.verdict !== "add") {
      this.#judged.delete(op.row);
      this.#saying(op.row, null);
    }
    if (made) this.notice = `Not logged (${made.card.id}): ${why}`;
  }

  // -- labels to judge

  from(source: Source): void {
    this.source = source;
    this.held = [];
    this.place = 0;
    this.finished = false;
    this.why = "";
    this.#asked = 0;
    void this.fill();
  }

  /** Look once more at a label that was judged; another verdict takes the place of the earlier one. */
  again(card: Card): void {
    this.source = { filter: { rows: [card.row] } };
    this.held = [{ card, at: Date.now() }];
    this.place = 0;
    this.finished = true;
    this.why = "";
    this.#asked = Date.now();
    this.#judged.delete(card.row);
  }

  /** Ask for labels while fewer are ready than somebody at this speed needs. */
  async fill(): Promise<void> {
    const ready = this.held.filter((one) => !this.#aside.has(one.card.row)).length;
    const ahead = this.#ahead();
    if (this.filling || !this.me || ready >= ahead * 0.75) return;
    if (this.finished && Date.now() - this.#asked < BEAT) return;
    await this.#claim(this.held.length + (this.outbox?.rows.size ?? 0) + ahead - ready);
  }

  /** Ask for the labels that are held once more; those that went to others leave the page. */
  renew = () => this.#claim(this.held.length + (this.outbox?.rows.size ?? 0), true);

  async #claim(n: number, only = false): Promise<void> {
    if (this.filling) return;
    this.filling = true;
    const source = this.source;
    let more = false;
    try {
      const got = await api.claim(Math.min(n, MOST), source);
      this.reachable = true;
      if (source !== this.source) return;
      more = this.#take(got.cards, only);
      this.why = got.why || this.why;
      this.finished = !more && !got.left;
      if (!more) this.#asked = Date.now();
    } catch (wrong) {
      this.#trouble(wrong);
    } finally {
      this.filling = false;
      if (source !== this.source || more) void this.fill();
    }
  }

  /** Add what is new; whether anything was. */
  #take(cards: readonly Card[], only: boolean): boolean {
    const now = Date.now();
    const got = new Map(cards.map((card) => [card.row, card]));
    const kept = this.held
      .filter((one) => !only || got.has(one.card.row))
      .map((one) => (got.has(one.card.row) ? { ...one, at: now } : one));
    const have = new Set(kept.map((one) => one.card.row));
    const waiting = this.outbox?.rows ?? new Set<number>();
    const fresh = cards
      .filter((card) => !have.has(card.row) && !this.#judged.has(card.row) && !waiting.has(card.row))
      .map((card) => ({ card, at: now }));
    const [aside, first] = [true, false].map((put) => fresh.filter((one) => this.#aside.has(one.card.row) === put));
    const shown = this.current?.row;
    const ordered = kept.filter((one) => !this.#aside.has(one.card.row));
    this.held = [...ordered, ...first!, ...kept.filter((one) => this.#aside.has(one.card.row)), ...aside!];
    const at = this.held.findIndex((one) => one.card.row === shown);
    this.place = at >= 0 ? at : Math.max(0, Math.min(this.place, this.held.length - 1));
    this.#fetchPictures();
    return fresh.length > 0;
  }

  #ahead(): number {
    const [first] = this.#moments;
    if (first === undefined || this.#moments.length < 5) return AHEAD;
    const seconds = Math.max((Date.now() - first) / 1000, 0.05);
    return Math.round(Math.max(AHEAD, Math.min(MOST, (QUICK * this.#moments.length) / seconds)));
  }

  #expired = (held: Held) => Date.now() - held.at > (this.me?.lease ?? 1800) * 1000;

  #fetchPictures(): void {
    for (const { card } of this.held.slice(this.place + 1, this.place + 1 + PICTURES)) {
      const urls = [...card.item.map((part) => part.url), card.drawing?.near_url];
      for (const url of urls) if (url) new Image().src = sized(url, 1024);
    }
  }

  // -- what others do

  async beat(): Promise<void> {
    if (this.phase !== "ready" || document.visibilityState === "hidden") return;
    this.outbox?.adopt();
    try {
      const got = await api.changes(this.#seq);
      this.reachable = true;
      if (got.seq !== this.#seq) this.#apply(got.events);
      this.#seq = got.seq;
      if (this.#stale && Date.now() - this.#counted > BEAT) await this.#count();
      const oldest = Math.min(...this.held.map((one) => one.at));
      if (Date.now() - oldest > (this.me?.lease ?? 1800) * 500) await this.renew();
      await this.fill();
    } catch (wrong) {
      this.#trouble(wrong);
    }
  }

  #apply(events: readonly Change[]): void {
    this.#stale = true;
    this.changes = [...[...events].reverse(), ...this.changes].slice(0, 200);
    for (const one of events) {
      if (one.row === null || this.#mine.has(one.seq) || this.outbox?.touches(one.row)) continue;
      if (one.kind === "undo" && one.who === this.me?.who) this.#judged.delete(one.row);
      if (one.kind === "decide") this.decidedElsewhere(one.row);
    }
    void this.#seeAnew(new Set(events.map((one) => one.id)));
  }

  /** Ask anew for the sentences of which others said something. */
  async #seeAnew(ids: ReadonlySet<string | null>): Promise<void> {
    if (this.me?.form !== "span") return;
    const rows = this.held.filter((one) => ids.has(one.card.id)).map((one) => one.card.row);
    const cards = new Map((await api.items(rows.slice(0, MOST))).map((card) => [card.row, card]));
    this.held = this.held.map((one) => (cards.has(one.card.row) ? { ...one, card: { ...cards.get(one.card.row)!, until: one.card.until } } : one));
  }

  /** A label was decided by somebody else, or by the same person in another tab. */
  decidedElsewhere(row: number): void {
    if (this.source === "second" || !this.held.some((one) => one.card.row === row)) return;
    if (this.current?.row === row) this.overtaken = row; // it never vanishes under somebody's fingers
    else this.#takeAway(row);
  }

  #takeAway(row: number): void {
    const shown = this.current?.row;
    this.held = this.held.filter((one) => one.card.row !== row);
    this.place = Math.max(0, this.held.findIndex((one) => one.card.row === shown));
    void this.fill();
  }

  async #count(): Promise<void> {
    this.#counted = Date.now();
    this.#stale = false;
    this.counts = await api.state();
  }

  /** Say that counts are old: something was done outside the queue. */
  async recount(): Promise<void> {
    try {
      await this.#count();
    } catch (wrong) {
      this.#trouble(wrong);
    }
  }

  // -- people

  async login(name: string, password: string): Promise<string> {
    try {
      await api.login(name, password);
    } catch (wrong) {
      return reason(wrong);
    }
    const before = this.me?.who;
    this.outbox = before === name ? this.outbox : null;
    await this.start();
    return "";
  }

  async logout(): Promise<void> {
    try {
      await api.logout();
      location.reload();
    } catch (wrong) {
      this.#trouble(wrong);
    }
  }

  setKeys(keys: ReturnType<typeof loadKeys>): void {
    this.keys = keys;
    if (!saveKeys(keys)) this.notice = "This browser keeps nothing: the keys last until the page is closed.";
  }

  #trouble(wrong: unknown): void {
    if (wrong instanceof Unreachable) this.reachable = false;
    else if (wrong instanceof Refused && wrong.status === 401) this.phase = "login";
    else if (wrong instanceof Refused) this.notice = wrong.message;
    else throw wrong;
  }

  /** What is not with the server yet, in words. */
  get unsent(): string {
    const n = this.outbox?.undecided ?? 0;
    return n ? `${several(n, "decision")} to send` : "all sent";
  }
}

export const review = new Review();

export function begin(): () => void {
  void review.start();
  const timer = setInterval(() => void review.beat(), BEAT);
  const now = () => {
    void review.outbox?.send();
    void review.beat();
  };
  const other = (event: StorageEvent) => {
    if (!event.key?.includes(":op:") || !event.newValue) return;
    const op = JSON.parse(event.newValue) as Op;
    if (op.kind === "decide") review.decidedElsewhere(op.row);
  };
  window.addEventListener("online", now);
  window.addEventListener("storage", other);
  document.addEventListener("visibilitychange", now);
  return () => {
    clearInterval(timer);
    window.removeEventListener("online", now);
    window.removeEventListener("storage", other);
    document.removeEventListener("visibilitychange", now);
  };
}
