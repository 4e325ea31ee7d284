// SPDX-License-Identifier: Apache-2.0
// Jobs over time: a bar each in lanes per thread while few are in view, else the phases' shares of their time.
const MOST_BARS = 5000, MOST_LANES = 130;
const lanes = { version: -1 };
let shown = { mode: "", rows: [] };

// Lane of each job within its thread: the lowest that is free. The same wherever one looks.
function packLanes() {
  if (lanes.version === F.version) return;
  lanes.version = F.version;
  lanes.of = lanes.of || new Uint16Array(D.n);
  const free = D.h.threads.map(() => []);
  for (let i = 0; i < D.n; i++) {
    if (!F.mask[i]) continue;
    const ends = free[D.thread[i]];
    let lane = 0;
    while (lane < ends.length && ends[lane] > D.start[i]) lane++;
    ends[lane] = D.end[i];
    lanes.of[i] = lane;
  }
}

function timelinePanel() {
  packLanes();
  const lanesOf = D.h.threads.map(() => 0);
  for (let i = 0; i < D.n; i++) lanesOf[D.thread[i]] = Math.max(lanesOf[D.thread[i]], lanes.of[i] + 1);
  const all = lanesOf.reduce((a, b) => a + b, 0);
  const p = new Panel("timeline", clamp(30 * all + 24, 120, 320), drawTimeline, { bottom: 18, click: clickTimeline, hover: hoverTimeline });
  bindTime(p);
  for (const phase of PHASES) {
    $("legend").append(el("li", {}, el("i", { style: { background: `var(--${phase})` } }), phase));
  }
}

function drawTimeline(g, p) {
  const jobs = [];
  const spans = [];
  let n = 0;
  eachJob(S.t0, S.t1, (i) => { if (n++ < MOST_BARS) { jobs.push(i); spans.push(Math.min(D.end[i], S.t1) - Math.max(D.start[i], S.t0)); } });
  spans.sort((a, b) => a - b);
  const px = n ? (spans[n < MOST_BARS ? n >> 1 : MOST_BARS >> 1] / (S.t1 - S.t0)) * p.inner : 0;
  const few = n <= MOST_BARS && (px >= 2 || n <= 40);
  timeAxis(g, p);
  if (few && drawLanes(g, p, jobs)) shown.mode = "lanes";
  else { drawShares(g, p); shown.mode = "shares"; }
  overlays(g, p);
  $("timeline").dataset.mode = shown.mode;
  timelineAnswer(n);
}

function drawLanes(g, p, jobs) {
  packLanes();
  const threads = [...new Set(jobs.map((i) => D.thread[i]))].sort((a, b) => a - b);
  const depth = new Map(threads.map((t) => [t, 0]));
  for (const i of jobs) depth.set(D.thread[i], Math.max(depth.get(D.thread[i]), lanes.of[i] + 1));
  const total = [...depth.values()].reduce((a, b) => a + b, 0);
  if (total > MOST_LANES) return false;
  const gap = threads.length > 1 ? 6 : 0;
  const area = p.height - p.top - p.bottom - gap * (threads.length - 1);
  const lane = Math.min(28, area / Math.max(total, 1));
  const pad = lane > 6 ? 1 : lane > 3.5 ? 0.5 : 0;
  const top = new Map();
  let y = p.top;
  for (const t of threads) {
    top.set(t, y);
    label(g, p, D.h.threads[t].name, y + (depth.get(t) * lane) / 2);
    y += depth.get(t) * lane + gap;
    if (t !== threads[threads.length - 1]) { g.strokeStyle = ink.rule; line(g, p.left, y - gap / 2, p.width - p.right, y - gap / 2); }
  }
  shown.rows = threads.map((t) => ({ thread: t, top: top.get(t), depth: depth.get(t), lane }));
  g.save();
  clip(g, p);
  for (const i of jobs) {
    const at = top.get(D.thread[i]) + lanes.of[i] * lane + pad;
    eachSlice(i, (phase, t, dur) => {
      const a = p.x(t), b = p.x(t + dur);
      if (b < p.left || a > p.width) return;
      g.fillStyle = ink[PHASES[phase]];
      g.fillRect(a, at, Math.max(b - a, 0.6), lane - 2 * pad);
      if (lane >= 9 && b - a > 3) mark(g, phase, b, at, lane - 2 * pad);
    });
    if (D.dur[i] < 0) { g.fillStyle = ink.alarm; g.fillRect(Math.min(p.x(D.end[i]), p.width - p.right) - 3, at - pad, 3, lane); }
  }
  if (S.job >= 0 && top.has(D.thread[S.job]) && F.mask[S.job]) {
    const at = top.get(D.thread[S.job]) + lanes.of[S.job] * lane;
    g.strokeStyle = ink.ink;
    g.lineWidth = 2;
    g.strokeRect(p.x(D.start[S.job]) - 1, at, p.x(D.end[S.job]) - p.x(D.start[S.job]) + 2, lane);
    g.lineWidth = 1;
  }
  g.restore();
  return true;
}

// Wake at the end of offload, resume at the end of requeue.
function mark(g, phase, x, y, height) {
  if (phase === 1) {
    g.fillStyle = ink.ink;
    g.beginPath();
    g.moveTo(x, y + height - 5);
    g.lineTo(x + 3, y + height);
    g.lineTo(x - 3, y + height);
    g.fill();
  } else if (phase === 3) {
    g.fillStyle = ink.paper;
    g.strokeStyle = ink.ink;
    g.beginPath();
    g.arc(x, y + 3, 2.2, 0, 7);
    g.fill();
    g.stroke();
  }
}

function clip(g, p) {
  g.beginPath();
  g.rect(p.left, p.top - 1, p.inner, p.height - p.top - p.bottom + 2);
  g.clip();
}

function label(g, p, text, y) {
  g.fillStyle = ink.ink;
  g.textAlign = "right";
  while (text.length > 3 && g.measureText(text).width > p.left - 14) text = text.slice(0, -2) + "…";
  g.fillText(text, p.left - 8, y);
}

const MOST_STRIPS = 8;
function drawShares(g, p) {
  const jobs = new Map();
  eachJob(S.t0, S.t1, (i) => jobs.set(D.thread[i], (jobs.get(D.thread[i]) || 0) + 1));
  const threads = [...jobs.keys()].sort((a, b) => jobs.get(b) - jobs.get(a)).slice(0, MOST_STRIPS).sort((a, b) => a - b);
  const group = D.h.threads.map((_, t) => threads.indexOf(t));
  const columns = Math.floor(p.inner / (D.n > 300_000 ? 3 : 2));
  const grid = phaseColumns(S.t0, S.t1, columns, (i) => group[D.thread[i]], threads.length);
  const height = (p.height - p.top - p.bottom) / Math.max(threads.length, 1);
  const step = p.inner / columns;
  shown.rows = threads.map((thread, k) => ({ thread, top: p.top + k * height, height, grid: grid.slice(4 * k, 4 * k + 4), columns }));
  for (const row of shown.rows) {
    const tall = row.height - (threads.length > 1 ? 5 : 0);
    for (let c = 0; c < columns; c++) {
      const whole = row.grid[0][c] + row.grid[1][c] + row.grid[2][c] + row.grid[3][c];
      let y = row.top + tall;
      for (let q = 0; q < 4 && whole > 0; q++) {
        const h = (row.grid[q][c] / whole) * tall;
        g.fillStyle = ink[PHASES[q]];
        g.fillRect(p.left + c * step, y - h, step + 0.3, h);
        y -= h;
      }
    }
    label(g, p, D.h.threads[row.thread].name, row.top + tall / 2);
  }
}

function timelineAnswer(n) {
  const sum = [0, 0, 0, 0];
  let open = 0, jobs = 0;
  eachJob(S.t0, S.t1, (i) => {
    const w = weightOf(i);
    jobs += w;
    for (let q = 0; q < 4; q++) sum[q] += w * D.phase[q][i];
    if (D.dur[i] < 0) open++;
  });
  const whole = sum.reduce((a, b) => a + b, 0);
  if (!n) return answer("timeline", "no job in view");
  const order = [0, 1, 2, 3].sort((a, b) => sum[b] - sum[a]);
  const words = `${count(jobs, "job")} in view: ${percent(sum[order[0]] / Math.max(whole, 1))} of their time is ${PHASES[order[0]]}, ${percent(sum[order[1]] / Math.max(whole, 1))} ${PHASES[order[1]]}`;
  const how = shown.mode === "lanes" ? "a bar per job" : "shares of the jobs' time; zoom in for single jobs";
  answer("timeline", `${words}${open ? `; ${count(open, "job")} without an end` : ""} · ${how}`);
}

function jobAt(p, x, y) {
  if (shown.mode !== "lanes") return -1;
  const t = p.t(x), slack = (2 / p.inner) * (S.t1 - S.t0);
  const row = shown.rows.find((r) => y >= r.top && y < r.top + r.depth * r.lane);
  if (!row) return -1;
  const lane = Math.floor((y - row.top) / row.lane);
  let found = -1;
  eachJob(t - slack, t + slack, (i) => {
    if (D.thread[i] === row.thread && lanes.of[i] === lane && (found < 0 || Math.abs(D.start[i] - t) < Math.abs(D.start[found] - t) || (D.start[i] <= t && D.end[i] >= t))) found = i;
  });
  return found;
}

function clickTimeline(p, x, y) {
  const i = jobAt(p, x, y);
  if (i >= 0) choose(i);
  else if (shown.mode === "shares") zoom(0.25, p.t(x));
}

function hoverTimeline(p, x, y) {
  const t = p.t(x);
  if (shown.mode === "lanes") {
    const i = jobAt(p, x, y);
    if (i < 0) return "";
    let now = "";
    eachSlice(i, (phase, at, dur) => { if (t >= at && t < at + dur) now = `${PHASES[phase]} for ${duration(dur)}`; });
    return `job ${D.id[i]} · ${D.h.ops[D.op[i]]} · ${D.dur[i] < 0 ? "without an end" : duration(D.dur[i])}${now ? "\n" + now : ""}`;
  }
  const row = shown.rows.find((r) => y >= r.top && y < r.top + r.height);
  if (!row) return "";
  const c = clamp(Math.floor(((x - p.left) / p.inner) * row.columns), 0, row.columns - 1);
  const whole = row.grid.reduce((sum, q) => sum + q[c], 0);
  if (!whole) return `${D.h.threads[row.thread].name}: no job`;
  return `${D.h.threads[row.thread].name}\n${PHASES.map((q, k) => `${q} ${percent(row.grid[k][c] / whole)}`).join(" · ")}\n${number(whole)} jobs open on average`;
}
