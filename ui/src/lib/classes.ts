/** How classes look: a colour that colour-blind people tell apart (Okabe-Ito), and a shape. */

export const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b3a125", "#7f7f7f"] as const;

/** Shapes as rows of bits, seven by seven; the ring of a suspect is drawn around them. */
const SHAPES = [
  ["0011100", "0111110", "1111111", "1111111", "1111111", "0111110", "0011100"], // disc
  ["1111111", "1111111", "1111111", "1111111", "1111111", "1111111", "1111111"], // square
  ["0001000", "0001000", "0011100", "0011100", "0111110", "0111110", "1111111"], // triangle
  ["0001000", "0011100", "0111110", "1111111", "0111110", "0011100", "0001000"], // diamond
  ["0011100", "0011100", "1111111", "1111111", "1111111", "0011100", "0011100"], // plus
] as const;

const GAP = 5; // classes after which colour and shape meet anew

export const colourOf = (k: number) => COLOURS[k % COLOURS.length]!;

/** Classes with the same colour have different shapes, up to forty classes. */
export const shapeOf = (k: number) => (Math.floor(k / COLOURS.length) + (k % COLOURS.length)) % GAP;

/** The pixels of a shape of `size`, as offsets from its middle: x, y, x, y, ... */
export function stamp(shape: number, size: number): Int16Array {
  const rows = SHAPES[shape % SHAPES.length]!;
  const found: number[] = [];
  const middle = (size - 1) / 2;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const row = rows[Math.min(6, Math.floor(((y + 0.5) * 7) / size))]!;
      if (row[Math.min(6, Math.floor(((x + 0.5) * 7) / size))] === "1") found.push(x - Math.floor(middle), y - Math.floor(middle));
    }
  }
  return Int16Array.from(found);
}

/** The pixels of a ring around a shape of `size`. */
export function ring(size: number): Int16Array {
  const outer = size / 2 + 2.5;
  const inner = size / 2 + 1;
  const reach = Math.ceil(outer);
  const found: number[] = [];
  for (let y = -reach; y <= reach; y += 1) {
    for (let x = -reach; x <= reach; x += 1) {
      const far = Math.hypot(x, y);
      if (far >= inner && far < outer) found.push(x, y);
    }
  }
  return Int16Array.from(found);
}

/** A shape as an SVG path in a box of 7 x 7, for legends. */
export const PATHS = [
  "M3.5 0a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7z",
  "M0 0h7v7h-7z",
  "M3.5 0l3.5 7h-7z",
  "M3.5 0l3.5 3.5l-3.5 3.5l-3.5-3.5z",
  "M2 0h3v2h2v3h-2v2h-3v-2h-2v-3h2z",
] as const;
