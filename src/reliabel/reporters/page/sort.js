// Tables with data-sortable: a click on a heading sorts by its column, a second click the other way
// round. Tables with data-first show so many rows until the reader asks for all.
(() => {
  "use strict";
  const value = (row, place) => {
    const text = row.cells[place].textContent.trim();
    const number = parseFloat(text.replaceAll(",", "").replace(/^[<>]/, ""));
    return { text, number: Number.isNaN(number) ? null : number };
  };
  const order = (a, b) => {
    if (a.text === "" || b.text === "") return (a.text === "") - (b.text === "");
    if (a.number !== null && b.number !== null) return a.number - b.number;
    return a.text.localeCompare(b.text, undefined, { numeric: true });
  };
  for (const table of document.querySelectorAll("table[data-first]")) {
    const first = Number(table.dataset.first);
    const show = (all) => [...table.tBodies[0].rows].forEach((row, i) => { row.hidden = !all && i >= first; });
    const button = document.createElement("button");
    button.type = "button";
    button.className = "more";
    const rows = table.tBodies[0].rows.length;
    let all = false;
    table.refresh = () => show(all);
    button.textContent = `Show all ${rows.toLocaleString("en")}`;
    button.addEventListener("click", () => {
      all = !all;
      button.textContent = all ? `Show the first ${first}` : `Show all ${rows.toLocaleString("en")}`;
      show(all);
    });
    table.closest(".wide").after(button);
    show(false);
    addEventListener("beforeprint", () => show(true));
    addEventListener("afterprint", () => show(all));
  }
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((cell, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = cell.textContent;
      cell.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = cell.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows];
        rows.sort((x, y) => {
          const a = value(x, place), b = value(y, place);
          const gap = order(a, b);
          return down && a.text !== "" && b.text !== "" ? -gap : gap;
        });
        table.tBodies[0].append(...rows);
        if (table.refresh) table.refresh();
      });
    });
  }
})();
