"use strict";
(() => {
  const list = document.getElementById("cards"), form = document.getElementById("controls"), at = (id) => document.getElementById(id);
  if (!list) return;
  const rest = at("rest"), { words, rows } = JSON.parse(at("index").textContent);
  const cards = [...list.children, ...(rest ? rest.content.children : [])];
  const texts = new Array(cards.length), PAGE = 50;
  let shown = PAGE;

  const fill = (select, column) => {
    const counts = new Map();
    rows.forEach((row) => row[column] >= 0 && counts.set(row[column], (counts.get(row[column]) || 0) + 1));
    [...counts].sort((a, b) => b[1] - a[1]).forEach(([word, n]) => select.add(new Option(`${words[word]} (${n.toLocaleString("en")})`, word)));
  };
  const own = (card) => [...card.children].filter((part) => !part.classList.contains("near")).map((part) => part.textContent).join(" ");
  const text = (n) => (texts[n] ??= own(cards[n]).toLowerCase());  // a finding is not searched by what its neighbours say
  const name = (word) => (word < 0 ? "\uffff" : words[word]);
  const orders = {
    worst: (a, b) => a - b,
    row: (a, b) => rows[a][4] - rows[b][4] || a - b,
    given: (a, b) => name(rows[a][0]).localeCompare(name(rows[b][0])) || a - b,
    suggest: (a, b) => name(rows[a][1]).localeCompare(name(rows[b][1])) || a - b,
    by: (a, b) => rows[b][5] - rows[a][5] || a - b,
  };
  const draw = () => {
    const asked = at("asked")?.value ?? "", given = at("given").value, suggest = at("suggest").value, finds = at("finds").value, least = +at("least").value;
    const wanted = at("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = [...cards.keys()].filter((n) => {
      const row = rows[n];
      return (asked === "" || row[6] === +asked) && (given === "" || row[0] === +given) && (suggest === "" || row[1] === +suggest) && (finds === "" || row[2] === finds)
        && row[3] >= least && wanted.every((word) => text(n).includes(word));
    }).sort(orders[at("sort").value]);
    list.replaceChildren(...chosen.slice(0, shown).map((n) => cards[n]));
    at("count").textContent = chosen.length
      ? `${Math.min(shown, chosen.length).toLocaleString("en")} of ${chosen.length.toLocaleString("en")} findings` : "Nothing fits; widen the filter.";
    at("more").hidden = chosen.length <= shown;
  };
  if (at("asked")) fill(at("asked"), 6);
  fill(at("given"), 0);
  fill(at("suggest"), 1);
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => { shown = PAGE; draw(); });
  at("more").addEventListener("click", () => { shown += PAGE; draw(); });
  draw();
})();
