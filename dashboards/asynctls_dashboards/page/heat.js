// SPDX-License-Identifier: Apache-2.0
// Latency heat map: how many jobs of which duration began when, with p50, p99 and the slowest.
const LINES = [[0.5, "p50", "ink", 1.8], [0.99, "p99", "accent", 1.8], [1, "max", "faint", 1]];
const heat = {};

function heatPanel() {
  const p = new Panel("heat", 230, drawHeat, { bottom: 18, click: clickHeat, hover: hoverHeat });
  bindTime(p);
  for (const [, label, colour] of LINES) $("lines").append(el("li", {}, el("i", { class: "line", style: { borderColor: `var(--${colour})` } }), label));
}

function heatResolution(p, jobs) {
  if (jobs < 500) return [Math.floor(p.inner / 12), 4];
  if (jobs < 5000) return [Math.floor(p.inner / 6), 8];
  return [Math.floor(p.inner / 3), 16];
}

function drawHeat(g, p) {
  const from = firstAt(S.t0), until = firstAt(S.t1);
  let jobs = 0, least = Infinity, most = 0;
  for (let i = from; i < until; i++) {
    if (!F.mask[i] || D.dur[i] < 0) continue;
    jobs++;
    if (D.dur[i] < least) least = D.dur[i];
    if (D.dur[i] > most) most = D.dur[i];
  }
  timeAxis(g, p);
  if (!jobs) { heat.cells = null; answer("heat", "no job began and finished in view"); overlays(g, p); return; }
  const [columns, fine] = heatResolution(p, jobs);
  const first = bucketOf(least, fine), rows = bucketOf(most, fine) - first + 1;
  const cells = new Float64Array(columns * rows);
  const width = (S.t1 - S.t0) / columns;
  for (let i = from; i < until; i++) {
    if (!F.mask[i] || D.dur[i] < 0) continue;
    const c = Math.min(columns - 1, Math.floor((D.start[i] - S.t0) / width));
    cells[(bucketOf(D.dur[i], fine) - first) * columns + c] += weightOf(i);
  }
  const low = bucketStart(first, fine) / 1.04, high = bucketStart(first + rows, fine) * 1.04;
  const y = latencyAxis(g, p, low, high);
  Object.assign(heat, { cells, columns, rows, first, fine, low, high, y, t0: S.t0, width });
  paintCells(g, p);
  const sorted = sortedDurations(S.t0, S.t1);
  drawQuantiles(g, p, sorted, from, until);
  markCell(g, p);
  markJob(g, p);
  overlays(g, p);
  heatAnswer(sorted);
}

function paintCells(g, p) {
  const { cells, columns, rows, first, fine, y } = heat;
  const most = cells.reduce((a, b) => Math.max(a, b), 1);
  const step = p.inner / columns;
  for (let r = 0; r < rows; r++) {
    const top = y(bucketStart(first + r + 1, fine)), bottom = y(bucketStart(first + r, fine));
    for (let c = 0; c < columns; c++) {
      const n = cells[r * columns + c];
      if (!n) continue;
      const [red, green, blue] = heatColour(most > 1 ? Math.log(n) / Math.log(most * 1.6) : 0.6);
      g.fillStyle = `rgb(${red},${green},${blue})`;
      g.fillRect(p.left + c * step, top, Math.max(step - (step > 5 ? 1 : 0), 0.8), Math.max(bottom - top - (bottom - top > 5 ? 0.7 : 0), 0.8));
    }
  }
}

// A quantile needs 1 / (1 - q) jobs; columns for lines are wider than cells so that they have them.
function drawQuantiles(g, p, sorted, from, until) {
  const columns = clamp(Math.floor(sorted.total / 1000), Math.max(1, Math.min(12, Math.floor(sorted.total / 100))), 200);
  const lists = Array.from({ length: columns }, () => []);
  const span = S.t1 - S.t0;
  for (let i = from; i < until; i++) if (F.mask[i] && D.dur[i] >= 0) lists[Math.min(columns - 1, Math.floor(((D.start[i] - S.t0) / span) * columns))].push(i);
  heat.lines = LINES.map(() => new Float64Array(columns).fill(NaN));
  lists.forEach((list, c) => {
    if (!list.length) return;
    const one = columnQuantiles(list);
    LINES.forEach(([q], k) => { if (q === 1 || one.total >= 1 / (1 - q) - 1e-9) heat.lines[k][c] = quantile(one, q); });
  });
  LINES.forEach(([q, , colour, width], k) => {
    if (columns < 4) return;
    g.strokeStyle = ink.paper;
    columnLine(g, p, heat.lines[k], heat.y, width + 2);
    g.strokeStyle = ink[colour];
    columnLine(g, p, heat.lines[k], heat.y, width);
  });
}

function columnQuantiles(list) {
  const values = Float64Array.from(list, (i) => D.dur[i]);
  if (!D.weight) return { values: values.sort(), total: values.length, sums: null };
  list.sort((a, b) => D.dur[a] - D.dur[b]);
  let total = 0;
  const sums = Float64Array.from(list, (i) => (total += D.weight[i]));
  return { values: values.sort(), total, sums };
}

function heatAnswer(sorted) {
  const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
  const words = [`p50 ${duration(p50)}`];
  if (sorted.total >= 100) words.push(`p99 ${duration(p99)} (${number(Number((p99 / p50).toPrecision(2)))} × the median)`);
  words.push(`max ${duration(quantile(sorted, 1))}`);
  answer("heat", `${words.join(" · ")} · ${count(sorted.total, "job")} · click a cell for its jobs`);
}

function cellAt(p, x, y) {
  if (!heat.cells) return null;
  const c = Math.floor(((x - p.left) / p.inner) * heat.columns);
  if (c < 0 || c >= heat.columns) return null;
  for (let r = 0; r < heat.rows; r++) {
    const low = bucketStart(heat.first + r, heat.fine), high = bucketStart(heat.first + r + 1, heat.fine);
    if (y <= heat.y(low) && y > heat.y(high))
      return { n: heat.cells[r * heat.columns + c], box: [heat.t0 + c * heat.width, heat.t0 + (c + 1) * heat.width, low, high] };
  }
  return null;
}

// The nearest cell with jobs in it, as single cells are small.
function nearCell(p, x, y) {
  for (const [dx, dy] of [[0, 0], [0, 4], [0, -4], [4, 0], [-4, 0], [5, 5], [-5, 5], [5, -5], [-5, -5]]) {
    const cell = cellAt(p, x + dx, y + dy);
    if (cell && cell.n) return cell;
  }
  return null;
}

function inCell(i, [a, b, low, high]) {
  return F.mask[i] && D.start[i] >= a && D.start[i] < b && D.dur[i] >= low && D.dur[i] < high;
}

function clickHeat(p, x, y) {
  const cell = nearCell(p, x, y);
  if (!cell) return setCell(null);
  setCell(cell.box);
  let worst = -1;
  for (let i = firstAt(cell.box[0]); i < firstAt(cell.box[1]); i++) if (inCell(i, cell.box) && (worst < 0 || D.dur[i] > D.dur[worst])) worst = i;
  if (worst >= 0) choose(worst);
}

function hoverHeat(p, x, y) {
  const cell = nearCell(p, x, y);
  if (!cell) return "";
  const [a, , low, high] = cell.box;
  return `${count(cell.n, "job")} of ${duration(low)} to ${duration(high)}\nthat began in ${duration(heat.width)} from ${moment(a, heat.width)}`;
}

function markCell(g, p) {
  if (!S.cell) return;
  const [a, b, low, high] = S.cell;
  g.save();
  clip(g, p);
  g.strokeStyle = ink.ink;
  g.lineWidth = 2;
  g.strokeRect(p.x(a) - 1, heat.y(high) - 1, Math.max(p.x(b) - p.x(a), 3) + 2, Math.max(heat.y(low) - heat.y(high), 3) + 2);
  g.restore();
}

function markJob(g, p) {
  const i = S.job;
  if (i < 0 || D.dur[i] < 0 || D.start[i] < S.t0 || D.start[i] > S.t1) return;
  g.beginPath();
  g.arc(p.x(D.start[i]), heat.y(D.dur[i]), 5, 0, 7);
  g.strokeStyle = ink.paper;
  g.lineWidth = 4;
  g.stroke();
  g.strokeStyle = ink.ink;
  g.lineWidth = 2;
  g.stroke();
  g.lineWidth = 1;
}
