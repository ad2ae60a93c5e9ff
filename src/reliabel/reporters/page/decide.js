/* Decisions: keep, change, drop, unsure on each card, kept in this browser, downloaded as a table. */
const decisions = (list) => {
  const { index, rows, cards } = list, KEY = `reliabel decisions ${index.audit}`, STEPS = 500;
  const key = (row) => JSON.stringify([row.id, row.unit]);
  const earlier = new Set(index.earlier.map((one) => JSON.stringify([one[0], one[1]])));
  const here = new Map();
  rows.forEach((row, n) => here.set(key(row), [...(here.get(key(row)) || []), n]));
  const fresh = () => ({ audit: index.audit, who: "", made: {}, undo: [] });
  let held = fresh(), unsaved = false, trouble = "";

  // storage: pages opened from files may share it, so what is found must be of this very audit
  const load = () => {
    let text = null;
    try { text = localStorage.getItem(KEY); } catch { trouble = "closed"; return; }
    if (text === null) return;
    let found = null;
    try { found = JSON.parse(text); } catch { trouble = "foreign"; return; }
    const sound = found && found.audit === index.audit && found.made && typeof found.made === "object" && Array.isArray(found.undo);
    if (sound) held = { ...fresh(), ...found };
    else trouble = "foreign";
  };
  const keep = () => {
    unsaved = true;
    if (trouble === "foreign") return;
    try { localStorage.setItem(KEY, JSON.stringify(held)); trouble = ""; } catch { trouble = "closed"; }
  };
  const TROUBLE = {
    closed: "This browser does not let the page keep anything (a private window, or storage that is full or off): your decisions last until you close it. Download them before.",
    foreign: "This browser holds decisions of another audit under the name of this page: they are left alone, and yours last until you close it. Download them before.",
  };

  const made = (n) => held.made[key(rows[n])];
  const judged = (n) => Boolean(made(n)) || earlier.has(key(rows[n])) || earlier.has(JSON.stringify([rows[n].id, null]));
  const set = (place, decision) => { if (decision) held.made[place] = decision; else delete held.made[place]; };
  const decide = (n, verdict, label = "") => {
    const row = rows[n], place = key(row), now = made(n);
    const same = now && now.verdict === verdict && now.label === label;
    if (trouble !== "foreign" && trouble !== "closed") load();  // another window may have decided meanwhile
    held.undo = [...held.undo, [place, held.made[place] || null]].slice(-STEPS);
    set(place, same ? null : { verdict, label, who: at("who").value.trim(), at: new Date().toISOString().slice(0, 19) + "Z" });
    keep();
    follow(n, !same);
  };
  const undo = () => {
    if (!trouble) load();
    const [place, before] = held.undo.pop() || [];
    if (place === undefined) return;
    set(place, before);
    keep();
    list.draw();
    show();
    focus((here.get(place) || []).find((n) => cards[n].isConnected));
  };

  const open = (n) => list.chosen.indexOf(n);
  const focus = (n) => {
    if (n === undefined || !cards[n].isConnected) return;
    cards[n].focus({ preventScroll: true });
    cards[n].scrollIntoView({ block: "nearest" });
  };
  const next = (from, step) => { const n = list.chosen[open(from) + step]; if (n !== undefined && cards[n].isConnected) focus(n); };
  const follow = (n, onward) => {  // on to the next card, the one that was judged may leave the list
    const ahead = list.chosen.slice(open(n) + 1).find((other) => !judged(other) && cards[other].isConnected);
    list.draw();
    show();
    if (cards[n].contains(document.activeElement) || document.activeElement === document.body) focus(onward && ahead !== undefined ? ahead : n);
  };

  const WORDS = { keep: "kept", drop: "dropped", unsure: "unsure" };
  const said = (one) => `you: ${one.verdict === "change" ? `changed to ${cut(bare(one.label), 60)}` : WORDS[one.verdict]}`;
  const button = (text, title, act) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", title });
    made.append(text);
    made.addEventListener("click", act);
    return made;
  };
  const given = (n) => (rows[n].given >= 0 ? index.words[rows[n].given] : "");
  // an object's label is its class, with a box where that is another one
  // of a span too, with words where they are others
  const bare = (label) => (index.spans ? label.replace(/ \d+:\d+$/, "") : index.objects ? label.replace(/ [-\d.]+(,[-\d.]+){3}$/, "") : label);
  const parts = index.objects || index.spans;
  const missing = (n) => parts && rows[n].unit !== null && !given(n);
  const change = (n) => {
    const name = cut(bare(rows[n].to), 40);
    if (missing(n)) return `Add ${name}`;
    if (index.spans) {
      const [was, now] = [given(n), rows[n].to].map((label) => (label.match(/\d+:\d+$/) || [""])[0]);
      return was === now ? `Change to ${name}` : `Change to ${name}, these words`;
    }
    return bare(rows[n].to) === rows[n].to ? `Change to ${name}` : `Change to ${name}, this box`;
  };
  const choose = (n, label) => (label === given(n) ? decide(n, "keep") : decide(n, "change", label));
  const chooser = (n) => {  // other classes, filled in when it is opened
    const select = document.createElement("select");
    select.setAttribute("aria-label", "Change to another label");
    select.add(new Option("other…", ""));
    const full = () => {
      if (select.options.length > 1) return;
      index.options.filter((name) => name !== given(n) && name !== rows[n].to).forEach((name) => select.add(new Option(cut(name, 60), name)));
    };
    ["pointerdown", "focus", "keydown"].forEach((event) => select.addEventListener(event, full));
    select.addEventListener("change", () => { const label = select.value; select.value = ""; if (label) choose(n, label); });
    return select;
  };
  const writer = (n) => {
    const label = document.createElement("label"), input = document.createElement("input");
    Object.assign(input, { size: 8, autocomplete: "off", placeholder: "other label" });
    input.setAttribute("aria-label", "Change to another label");
    input.addEventListener("keydown", (event) => { event.stopPropagation(); if (event.key === "Enter" && input.value.trim()) choose(n, input.value.trim()); });
    label.append(input, button("Change", "Change to what is written", () => input.value.trim() && choose(n, input.value.trim())));
    return label;
  };
  list.dress = (n) => {
    const card = cards[n], row = rows[n];
    if (!card.dataset.ready) {
      card.dataset.ready = "yes";
      card.tabIndex = -1;
      const acts = document.createElement("div");
      acts.className = "acts";
      acts.setAttribute("role", "group");
      acts.setAttribute("aria-label", `Decide on ${cut(row.id, 40)}`);
      const put = (verdict, text, title, label = "") => { const one = button(text, title, () => decide(n, verdict, label)); one.dataset.verdict = verdict; acts.append(one); };
      put("keep", given(n) ? `Keep ${cut(index.spans ? bare(given(n)) : given(n), 40)}` : missing(n) ? "Nothing is missing" : "Keep", "The label is right (key a)");
      if (row.to) put("change", change(n), "It should be this label (key c)", row.to);
      const left = index.options.filter((name) => name !== given(n) && name !== row.to).length;
      if (row.changes && index.options.length && left) acts.append(chooser(n));
      if (row.changes && index.written) acts.append(writer(n));
      if (!missing(n)) put("drop", parts && row.unit !== null ? "Take away" : "Drop", row.unit === null ? "Leave the item out of the data (key d)" : "Take this label away (key d)");
      put("unsure", "Unsure", "It cannot be told (key m)");
      const mine = document.createElement("p");
      mine.className = "mine";
      card.querySelector(".verdict").append(acts, mine);
    }
    const now = made(n);
    card.classList.toggle("judged", judged(n));
    card.querySelector(".mine").textContent = now ? said(now) : "";
    card.querySelectorAll(".acts > button").forEach((one) => {
      const on = Boolean(now) && now.verdict === one.dataset.verdict && (now.verdict !== "change" || now.label === row.to);
      one.setAttribute("aria-pressed", String(on));
    });
  };

  const show = () => {
    const count = Object.keys(held.made).length, done = list.chosen.filter(judged).length, other = Object.keys(held.made).filter((place) => !here.has(place)).length;
    at("done").max = Math.max(list.chosen.length, 1);
    at("done").value = done;
    at("progress").textContent = `${many(done)} of ${many(list.chosen.length)} judged`;
    at("undo").disabled = !held.undo.length;
    at("save").disabled = !count;
    at("save").textContent = count ? `Download decisions.csv (${many(count)})` : "Download decisions.csv";
    const away = other ? ` ${many(other)} of them ${other === 1 ? "is" : "are"} on labels that are not listed here.` : "";
    at("kept").textContent = TROUBLE[trouble] || (count ? `Kept in this browser until you download them.${away}` : "");
    at("kept").classList.toggle("alarm", Boolean(TROUBLE[trouble]));
  };

  // the table: verdicts of the review first, so that the file is whole, then the decisions made here
  const cell = (value) => (value === null || value === undefined ? "" : /[",\r\n]|^\s|\s$/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value));
  const table = () => {
    const mine = Object.entries(held.made).map(([place, one]) => [...JSON.parse(place), one.verdict, one.label, one.who, one.at]);
    mine.sort((a, b) => (a[5] < b[5] ? -1 : a[5] > b[5] ? 1 : 0));
    return [index.columns, ...index.earlier, ...mine].map((row) => row.map(cell).join(",")).join("\n") + "\n";
  };
  const save = () => {
    const link = document.createElement("a"), url = URL.createObjectURL(new Blob(["\ufeff", table()], { type: "text/csv;charset=utf-8" }));
    Object.assign(link, { href: url, download: "decisions.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    unsaved = false;
    at("then").hidden = false;
  };

  const KEYS = {
    a: (n) => decide(n, "keep"),
    c: (n) => rows[n].to && decide(n, "change", rows[n].to),
    d: (n) => decide(n, "drop"),
    m: (n) => decide(n, "unsure"),
    u: () => undo(),
    j: (n) => next(n, 1),
    k: (n) => next(n, -1),
  };
  addEventListener("keydown", (event) => {
    const card = event.target.closest?.("#cards > .card"), inField = event.target.closest?.("input, select, textarea");
    if (!card || inField || event.ctrlKey || event.metaKey || event.altKey) return;
    const n = cards.indexOf(card), digit = /^[1-9]$/.test(event.key) ? index.options[+event.key - 1] : undefined;
    const act = digit !== undefined && rows[n].changes && index.options.length <= 9 ? () => choose(n, digit) : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act(n);
  });
  if (index.options.length <= 9) index.options.forEach((name, n) => at("keys").append(` · ${n + 1} ${cut(name, 24)}`));
  at("start").addEventListener("click", () => {
    at("keys").hidden = false;
    focus(list.chosen.find((n) => !judged(n) && cards[n].isConnected) ?? list.chosen[0]);
  });
  at("undo").addEventListener("click", undo);
  at("save").addEventListener("click", save);
  at("who").addEventListener("change", () => { held.who = at("who").value.trim(); keep(); });
  at("controls").addEventListener("input", () => show());
  addEventListener("hashchange", () => show());
  addEventListener("storage", (event) => { if (event.key === KEY && trouble === "") { load(); list.draw(); show(); } });
  addEventListener("beforeunload", (event) => { if (trouble && unsaved && Object.keys(held.made).length) event.preventDefault(); });

  list.judged = judged;
  load();
  if (!trouble) { try { localStorage.setItem(`${KEY} ?`, ""); localStorage.removeItem(`${KEY} ?`); } catch { trouble = "closed"; } }
  at("who").value = held.who || "";
  at("decide").hidden = false;
  return { show };
};
