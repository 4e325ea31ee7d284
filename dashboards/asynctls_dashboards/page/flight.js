// SPDX-License-Identifier: Apache-2.0
// How many jobs are open at once.
import { columnLine, countAxis, overlays, timeAxis } from "./axis.js";
import { setAnswer } from "./dom.js";
import { number, rounded } from "./format.js";
import { shareWindow } from "./gestures.js";
import { clamp, sum } from "./maths.js";
import { Panel } from "./panel.js";
import { recording, weightOf } from "./recording.js";
import { selection } from "./selection.js";
import { colours } from "./theme.js";
import { view, windowLength } from "./view.js";

const COLUMN = 2; // pixels

const shown = { columns: null };
const events = { version: -1, starts: null, ends: null };

export function createFlight() {
  shareWindow(new Panel("flight", 110, drawFlight, { hover: hoverFlight }));
}

// The times of some jobs in order, and how many jobs each time stands for.
function inOrder(jobs, times) {
  const plain = Float64Array.from(jobs, (job) => times[job]);
  if (!recording.weight) return { times: plain.sort(), weight: () => 1 };
  const order = jobs.slice().sort((a, b) => times[a] - times[b]);
  return { times: plain.sort(), weight: (k) => weightOf(order[k]) };
}

function updateEvents() {
  if (events.version === selection.version) return;
  const { mask, count, version } = selection;
  const jobs = new Uint32Array(count);
  let next = 0;
  mask.forEach((chosen, job) => {
    if (chosen) jobs[next++] = job;
  });
  const [starts, ends] = [recording.start, recording.end].map((times) => inOrder(jobs, times));
  Object.assign(events, { version, starts, ends });
}

// Walks through starts and ends; level is how many jobs are open.
function walker() {
  const { starts, ends } = events;
  const walk = { level: 0, start: 0, end: 0 };
  walk.next = () =>
    Math.min(
      walk.start < starts.times.length ? starts.times[walk.start] : Infinity,
      walk.end < ends.times.length ? ends.times[walk.end] : Infinity
    );
  walk.to = (time) => {
    while (starts.times[walk.start] <= time) walk.level += starts.weight(walk.start++);
    while (ends.times[walk.end] <= time) walk.level -= ends.weight(walk.end++);
  };
  return walk;
}

// Fewest, most and mean number of open jobs in [from, until).
function column(walk, from, until) {
  let [at, area, low, high] = [from, 0, walk.level, walk.level];
  for (let next = walk.next(); next < until; next = walk.next()) {
    area += walk.level * (next - at);
    at = next;
    walk.to(at);
    low = Math.min(low, walk.level);
    high = Math.max(high, walk.level);
  }
  area += walk.level * (until - at);
  return { low, high, mean: area / (until - from) };
}

function openJobs(count) {
  updateEvents();
  const walk = walker();
  const width = windowLength() / count;
  const bound = (k) => (k === count ? view.until : view.from + k * width);
  walk.to(view.from);
  return Array.from({ length: count }, (_, k) => column(walk, bound(k), bound(k + 1)));
}

function drawFlight(context, panel) {
  const columns = openJobs(Math.floor(panel.plotWidth / COLUMN));
  const means = columns.map(({ mean }) => mean);
  const most = columns.reduce((least, { high }) => Math.max(least, high), 1);
  shown.columns = columns;
  timeAxis(context, panel);
  const y = countAxis(context, panel, most * 1.1);
  const step = panel.plotWidth / columns.length;
  context.fillStyle = colours.soft;
  columns.forEach(({ low, high }, k) => {
    const height = Math.max(1, y(low) - y(high));
    context.fillRect(panel.left + k * step, y(high), step + 0.3, height);
  });
  context.strokeStyle = colours.data;
  columnLine(context, panel, means, y, 1.5);
  overlays(context, panel);
  const estimated = recording.weight ? "estimated from a sample: " : "";
  const mean = rounded(sum(means) / columns.length);
  setAnswer("flight", `${estimated}at most ${number(most)} open at once, ${mean} on average`);
}

function hoverFlight(panel, x) {
  const { columns } = shown;
  const at = Math.floor(((x - panel.left) / panel.plotWidth) * columns.length);
  const { low, high, mean } = columns[clamp(at, 0, columns.length - 1)];
  return `${number(low)} to ${number(high)} open, ${rounded(mean)} on average`;
}
