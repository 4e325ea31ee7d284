// SPDX-License-Identifier: Apache-2.0
// Latency heat map: how many jobs of which duration began when, with p50, p99 and the slowest.
import { clipTo, columnLine, latencyAxis, overlays, timeAxis } from "./axis.js";
import { bucketOf, bucketStart } from "./buckets.js";
import { byId, element, setAnswer } from "./dom.js";
import { duration } from "./duration.js";
import { count, rounded } from "./format.js";
import { shareWindow } from "./gestures.js";
import { clamp, largest } from "./maths.js";
import { Panel } from "./panel.js";
import { isUnfinished, moment, recording, weightOf } from "./recording.js";
import { eachFinished, eachInCell } from "./selection.js";
import { quantile, sortedDurations, sortJobs } from "./stats.js";
import { colours, heatColour } from "./theme.js";
import { chooseJob, setCell, view, windowLength } from "./view.js";

const LINES = [
  { q: 0.5, label: "p50", colour: "ink", width: 1.8 },
  { q: 0.99, label: "p99", colour: "accent", width: 1.8 },
  { q: 1, label: "max", colour: "faint", width: 1 },
];
// Pixels of a column, and buckets to the octave, for fewer jobs than most.
const RESOLUTIONS = [
  { most: 500, pixels: 12, fine: 4 },
  { most: 5000, pixels: 6, fine: 8 },
  { most: Infinity, pixels: 3, fine: 16 },
];
const MARGIN = 1.04; // factor of latency above and below the cells
// Pixels from the pointer to where a cell is looked for.
const NEARBY = [[0, 0], [0, 4], [0, -4], [4, 0], [-4, 0], [5, 5], [-5, 5], [5, -5], [-5, -5]];

// What is drawn. grid: { columns, rows, first, fine, width, cells }; y: from ns to pixels.
const heat = { grid: null, y: null };

export function createHeat() {
  shareWindow(new Panel("heat", 230, drawHeat, { click: clickHeat, hover: hoverHeat }));
  for (const { label, colour } of LINES) {
    const dash = element("i", { class: "line", style: { borderColor: `var(--${colour})` } });
    byId("lines").append(element("li", {}, dash, label));
  }
}

function drawHeat(context, panel) {
  const sorted = sortedDurations();
  timeAxis(context, panel);
  heat.grid = sorted.total ? countCells(panel, sorted) : null;
  if (heat.grid) {
    const { first, rows, fine } = heat.grid;
    const low = bucketStart(first, fine) / MARGIN;
    heat.y = latencyAxis(context, panel, low, bucketStart(first + rows, fine) * MARGIN);
    drawCells(context, panel);
    drawQuantiles(context, panel, sorted.total);
    markCell(context, panel);
    markJob(context, panel);
  }
  overlays(context, panel);
  heatAnswer(sorted);
}

function countCells(panel, { values }) {
  const { pixels, fine } = RESOLUTIONS.find(({ most }) => values.length < most);
  const columns = Math.floor(panel.plotWidth / pixels);
  const first = bucketOf(values[0], fine);
  const rows = bucketOf(values[values.length - 1], fine) - first + 1;
  const width = windowLength() / columns;
  const cells = new Float64Array(columns * rows);
  eachFinished(view.from, view.until, (job) => {
    const at = Math.floor((recording.start[job] - view.from) / width);
    const row = bucketOf(recording.duration[job], fine) - first;
    cells[row * columns + Math.min(columns - 1, at)] += weightOf(job);
  });
  return { columns, rows, first, fine, width, cells };
}

// The durations that a row of cells stands for.
function rowBounds(row) {
  const { first, fine } = heat.grid;
  return [bucketStart(first + row, fine), bucketStart(first + row + 1, fine)];
}

// Leaves a gap between cells that are large enough for one.
function withGap(size, enough, gap) {
  return Math.max(size - (size > enough ? gap : 0), 0.8);
}

function drawCells(context, panel) {
  const { cells, columns } = heat.grid;
  const most = largest(cells, 1);
  const step = panel.plotWidth / columns;
  cells.forEach((jobs, cell) => {
    if (!jobs) return;
    const [low, high] = rowBounds(Math.floor(cell / columns)).map(heat.y);
    const x = panel.left + (cell % columns) * step;
    context.fillStyle = heatColour(most > 1 ? Math.log(jobs) / Math.log(most * 1.6) : 0.6);
    context.fillRect(x, high, withGap(step, 5, 1), withGap(low - high, 5, 0.7));
  });
}

// Columns for lines are wider than cells: a quantile needs 1 / (1 - q) jobs.
function quantileColumns(total) {
  const few = Math.min(12, Math.floor(total / 100));
  return clamp(Math.floor(total / 1000), Math.max(1, few), 200);
}

function jobsByColumn(columns) {
  const lists = Array.from({ length: columns }, () => []);
  eachFinished(view.from, view.until, (job) => {
    const at = Math.floor(((recording.start[job] - view.from) / windowLength()) * columns);
    lists[Math.min(columns - 1, at)].push(job);
  });
  return lists;
}

function drawQuantiles(context, panel, total) {
  const columns = quantileColumns(total);
  if (columns < 4) return;
  const sorted = jobsByColumn(columns).map((jobs) => sortJobs(Uint32Array.from(jobs)));
  for (const { q, colour, width } of LINES) {
    const enough = q === 1 ? 1 : 1 / (1 - q) - 1e-9;
    const values = sorted.map((each) => (each.total >= enough ? quantile(each, q) : NaN));
    context.strokeStyle = colours.paper;
    columnLine(context, panel, values, heat.y, width + 2);
    context.strokeStyle = colours[colour];
    columnLine(context, panel, values, heat.y, width);
  }
}

function heatAnswer(sorted) {
  if (!sorted.total) {
    setAnswer("heat", "no job began and finished in view");
    return;
  }
  const [p50, p99, most] = [0.5, 0.99, 1].map((q) => quantile(sorted, q));
  const words = [`p50 ${duration(p50)}`];
  const ratio = rounded(p99 / p50, 2);
  if (sorted.total >= 100) words.push(`p99 ${duration(p99)} (${ratio} × the median)`);
  words.push(`max ${duration(most)}`, count(sorted.total, "job"), "click a cell for its jobs");
  setAnswer("heat", words.join(" · "));
}

// The cell at a point: how many jobs, and its bounds as view.cell has them; null if there is none.
function cellAt(panel, x, y) {
  const { columns, rows, width, cells } = heat.grid;
  const column = Math.floor(((x - panel.left) / panel.plotWidth) * columns);
  if (column < 0 || column >= columns) return null;
  for (let row = 0; row < rows; row++) {
    const [shortest, longest] = rowBounds(row);
    if (y > heat.y(shortest) || y <= heat.y(longest)) continue;
    const from = view.from + column * width;
    const until = view.from + (column + 1) * width;
    return { jobs: cells[row * columns + column], bounds: [from, until, shortest, longest] };
  }
  return null;
}

// The nearest cell with jobs in it, as single cells are small.
function nearestCell(panel, x, y) {
  if (!heat.grid) return null;
  const cells = NEARBY.map(([right, down]) => cellAt(panel, x + right, y + down));
  return cells.find((cell) => cell && cell.jobs) || null;
}

function clickHeat(panel, x, y) {
  const cell = nearestCell(panel, x, y);
  setCell(cell && cell.bounds);
  if (!cell) return;
  const { duration: length } = recording;
  let slowest = -1;
  eachInCell(cell.bounds, (job) => {
    if (slowest < 0 || length[job] > length[slowest]) slowest = job;
  });
  if (slowest >= 0) chooseJob(slowest);
}

function hoverHeat(panel, x, y) {
  const cell = nearestCell(panel, x, y);
  if (!cell) return "";
  const { width } = heat.grid;
  const [from, , shortest, longest] = cell.bounds;
  const jobs = `${count(cell.jobs, "job")} of ${duration(shortest)} to ${duration(longest)}`;
  return `${jobs}\nthat began in ${duration(width)} from ${moment(from, width)}`;
}

function markCell(context, panel) {
  if (!view.cell) return;
  const [left, right] = view.cell.slice(0, 2).map((time) => panel.x(time));
  const [low, high] = view.cell.slice(2).map(heat.y);
  clipTo(context, panel.left, panel.top - 1, panel.plotWidth, panel.plotHeight + 2);
  context.strokeStyle = colours.ink;
  context.lineWidth = 2;
  const [width, height] = [right - left, low - high].map((size) => Math.max(size, 3) + 2);
  context.strokeRect(left - 1, high - 1, width, height);
  context.restore();
}

function markJob(context, panel) {
  const { job } = view;
  if (job < 0 || isUnfinished(job)) return;
  const start = recording.start[job];
  if (start < view.from || start > view.until) return;
  context.beginPath();
  context.arc(panel.x(start), heat.y(recording.duration[job]), 5, 0, 7);
  context.strokeStyle = colours.paper;
  context.lineWidth = 4;
  context.stroke();
  context.strokeStyle = colours.ink;
  context.lineWidth = 2;
  context.stroke();
  context.lineWidth = 1;
}
