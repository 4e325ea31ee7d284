// SPDX-License-Identifier: Apache-2.0
// Hands on the page: gestures over time, keys, search, filters, pins, tips.
const KEYS = [["wheel, W S, + −", "zoom at the pointer"], ["drag, A D, ← →", "move in time"], ["Shift + drag", "measure; stays until the next click"], ["double click, 0", "all of the recording"],
  ["click", "a bar or row: the job's card; a cell of the heat map: its jobs"], ["/", "search: job 17, conn 3, a name, requeue>2ms, pauses>1; words are combined"], ["J K", "next and previous job of the thread"],
  ["N", "next finding"], ["P", "pin the time under the pointer"], ["Enter", "zoom to the chosen job"], ["Esc", "close, then clear"], ["T", "light or dark"], ["?", "this help"]];
let pointer = null, measured = null, atFinding = -1;

function showTip(e, text) {
  const tip = $("tip");
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  tip.style.left = Math.min(e.clientX + 14, innerWidth - tip.offsetWidth - 6) + "px";
  tip.style.top = (e.clientY + 18 + tip.offsetHeight > innerHeight ? e.clientY - tip.offsetHeight - 10 : e.clientY + 18) + "px";
}

function hideTip() {
  $("tip").hidden = true;
}

function crossAt(t) {
  for (const p of panels) {
    if (p.slow || p.id === "overview") continue;
    p.cross.style.display = t === null ? "none" : "block";
    if (t !== null) p.cross.style.left = p.x(t) + "px";
  }
}

function showRuler() {
  for (const p of panels) {
    if (p.slow || p.id === "overview") continue;
    p.band.style.display = measured ? "block" : "none";
    if (!measured) continue;
    const [a, b] = measured.map((t) => clamp(p.x(t), p.left, p.width - p.right));
    Object.assign(p.band.style, { left: a + "px", width: Math.max(1, b - a) + "px", bottom: p.bottom + "px", top: p.top + "px" });
  }
  $("ruler").hidden = !measured;
  if (!measured) return;
  const [a, b] = measured;
  const sorted = sortedDurations(a, b);
  const words = [`${duration(b - a, 4)} from ${moment(a, b - a)}`, `${count(sorted.total, "finished job")} begun, ${number(Number((sorted.total / ((b - a) / 1e9)).toPrecision(3)))}/s`];
  if (sorted.total) words.push(`p50 ${duration(quantile(sorted, 0.5))} · p99 ${duration(quantile(sorted, 0.99))} · max ${duration(quantile(sorted, 1))}`);
  $("ruler").textContent = words.join("\n");
  const p = panels.find((q) => q.id === "timeline"), box = p.canvas.getBoundingClientRect();
  $("ruler").style.left = clamp(box.left + p.x(b) + 8, 8, innerWidth - 320) + "px";
  $("ruler").style.top = Math.max(box.top + 8, 60) + "px";
}

// Gestures of a panel whose x is time.
function bindTime(p) {
  const c = p.canvas;
  let down = null;
  c.addEventListener("wheel", (e) => {
    const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY);
    if (sideways ? pan(clamp(e.deltaX, -200, 200) / 1000) : zoom(Math.exp(clamp(e.deltaY, -150, 150) / 300), p.t(e.offsetX))) e.preventDefault();
  }, { passive: false });
  c.addEventListener("pointerdown", (e) => {
    if (e.button) return;
    down = { x: e.offsetX, y: e.offsetY, t: p.t(e.offsetX), t0: S.t0, t1: S.t1, moved: false, measure: e.shiftKey };
    c.setPointerCapture(e.pointerId);
  });
  c.addEventListener("pointermove", (e) => {
    pointer = clamp(p.t(e.offsetX), S.t0, S.t1);
    if (down && (down.moved || Math.abs(e.offsetX - down.x) > 3)) {
      down.moved = true;
      hideTip();
      if (down.measure) { measured = [Math.min(down.t, pointer), Math.max(down.t, pointer)]; showRuler(); }
      else { const by = ((down.x - e.offsetX) / p.inner) * (down.t1 - down.t0); setWindow(...shifted(down, by)); }
      return;
    }
    if (e.offsetX < p.left) { hideTip(); return crossAt(null); }
    crossAt(pointer);
    const words = p.hover ? p.hover(p, e.offsetX, e.offsetY) : "";
    showTip(e, `${moment(pointer, (S.t1 - S.t0) / 500)}${words ? "\n" + words : ""}`);
  });
  c.addEventListener("pointerup", (e) => {
    if (down && !down.moved) {
      measured = null;
      showRuler();
      if (p.click && e.offsetX >= p.left) p.click(p, e.offsetX, e.offsetY);
    }
    down = null;
  });
  c.addEventListener("pointerleave", () => { hideTip(); crossAt(null); });
  c.addEventListener("dblclick", () => { if (p.id !== "timeline" || S.job < 0) setWindow(...D.h.span); else choose(S.job, true); });
}

function shifted({ t0, t1 }, by) {
  const [low, high] = D.h.span;
  by = clamp(by, low - t0, high - t1);
  return [t0 + by, t1 + by];
}

function togglePin(t) {
  const near = S.pins.findIndex((pin) => Math.abs(pin - t) < (S.t1 - S.t0) / 300);
  if (near >= 0) S.pins.splice(near, 1);
  else if (S.pins.length < 20) S.pins.push(t);
  touch("pins");
}

function search(text) {
  $("search").value = text;
  setFilter("q", text.trim());
}

function keyPressed(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.target.matches("input, select, textarea")) {
    if (e.key === "Escape") { if (e.target.value) search(""); e.target.blur(); }
    return;
  }
  const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const at = pointer === null ? undefined : clamp(pointer, S.t0, S.t1);
  const actions = {
    w: () => zoom(0.7, at), "+": () => zoom(0.7, at), "=": () => zoom(0.7, at), s: () => zoom(1 / 0.7, at), "-": () => zoom(1 / 0.7, at),
    a: () => pan(-0.15), d: () => pan(0.15), ArrowLeft: () => pan(-0.15), ArrowRight: () => pan(0.15), 0: () => setWindow(...D.h.span), Home: () => setWindow(...D.h.span),
    "/": () => $("search").select(), j: () => (S.job >= 0 ? step(S.job, 1) : listed.length && choose(listed[0])), k: () => S.job >= 0 && step(S.job, -1),
    n: () => { if (D.h.findings.length) goTo(D.h.findings[(atFinding = (atFinding + 1) % D.h.findings.length)]); },
    p: () => togglePin(at === undefined ? (S.t0 + S.t1) / 2 : at), t: switchTheme, "?": () => $("keys").showModal(), Escape: escape,
    Enter: () => S.job >= 0 && choose(S.job, true),
  };
  if (!actions[key] || (key === "Enter" && e.target.matches("button, summary, tr")) || (key.startsWith("Arrow") && e.target.matches("summary"))) return;
  actions[key]();
  e.preventDefault();
}

function escape() {
  const open = document.querySelector("details[open]");
  if (open) open.open = false;
  else if (measured) { measured = null; showRuler(); }
  else if (S.cell) setCell(null);
  else if (S.job >= 0) choose(-1);
  else reset();
}

function switchTheme() {
  S.theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  setTheme();
}

function startControls() {
  let typing = 0;
  $("search").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => setFilter("q", $("search").value.trim()), 160); });
  $("reset").onclick = reset;
  $("theme").onclick = switchTheme;
  $("link").onclick = async () => { writeAddress(); await copyText(location.href); $("link").textContent = "Copied"; setTimeout(() => ($("link").textContent = "Copy link"), 1500); };
  $("help").onclick = () => $("keys").showModal();
  $("keys").append(el("h2", {}, "Keys and gestures"), el("dl", {}, ...KEYS.flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])), el("div", { class: "buttons" }, el("button", { onclick: () => $("keys").close() }, "Close")));
  document.addEventListener("keydown", keyPressed);
  document.addEventListener("click", (e) => { for (const d of document.querySelectorAll("details[open]")) if (!d.contains(e.target)) d.open = false; });
  addEventListener("hashchange", () => { if (location.hash.slice(1) !== past) readAddress(); });
  addEventListener("scroll", () => { if (measured) showRuler(); }, { passive: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setTheme);
  addEventListener("beforeprint", () => { document.documentElement.dataset.theme = "light"; readColours(); panels.forEach((p) => p.draw()); });
  addEventListener("afterprint", setTheme);
  buildFilters();
}

function buildFilters() {
  for (const [key, label, names] of FILTERS) {
    const counts = new Float64Array(names(D).length);
    for (let i = 0; i < D.n; i++) counts[D[key][i]] += weightOf(i);
    const used = [...counts.keys()].filter((k) => counts[k]).sort((a, b) => counts[b] - counts[a]);
    if (used.length < 2) continue;
    const boxes = used.slice(0, 300).map((k) => el("label", {}, el("input", { type: "checkbox", "data-k": k, onchange: () => tick(key) }), name(names(D)[k]), el("span", {}, number(counts[k]))));
    $("filters").append(el("details", { "data-key": key }, el("summary", {}, label), el("div", {}, ...boxes)));
  }
}

function tick(key) {
  const ticked = [...document.querySelectorAll(`details[data-key=${key}] input:checked`)].map((b) => Number(b.dataset.k));
  setFilter(key, ticked.length ? new Set(ticked) : null);
}

function showControls() {
  for (const d of document.querySelectorAll("#filters details")) {
    const chosen = S[d.dataset.key], [, label, names] = FILTERS.find(([k]) => k === d.dataset.key);
    d.classList.toggle("active", !!chosen);
    const text = chosen ? (chosen.size === 1 ? names(D)[[...chosen][0]] : `${label}: ${chosen.size}`) : label;
    d.firstChild.textContent = text.length > 34 ? text.slice(0, 33) + "…" : text;
    for (const box of d.querySelectorAll("input")) box.checked = !!chosen && chosen.has(Number(box.dataset.k));
  }
  document.querySelector(".search").classList.toggle("wrong", !!F.wrong);
  $("search").setAttribute("aria-invalid", String(!!F.wrong));
  $("pins").replaceChildren(...S.pins.map((t, n) => el("span", {},
    el("button", { onclick: () => setWindow(t - (S.t1 - S.t0) / 2, t + (S.t1 - S.t0) / 2), title: `Go to pin ${n + 1}` }, `${n + 1}: ${moment(t, (S.t1 - S.t0) / 100)}`),
    el("button", { onclick: () => { S.pins.splice(n, 1); touch("pins"); }, "aria-label": `Remove pin ${n + 1}` }, "×"))));
}

function showWindow() {
  const span = S.t1 - S.t0;
  $("window").replaceChildren(el("b", {}, duration(span, 4)), ` · ${moment(S.t0, span / 100)} to ${moment(S.t1, span / 100)}${filtered() ? ` · ${count(F.jobs, "job")} chosen` : ""}${F.wrong ? " · search not understood" : ""}`);
  if (measured) showRuler();
}
