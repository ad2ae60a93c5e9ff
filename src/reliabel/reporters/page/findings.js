"use strict";
/* The list of findings: filters with their counts, kept in the address of the page, and sorting. */
const at = (id) => document.getElementById(id), many = (n) => n.toLocaleString("en");
const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

const findings = () => {
  const list = at("cards"), rest = at("rest"), index = JSON.parse(at("index").textContent), PAGE = 50;
  const names = ["given", "suggest", "finds", "weight", "item", "by", "asked", "worth", "id", "unit", "to", "changes"];
  const rows = index.rows.map((row) => Object.fromEntries(row.map((value, column) => [names[column], value])));
  rows.forEach((row) => (row.to = row.to === -1 ? "" : typeof row.to === "number" ? index.options[row.to] : row.to));
  const cards = [...list.children, ...(rest ? rest.content.children : [])];
  const fields = ["asked", "given", "suggest", "finds", "least", "judged", "sort", "search"].filter(at);
  const facets = fields.filter((field) => field !== "sort" && field !== "search");
  const words = (field) => ["asked", "given", "suggest"].includes(field);
  const texts = new Array(cards.length), self = { rows, cards, index, chosen: [], judged: () => false, dress: () => {} };
  let shown = PAGE, unknown = "";

  // a finding is not searched by what its neighbours say, nor by the names of buttons
  const own = (card) => [...card.querySelectorAll(".head, .card > .thing, .asked, .labels, .why, .told")].map((part) => part.textContent).join(" ");
  const text = (n) => (texts[n] ??= own(cards[n]).toLowerCase());
  const name = (word) => (word < 0 ? "\uffff" : index.words[word]);
  const orders = {
    worst: (a, b) => a - b,
    row: (a, b) => rows[a].item - rows[b].item || a - b,
    given: (a, b) => name(rows[a].given).localeCompare(name(rows[b].given)) || a - b,
    suggest: (a, b) => name(rows[a].suggest).localeCompare(name(rows[b].suggest)) || a - b,
    by: (a, b) => rows[b].by - rows[a].by || a - b,
  };
  const fits = {
    asked: (n, value) => value === "" || rows[n].asked === +value,
    given: (n, value) => value === "" || rows[n].given === +value,
    suggest: (n, value) => value === "" || rows[n].suggest === +value,
    finds: (n, value) => value === "" || rows[n].finds === value,
    least: (n, value) => (value === "look" ? rows[n].worth === 1 : rows[n].weight >= +value),
    judged: (n, value) => value === "" || self.judged(n) === (value === "yes"),
    search: (n, value) => value.toLowerCase().split(/\s+/).filter(Boolean).every((word) => text(n).includes(word)),
    sort: () => true,
  };
  const every = [...cards.keys()];
  const fit = (but) => every.filter((n) => fields.every((field) => field === but || fits[field](n, at(field).value)));

  // the number behind an option is what choosing it would show
  const counted = (field) => {
    const others = fit(field);
    for (const option of at(field).options) {
      const n = others.reduce((sum, row) => sum + fits[field](row, option.value), 0);
      option.text = `${option.dataset.says} (${many(n)})`;
      option.hidden = option.disabled = !n && words(field) && !option.selected && option.value !== "";
    }
  };
  const options = (field) => {
    const counts = new Map();
    rows.forEach((row) => row[field] >= 0 && counts.set(row[field], (counts.get(row[field]) || 0) + 1));
    [...counts].sort((a, b) => b[1] - a[1]).forEach(([word]) => at(field).add(new Option(cut(index.words[word], 60), word)));
  };
  const standard = (field) => (at(field).options ? at(field).options[0].value : "");
  const changed = () => fields.filter((field) => at(field).value !== standard(field));

  const draw = () => {
    const chosen = (self.chosen = fit().sort(orders[at("sort").value])), seen = chosen.slice(0, shown);
    seen.forEach(self.dress);
    list.replaceChildren(...seen.map((n) => cards[n]));
    at("count").textContent = (chosen.length ? `${many(seen.length)} of ${many(chosen.length)} findings` : "Nothing fits; widen the filter.") + unknown;
    at("more").hidden = chosen.length <= shown;
    facets.forEach(counted);
    const more = fit("least").length - chosen.length;
    at("all").hidden = at("least").value === "0" || !more;
    at("all").textContent = `Show ${many(more)} less suspect`;
    at("reset").hidden = !changed().length;
    at("rule").hidden = at("least").value !== "look" || changed().length > 0;
  };

  // filters stand in the address, by the names of classes, so that a view can be kept and sent
  const write = () => {
    const kept = new URLSearchParams(changed().map((field) => [field, words(field) ? index.words[at(field).value] : at(field).value]));
    history.replaceState(null, "", location.href.split("#")[0] + (kept.size ? `#${kept}` : ""));
  };
  const read = () => {
    if (!location.hash.includes("=")) return false;
    const wanted = new URLSearchParams(location.hash.slice(1));
    unknown = "";
    fields.forEach((field) => {
      const value = wanted.get(field), select = at(field);
      if (value === null) { select.value = standard(field); return; }
      const place = words(field) ? String(index.words.indexOf(value)) : value;
      if (!select.options || [...select.options].some((option) => option.value === place)) { select.value = place; return; }
      select.value = standard(field);
      unknown = ` The address asks for ${cut(value, 60)}, which no listed finding has.`;
    });
    shown = PAGE;
    draw();
    return true;
  };

  ["asked", "given", "suggest"].filter(at).forEach(options);
  facets.forEach((field) => [...at(field).options].forEach((option) => (option.dataset.says = option.text)));
  const wide = matchMedia("(min-width: 641px)"), unfold = () => (at("filters").open = wide.matches || changed().length > 0);
  at("controls").addEventListener("submit", (event) => event.preventDefault());
  at("controls").addEventListener("input", () => { shown = PAGE; unknown = ""; draw(); write(); });
  at("more").addEventListener("click", () => { shown += PAGE; draw(); });
  at("all").addEventListener("click", () => { at("least").value = "0"; draw(); write(); });
  at("reset").addEventListener("click", () => { fields.forEach((field) => (at(field).value = standard(field))); shown = PAGE; unknown = ""; draw(); write(); });
  addEventListener("hashchange", () => read() && at("labels").scrollIntoView());
  self.begin = () => { at("bar").hidden = false; if (!read()) draw(); else at("labels").scrollIntoView(); unfold(); wide.addEventListener("change", unfold); };
  self.draw = draw;
  return self;
};
