/** What was decided at once and can be taken back at once; the browser remembers it. */
import { api, Refused } from "./api";
import { several } from "./format";
import { read, write } from "./kept";
import { review } from "./review.svelte";

export interface Bulk {
  key: string;
  n: number;
  says: string;
}

const MOST = 20;
const place = () => `reliabel:${review.me?.log ?? ""}:${review.me?.who ?? ""}:bulk`;

class Bulks {
  list = $state.raw<readonly Bulk[]>([]);
}

export const bulks = new Bulks();

export const loadBulks = () => (bulks.list = read<Bulk[]>(place(), []));

function keep(list: readonly Bulk[]): void {
  bulks.list = list.slice(0, MOST);
  write(place(), bulks.list);
}

export const keepBulk = (one: Bulk) => keep([one, ...bulks.list]);

/** Take one back; true where it is gone. */
export async function undoBulk(one: Bulk): Promise<boolean> {
  try {
    const { n } = await api.undoBulk(one.key);
    keep(bulks.list.filter((other) => other.key !== one.key));
    review.notice = `${several(n, "decision")} taken back.`;
    void review.recount();
    return true;
  } catch (lost) {
    review.notice = lost instanceof Refused ? lost.message : "The server did not answer; nothing was taken back.";
    return false;
  }
}
