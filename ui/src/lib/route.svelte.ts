/** Which view is open; it stands in the address, so that back and reload work. */

export const VIEWS = ["queue", "second", "map", "find", "duplicates", "conflicts", "progress"] as const;
export type View = (typeof VIEWS)[number];

function asked(): View {
  const name = location.hash.slice(1);
  return VIEWS.find((one) => one === name) ?? "queue";
}

class Route {
  view = $state<View>(asked());

  constructor() {
    window.addEventListener("hashchange", () => (this.view = asked()));
  }

  to(view: View): void {
    if (view !== this.view) location.hash = view;
  }
}

export const route = new Route();
