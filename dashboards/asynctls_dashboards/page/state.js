// SPDX-License-Identifier: Apache-2.0
// What is being looked at. It lives in the address, so that a link or a reload shows the same view.
const S = { t0: 0, t1: 1, q: "", op: null, thread: null, kind: null, outcome: null, job: -1, cell: null, pins: [], theme: "", sort: "dur", down: true };
let frame = 0, calm = 0, dirty = new Set(), past = "";

// Ask for a redraw. What follows the hand is drawn at once, the rest when the hand rests.
function touch(...what) {
  what.forEach((w) => dirty.add(w));
  if (!frame) frame = requestAnimationFrame(render);
}

function setWindow(a, b) {
  const [low, high] = D.h.span;
  const span = clamp(b - a, Math.min(100, high - low), high - low);
  a = clamp((a + b - span) / 2, low, high - span);
  if (a === S.t0 && a + span === S.t1) return false;
  [S.t0, S.t1] = [a, a + span];
  touch("window");
  return true;
}

function zoom(factor, at = (S.t0 + S.t1) / 2) {
  return setWindow(at - (at - S.t0) * factor, at + (S.t1 - at) * factor);
}

function pan(share) {
  const by = share * (S.t1 - S.t0);
  const [low, high] = D.h.span;
  const room = clamp(by, low - S.t0, high - S.t1);
  return setWindow(S.t0 + room, S.t1 + room);
}

// Make job i the one whose card is shown; bring it into view if it is not.
function choose(i, show = false) {
  S.job = i;
  if (i >= 0) {
    const a = D.start[i], b = D.end[i], slack = Math.max((b - a) * 1.5, 1000);
    if (show) setWindow(a - slack, b + slack);
    else if (b < S.t0 || a > S.t1) setWindow(a - (S.t1 - S.t0) / 2, a + (S.t1 - S.t0) / 2);
  }
  touch("job");
}

function setCell(cell) {
  S.cell = cell;
  touch("cell");
}

function setFilter(key, value) {
  S[key] = value;
  S.cell = null;
  touch("filter");
}

function reset() {
  Object.assign(S, { q: "", op: null, thread: null, kind: null, outcome: null, cell: null, job: -1 });
  $("search").value = "";
  setWindow(...D.h.span);
  touch("filter");
}

function writeAddress() {
  const words = new URLSearchParams();
  const [low, high] = D.h.span;
  if (S.t0 !== low || S.t1 !== high) words.set("w", `${Math.round(S.t0)}-${Math.round(S.t1)}`);
  if (S.q) words.set("q", S.q);
  for (const [key, , names] of FILTERS) if (S[key]) words.set(key, [...S[key]].map((i) => names(D)[i]).join("\n"));
  if (S.job >= 0) words.set("job", D.id[S.job]);
  if (S.cell) words.set("cell", S.cell.map(Math.round).join(","));
  if (S.pins.length) words.set("pins", S.pins.map(Math.round).join(","));
  if (S.theme) words.set("theme", S.theme);
  if (S.sort !== "dur" || !S.down) words.set("sort", (S.down ? "-" : "") + S.sort);
  const hash = words.toString();
  if (hash === past) return;
  past = hash;
  history.replaceState(null, "", "#" + hash);
}

function readAddress() {
  const words = new URLSearchParams(location.hash.slice(1));
  past = words.toString();
  const numbers = (key) => (words.get(key) || "").split(/[,-]/).filter(Boolean).map(Number).filter(Number.isFinite);
  const [a, b] = numbers("w");
  setWindow(...(b > a ? [a, b] : D.h.span));
  S.q = words.get("q") || "";
  $("search").value = S.q;
  for (const [key, , names] of FILTERS) {
    const wanted = new Set((words.get(key) || "").split("\n").filter(Boolean));
    const found = names(D).map((n, i) => (wanted.has(n) ? i : -1)).filter((i) => i >= 0);
    S[key] = found.length ? new Set(found) : null;
  }
  const job = Number(words.get("job") || -1);
  S.job = words.has("job") ? D.id.indexOf(job) : -1;
  const cell = numbers("cell");
  S.cell = cell.length === 4 ? cell : null;
  S.pins = numbers("pins").slice(0, 20);
  S.theme = ["light", "dark"].includes(words.get("theme")) ? words.get("theme") : "";
  const sort = words.get("sort") || "-dur";
  S.down = sort.startsWith("-");
  S.sort = COLUMNS.some(([key]) => key === sort.replace("-", "")) ? sort.replace("-", "") : "dur";
  setTheme();
  touch("filter", "job");
}

function setTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = S.theme || (dark ? "dark" : "light");
  readColours();
  touch("theme");
}

function render() {
  frame = 0;
  const now = dirty;
  dirty = new Set();
  if (now.has("filter")) applyFilter();
  const all = ["filter", "size", "theme", "pins"].some((what) => now.has(what));
  for (const p of panels) if (!p.slow && (all || p.id !== "overview")) p.draw();
  for (const p of panels) if (p.id === "overview") placeBrush(p);
  showWindow();
  clearTimeout(calm);
  calm = setTimeout(rest, D.n > 100_000 && now.has("window") ? 140 : 0, now);
}

function rest(now) {
  for (const p of panels) if (p.slow) p.draw();
  showBands();
  showTable();
  if (now.has("job") || now.has("filter") || now.has("theme")) showCard();
  showControls();
  writeAddress();
  document.body.dataset.drawn = String(Number(document.body.dataset.drawn || 0) + 1);
}
