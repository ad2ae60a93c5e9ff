/** Axes of the small charts. */

/** About `most` round steps from 0 to `end`. */
export function ticks(end: number, most = 5): number[] {
  if (end <= 0) return [0];
  const rough = end / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const whole = Math.max(step, 1);
  return Array.from({ length: Math.floor(end / whole) + 1 }, (_, i) => i * whole);
}

/** Shares from 100 % down to below `least`, a tenth each. */
export function decades(least: number): number[] {
  const found = [1];
  while (found.at(-1)! > least && found.length < 6) found.push(found.at(-1)! / 10);
  return found;
}

export const path = (points: readonly (readonly [number, number])[]) =>
  points.map(([x, y], i) => `${i ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
