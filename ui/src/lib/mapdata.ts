/** The map of the items: where each lies, its class, and what is known of it. */

export const SUSPECT = 1;
export const DECIDED = 2;
const NONE = 65535; // the class of an item without a label
const NOWHERE = -99; // where items without features lie: never in sight

export interface MapData {
  n: number;
  classes: string[];
  x: Float32Array; // scaled so that all lie in [0, 1]
  y: Float32Array;
  class: Uint16Array;
  flags: Uint8Array;
}

/** A line of JSON, then x and y by turns (float32), classes (uint16) and flags (uint8). */
export function parseMap(buffer: ArrayBuffer): MapData {
  const bytes = new Uint8Array(buffer);
  const end = bytes.indexOf(10);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))) as { n: number; classes: string[] };
  const { n } = head;
  let at = end + 1;
  const piece = (size: number) => buffer.slice(at, (at += size));
  const xy = new Float32Array(piece(8 * n));
  const classes = new Uint16Array(piece(2 * n));
  const flags = new Uint8Array(piece(n));
  const { x, y } = scaled(xy, n);
  return { n, classes: head.classes, x, y, class: classes, flags };
}

export const classOf = (map: MapData, row: number) => {
  const k = map.class[row]!;
  return k === NONE ? null : k;
};

function scaled(xy: Float32Array, n: number): { x: Float32Array; y: Float32Array } {
  const x = new Float32Array(n);
  const y = new Float32Array(n);
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < n; i += 1) {
    const [a, b] = [xy[2 * i]!, xy[2 * i + 1]!];
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    left = Math.min(left, a);
    right = Math.max(right, a);
    top = Math.min(top, b);
    bottom = Math.max(bottom, b);
  }
  const size = Math.max(right - left, bottom - top) || 1;
  for (let i = 0; i < n; i += 1) {
    const [a, b] = [xy[2 * i]!, xy[2 * i + 1]!];
    const there = !Number.isNaN(a) && !Number.isNaN(b);
    x[i] = there ? 0.5 + (a - (left + right) / 2) / size : NOWHERE;
    y[i] = there ? 0.5 - (b - (top + bottom) / 2) / size : NOWHERE;
  }
  return { x, y };
}

/** The rows sorted by the cell of a grid that they lie in, to find what is near a place. */
export class Grid {
  readonly #side: number;
  readonly #start: Uint32Array;
  readonly #rows: Uint32Array;

  constructor(readonly map: MapData) {
    this.#side = Math.max(1, Math.min(256, Math.round(Math.sqrt(map.n / 4))));
    const count = new Uint32Array(this.#side ** 2 + 1);
    for (let i = 0; i < map.n; i += 1) count[this.#cell(map.x[i]!, map.y[i]!) + 1]! += 1;
    for (let c = 1; c < count.length; c += 1) count[c]! += count[c - 1]!;
    this.#start = count.slice();
    this.#rows = new Uint32Array(map.n);
    for (let i = 0; i < map.n; i += 1) this.#rows[count[this.#cell(map.x[i]!, map.y[i]!)]!++] = i;
  }

  #line = (value: number) => Math.max(0, Math.min(this.#side - 1, Math.floor(value * this.#side)));
  #cell = (x: number, y: number) => this.#line(y) * this.#side + this.#line(x);

  /** The row that lies nearest to a place, no further than `reach`; -1 where none does. */
  nearest(x: number, y: number, reach: number, allowed: (row: number) => boolean): number {
    let [best, far] = [-1, reach * reach];
    for (const row of this.#within(x - reach, y - reach, x + reach, y + reach)) {
      const off = (this.map.x[row]! - x) ** 2 + (this.map.y[row]! - y) ** 2;
      if (off < far && allowed(row)) [best, far] = [row, off];
    }
    return best;
  }

  /** The rows inside a polygon (x, y by turns). */
  inside(polygon: readonly number[]): number[] {
    const xs = polygon.filter((_, i) => i % 2 === 0);
    const ys = polygon.filter((_, i) => i % 2 === 1);
    const found: number[] = [];
    for (const row of this.#within(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys))) {
      if (holds(polygon, this.map.x[row]!, this.map.y[row]!)) found.push(row);
    }
    return found.sort((a, b) => a - b);
  }

  *#within(left: number, top: number, right: number, bottom: number): Generator<number> {
    for (let line = this.#line(top); line <= this.#line(bottom); line += 1) {
      for (let column = this.#line(left); column <= this.#line(right); column += 1) {
        const cell = line * this.#side + column;
        for (let i = this.#start[cell]!; i < this.#start[cell + 1]!; i += 1) yield this.#rows[i]!;
      }
    }
  }
}

/** Whether a polygon holds a place (even-odd rule). */
export function holds(polygon: readonly number[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 2; i < polygon.length; j = i, i += 2) {
    const [xi, yi, xj, yj] = [polygon[i]!, polygon[i + 1]!, polygon[j]!, polygon[j + 1]!];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
