/** The words of tagged text, and those of them that somebody selects. */
import type { Wording } from "./types";

/** The words that a selection touches, from the first one to after the last; null where it touches none. */
export function chosen(words: Wording, range: Range): [number, number] | null {
  const from = placeOf(range.startContainer, range.startOffset);
  const to = placeOf(range.endContainer, range.endOffset);
  if (from === null || to === null) return null;
  const last = words.starts.length - 1;
  const inside = [...words.starts.slice(0, last).keys()].filter((w) => words.starts[w]! < to && words.starts[w + 1]! - 1 > from);
  return inside.length ? [inside[0]!, inside.at(-1)! + 1] : null;
}

/** Where in the text a point of the document is; null where it lies in no piece of it. */
function placeOf(node: Node, offset: number): number | null {
  const within = node instanceof Element ? (node.childNodes[offset] ?? node.lastChild ?? node) : node;
  const element = within instanceof Element ? within : within.parentElement;
  const piece = element?.closest("[data-at]") ?? element?.querySelector("[data-at]") ?? element?.closest("mark")?.querySelector("[data-at]");
  if (!piece) return null;
  const start = Number(piece.getAttribute("data-at"));
  const own = piece.textContent?.length ?? 0;
  if (within === node && piece.contains(node)) return start + offset;
  const after = node instanceof Element && offset >= node.childNodes.length;
  return start + (after || !piece.contains(within) ? own : 0);
}
