// SPDX-License-Identifier: Apache-2.0
// The jobs in view as rows. Only the first of them in the order chosen are found and shown.
const PAGE = 60;
let rowsShown = PAGE, listed = [];
const COLUMNS = [
  ["id", "job", (i) => D.id[i], (v) => String(v)],
  ["start", "start", (i) => D.start[i], (v) => moment(v, 1e3)],
  ["op", "operation", (i) => D.op[i], (v) => D.h.ops[v], "text"],
  ["thread", "thread", (i) => D.thread[i], (v) => D.h.threads[v].name, "text"],
  ["kind", "connection", (i) => D.kind[i], (v) => kindName(v), "text"],
  ["dur", "duration", (i) => (D.dur[i] < 0 ? Infinity : D.dur[i]), (v) => (v === Infinity ? "no end" : duration(v))],
  ["busy", "busy", (i) => D.phase[0][i], duration],
  ["offload", "offload", (i) => D.phase[1][i], duration],
  ["notify", "notify", (i) => D.phase[2][i], duration],
  ["requeue", "requeue", (i) => D.phase[3][i], duration],
  ["pauses", "pauses", (i) => D.pauses[i], number],
  ["outcome", "outcome", (i) => D.outcome[i], (v) => D.h.outcomes[v], "text"],
];

function startTable() {
  $("jobs").querySelector("thead").append(el("tr", {}, ...COLUMNS.map(([key, label, , , kind]) => el("th", { class: kind || "", scope: "col", "data-key": key },
    el("button", { onclick: () => { S.down = S.sort === key ? !S.down : !kind; S.sort = key; touch("sort"); } }, label)))));
  $("jobs").querySelector("th[data-key=dur]").after(el("th", { scope: "col" }, el("span", {}, "phases")));
  $("more").onclick = () => { rowsShown *= 4; showTable(); };
  $("uncell").onclick = () => setCell(null);
  $("csv").onclick = copyTable;
}

// Calls f(i) for what the table lists: the cell's jobs, else those in view.
function eachListed(f) {
  if (!S.cell) return eachJob(S.t0, S.t1, f);
  const last = firstAt(S.cell[1]);
  for (let i = firstAt(S.cell[0]); i < last; i++) if (inCell(i, S.cell)) f(i);
}

// The first so many in the order chosen, without sorting all: a list that is cut back now and then.
function firstRows(many) {
  const [, , key] = COLUMNS.find(([k]) => k === S.sort);
  const sign = S.down ? -1 : 1;
  const before = (a, b) => { const x = key(a), y = key(b); return x === y ? a - b : x < y ? -sign : sign; };
  let best = [], total = 0, bar = null;
  eachListed((i) => {
    total += weightOf(i);
    if (bar !== null && before(i, bar) > 0) return;
    best.push(i);
    if (best.length >= 4 * many) { best = best.sort(before).slice(0, many); bar = best[many - 1]; }
  });
  return [best.sort(before).slice(0, many), total];
}

function showTable() {
  const [rows, total] = firstRows(rowsShown);
  listed = rows;
  $("jobs").querySelector("tbody").replaceChildren(...rows.map(tableRow));
  for (const th of $("jobs").querySelectorAll("th[data-key]")) th.setAttribute("aria-sort", th.dataset.key === S.sort ? (S.down ? "descending" : "ascending") : "none");
  $("more").hidden = rows.length >= total || rowsShown > 4000;
  $("uncell").hidden = !S.cell;
  $("jobs").dataset.total = total;
  answer("jobs", `${count(total, "job")} ${S.cell ? `in the cell of ${duration(S.cell[2])} to ${duration(S.cell[3])}` : "in view"}${rows.length < total ? `, the first ${number(rows.length)} shown` : ""}`);
}

function tableRow(i) {
  const row = el("tr", { tabindex: "0", class: i === S.job ? "now" : "", "data-job": D.id[i], onclick: () => choose(i), ondblclick: () => choose(i, true),
    onkeydown: (e) => { if (e.key === "Enter") choose(i); } });
  for (const [key, , value, word, kind] of COLUMNS) {
    const bad = (key === "outcome" && D.h.outcomes[D.outcome[i]] !== "finished") || (key === "dur" && D.dur[i] < 0);
    const text = word(value(i));
    row.append(el("td", { class: `${kind || ""}${bad ? " bad" : ""}`, title: kind ? text : null }, kind ? name(text) : text));
  }
  row.children[5].after(el("td", {}, stack(PHASES.map((_, p) => D.phase[p][i]))));
  return row;
}

// RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe.
function csvCell(value) {
  let text = String(value);
  if (/^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text)) text = "'" + text;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csv(many = 100_000) {
  const head = COLUMNS.map(([key, , , , kind]) => (kind || ["id", "pauses"].includes(key) ? key : key + "_ns"));
  const [rows] = firstRows(many);
  const lines = rows.map((i) => COLUMNS.map(([, , value, word, kind]) => { const v = value(i); return csvCell(kind ? word(v) : v === Infinity ? -1 : Math.round(v)); }).join(","));
  return [head.join(","), ...lines].join("\r\n") + "\r\n";
}

async function copyTable() {
  await copyText(csv());
  $("csv").textContent = "Copied";
  setTimeout(() => ($("csv").textContent = "Copy as CSV"), 1500);
}

// Pages from disk may not be given the clipboard's interface.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = el("textarea", { style: { position: "fixed", opacity: 0 } });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
