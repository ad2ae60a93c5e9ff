/**
 * Draws the map: points are written into the pixels directly, which takes a few milliseconds for
 * 50,000 of them, with any graphics card or none.
 */
import { COLOURS, colourOf, ring, shapeOf, stamp } from "./classes";
import { DECIDED, SUSPECT, type MapData } from "./mapdata";

export interface View {
  x: number; // what of the map (0 to 1) lies in the middle
  y: number;
  zoom: number; // the shorter side of the canvas shows 1 / zoom of the map
}

export interface Shown {
  only: number | null; // the class that is not faded
  suspects: boolean; // suspects alone
  marked: number; // a row with a ring of its own, -1: none
  lasso: readonly number[]; // x, y by turns, of the map
}

const BACK = { light: [255, 255, 255], dark: [20, 23, 27] } as const;
const INK = { light: [27, 31, 36], dark: [231, 234, 237] } as const;

export class Painter {
  readonly #context: CanvasRenderingContext2D;
  #image: ImageData;
  #pixels: Uint32Array;
  #stamps = new Map<number, Int16Array[]>();

  constructor(readonly canvas: HTMLCanvasElement) {
    this.#context = canvas.getContext("2d", { alpha: false })!;
    this.#image = this.#context.createImageData(1, 1);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  resize(width: number, height: number): void {
    this.canvas.width = Math.max(1, Math.round(width));
    this.canvas.height = Math.max(1, Math.round(height));
    this.#image = this.#context.createImageData(this.canvas.width, this.canvas.height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
  }

  /** How many pixels one unit of the map takes. */
  scale = (view: View) => Math.min(this.canvas.width, this.canvas.height) * 0.94 * view.zoom;

  draw(map: MapData, view: View, shown: Shown, dark: boolean): void {
    const theme = dark ? "dark" : "light";
    this.#pixels.fill(packed(BACK[theme], 1, BACK[theme]));
    this.#points(map, view, shown, theme);
    this.#context.putImageData(this.#image, 0, 0);
    this.#overlay(map, view, shown, theme);
  }

  #points(map: MapData, view: View, shown: Shown, theme: "light" | "dark"): void {
    const { width, height } = this.canvas;
    const scale = this.scale(view);
    const [left, top] = [width / 2 - view.x * scale, height / 2 - view.y * scale];
    const size = this.#size(map.n, view.zoom);
    const shapes = this.#shapes(size);
    const around = ring(size);
    const back = BACK[theme];
    const full = COLOURS.map((one) => packed(parsed(one), 1, back));
    const done = COLOURS.map((one) => packed(parsed(one), 0.45, back));
    const faded = packed(INK[theme], 0.12, back);
    const ink = packed(INK[theme], 1, back);
    const reach = size + 3;
    for (let i = 0; i < map.n; i += 1) {
      const x = Math.round(left + map.x[i]! * scale);
      const y = Math.round(top + map.y[i]! * scale);
      if (x < reach || y < reach || x >= width - reach || y >= height - reach) continue;
      const k = map.class[i]!;
      const flags = map.flags[i]!;
      const suspect = (flags & SUSPECT) !== 0;
      const away = (shown.only !== null && k !== shown.only) || (shown.suspects && !suspect);
      const colour = away ? faded : (flags & DECIDED ? done : full)[k % full.length]!;
      this.#put(shapes[shapeOf(k)]!, x, y, width, colour);
      if (suspect && !away && !(flags & DECIDED)) this.#put(around, x, y, width, ink);
    }
  }

  #put(pixels: Int16Array, x: number, y: number, width: number, colour: number): void {
    for (let p = 0; p < pixels.length; p += 2) this.#pixels[(y + pixels[p + 1]!) * width + x + pixels[p]!] = colour;
  }

  /** Larger where there is room. */
  #size(n: number, zoom: number): number {
    const density = devicePixelRatio || 1;
    const wanted = (n > 20_000 ? 2 : n > 3000 ? 4 : 6) * Math.sqrt(zoom) * density;
    return Math.max(2, Math.min(9 * density, Math.round(wanted)));
  }

  #shapes(size: number): Int16Array[] {
    if (!this.#stamps.has(size)) this.#stamps.set(size, [0, 1, 2, 3, 4].map((shape) => stamp(shape, size)));
    return this.#stamps.get(size)!;
  }

  #overlay(map: MapData, view: View, shown: Shown, theme: "light" | "dark"): void {
    const context = this.#context;
    const scale = this.scale(view);
    const { width, height } = this.canvas;
    const put = (x: number, y: number) => [width / 2 + (x - view.x) * scale, height / 2 + (y - view.y) * scale] as const;
    const density = devicePixelRatio || 1;
    context.lineWidth = 2 * density;
    context.strokeStyle = `rgb(${INK[theme].join(" ")})`;
    if (shown.lasso.length >= 4) {
      context.beginPath();
      for (let i = 0; i < shown.lasso.length; i += 2) context.lineTo(...put(shown.lasso[i]!, shown.lasso[i + 1]!));
      context.closePath();
      context.setLineDash([6 * density, 4 * density]);
      context.stroke();
      context.setLineDash([]);
    }
    if (shown.marked >= 0) {
      const k = map.class[shown.marked]!;
      context.beginPath();
      context.arc(...put(map.x[shown.marked]!, map.y[shown.marked]!), 9 * density, 0, 2 * Math.PI);
      context.fillStyle = colourOf(k);
      context.fill();
      context.stroke();
    }
  }
}

const parsed = (hex: string) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** A colour over the background, as a little-endian pixel. */
function packed(colour: readonly number[], strength: number, back: readonly number[]): number {
  const [r, g, b] = [0, 1, 2].map((i) => Math.round(colour[i]! * strength + back[i]! * (1 - strength)));
  return ((255 << 24) | (b! << 16) | (g! << 8) | r!) >>> 0;
}
