// SPDX-License-Identifier: Apache-2.0
// The timeline while many jobs are in view: a strip per thread, the phases' shares of the time.
import { drawName } from "./lanes.js";
import { clamp, sum } from "./maths.js";
import { eachSlice, recording, weightOf } from "./recording.js";
import { eachJob } from "./selection.js";
import { phaseColour } from "./theme.js";
import { view, windowLength } from "./view.js";

const MOST_STRIPS = 8;
const MANY_JOBS = 300_000; // from which on columns are wider
const GAP = 5; // pixels between strips

// The threads with the most jobs in view.
function threadsInView() {
  const jobs = new Map();
  eachJob(view.from, view.until, (job) => {
    const thread = recording.thread[job];
    jobs.set(thread, (jobs.get(thread) || 0) + 1);
  });
  const busiest = [...jobs.keys()].sort((a, b) => jobs.get(b) - jobs.get(a));
  return busiest.slice(0, MOST_STRIPS).sort((a, b) => a - b);
}

// Add an amount to the columns that [low, high) covers, to each by how much of it is covered.
function spread(columns, low, high, amount) {
  const from = Math.max(low, 0);
  const until = Math.min(high, columns.length);
  if (until <= 0 || from >= columns.length) return;
  const first = Math.floor(from);
  const last = Math.floor(until);
  if (first === last) {
    columns[first] += (until - from) * amount;
    return;
  }
  columns[first] += (first + 1 - from) * amount;
  for (let column = first + 1; column < last; column++) columns[column] += amount;
  if (last < columns.length) columns[last] += (until - last) * amount;
}

// Jobs in each phase on average, by thread: Map of thread -> [phase][column].
function phaseColumns(threads, columns) {
  const width = windowLength() / columns;
  const grids = new Map();
  const emptyGrid = () => recording.phases.map(() => new Float64Array(columns));
  for (const thread of threads) grids.set(thread, emptyGrid());
  eachJob(view.from, view.until, (job) => {
    const grid = grids.get(recording.thread[job]);
    if (!grid) return;
    const weight = weightOf(job);
    eachSlice(job, (phase, start, length) => {
      const low = (start - view.from) / width;
      spread(grid[phase], low, (start + length - view.from) / width, weight);
    });
  });
  return grids;
}

export function layShares(panel) {
  const threads = threadsInView();
  const columns = Math.floor(panel.plotWidth / (recording.jobs > MANY_JOBS ? 3 : 2));
  const grids = phaseColumns(threads, columns);
  const height = panel.plotHeight / Math.max(threads.length, 1);
  const gap = threads.length > 1 ? GAP : 0;
  return threads.map((thread, k) => {
    const top = panel.top + k * height;
    return { thread, top, height, stripHeight: height - gap, columns, grid: grids.get(thread) };
  });
}

function sharesOf({ grid }, column) {
  return grid.map((phase) => phase[column]);
}

export function drawShares(context, panel, rows) {
  for (const row of rows) {
    for (let column = 0; column < row.columns; column++) drawColumn(context, panel, row, column);
    drawName(context, panel, row.thread, row.top + row.stripHeight / 2);
  }
}

function drawColumn(context, panel, row, column) {
  const shares = sharesOf(row, column);
  const whole = sum(shares);
  if (!(whole > 0)) return;
  const step = panel.plotWidth / row.columns;
  let y = row.top + row.stripHeight;
  shares.forEach((share, phase) => {
    const height = (share / whole) * row.stripHeight;
    y -= height;
    context.fillStyle = phaseColour(phase);
    context.fillRect(panel.left + column * step, y, step + 0.3, height);
  });
}

// Jobs in each phase at a point, and the thread; null if there is no strip.
export function sharesAt(panel, rows, x, y) {
  const row = rows.find(({ top, height }) => y >= top && y < top + height);
  if (!row) return null;
  const column = Math.floor(((x - panel.left) / panel.plotWidth) * row.columns);
  return { thread: row.thread, shares: sharesOf(row, clamp(column, 0, row.columns - 1)) };
}
