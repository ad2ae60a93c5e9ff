/** The server's answers, typed. Addresses are relative, so the page also works under a sub-path. */
import type {
  Agreement, Card, Change, Claimed, Conflict, Counts, Filter, Group, Me, Proof, Result, Saying, Source, Verdict,
} from "./types";

const PATIENCE = 15_000; // milliseconds until an answer is given up
const LONG = 120_000; // for what has to be worked out

/** The server said no, in a sentence. */
export class Refused extends Error {
  constructor(readonly status: number, sentence: string) {
    super(sentence);
  }
}

/** Nobody answered: the connection is lost, or the server is down or starting; or it says why it cannot now. */
export class Unreachable extends Error {
  constructor(message: string, readonly said = "") {
    super(message);
  }
}

let csrf = "";

async function call<T>(path: string, body?: unknown, patience = PATIENCE): Promise<T> {
  const answer = await reach(path, body, patience);
  if (!answer.ok) throw await refusal(answer);
  return (await answer.json()) as T;
}

async function reach(path: string, body?: unknown, patience = PATIENCE): Promise<Response> {
  const post = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(body),
  };
  try {
    return await fetch(`api/${path}`, {
      ...post, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(patience),
    });
  } catch (lost) {
    throw new Unreachable(lost instanceof Error ? lost.message : String(lost));
  }
}

async function refusal(answer: Response): Promise<Error> {
  const told = (await answer.json().catch(() => ({}))) as { detail?: unknown };
  const sentence = typeof told.detail === "string" ? told.detail : `the server answered ${answer.status}`;
  return answer.status >= 500 || answer.status === 429 ? new Unreachable(sentence, sentence) : new Refused(answer.status, sentence);
}

export interface Sent {
  key: string;
  row: number;
  verdict: Saying;
  label?: string;
  whole?: boolean; // said of all labels of the item
}

export const api = {
  hello: () => call<{ mode: "local" | "team"; login: boolean }>("hello"),
  async me(): Promise<Me> {
    const me = await call<Me>("me");
    csrf = me.csrf;
    return me;
  },
  login: (name: string, password: string) => call<unknown>("login", { name, password }),
  logout: () => call<unknown>("logout", {}),
  state: () => call<Counts>("state"),
  claim: (n: number, source: Source) => call<Claimed>("claim", { n, source }),
  decide: (decisions: Sent[]) => call<{ results: Result[]; seq: number }>("decide", { decisions }),
  release: (rows: number[]) => call<unknown>("release", { rows }),
  undo: (key: string, seq: number | null) => call<{ card: Card | null; seq: number }>("undo", seq === null ? { key } : { key, seq }),
  changes: (after: number) => call<{ seq: number; events: Change[] }>(`changes?after=${after}`),
  items: async (rows: number[]) => (rows.length ? (await call<{ cards: Card[] }>(`items?rows=${rows.join(",")}`)).cards : []),
  item: (row: number) => call<Card>(`items/${row}`),
  map: async () => {
    const answer = await reach("map", undefined, LONG);
    if (!answer.ok) throw await refusal(answer);
    return answer.arrayBuffer();
  },
  filter: (filter: Filter) => call<{ n: number; rows: number[] }>("filter", { filter }),
  bulk: (what: { filter?: Filter; group?: number }, verdict: Verdict, label: string | undefined, expect: number, key: string) =>
    call<{ n: number; seq: number }>("bulk", { ...what, verdict, label, expect, key }),
  undoBulk: (key: string) => call<{ n: number }>("bulk/undo", { key }),
  groups: () => call<{ n: number; groups: Group[] }>("groups"),
  conflicts: () => call<{ n: number; conflicts: Conflict[] }>("conflicts"),
  settle: (row: number, verdict: Verdict, label: string | undefined, key: string) => call<unknown>("settle", { row, verdict, label, key }),
  agreement: () => call<Agreement>("agreement"),
  certificate: () => call<Proof>("certificate", undefined, LONG),
};

/** A picture in the size that a place needs. */
export const sized = (url: string, size: 256 | 1024) => url.replace(/size=\d+/, `size=${size}`);

/** A key that nobody else makes; also where crypto.randomUUID is missing (plain http in a network). */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What went wrong, as a sentence. */
export function reason(lost: unknown, otherwise = "The server does not answer."): string {
  return lost instanceof Error && lost.message ? lost.message : otherwise;
}
