// SPDX-License-Identifier: Apache-2.0
// The timeline while few jobs are in view: a bar each, in lanes per thread.
import { clipTo, line, shortened } from "./axis.js";
import { sum } from "./maths.js";
import { eachSlice, isUnfinished, recording, threadName } from "./recording.js";
import { eachJob, selection } from "./selection.js";
import { colours, phaseColour } from "./theme.js";
import { view, windowLength } from "./view.js";

const MOST_LANES = 130;
const TALLEST = 28; // pixels of a lane
const GAP = 6; // pixels between threads
const MARKED = 9; // pixels of a lane from which on wake-ups and resumptions are marked

const packed = { version: -1, lane: null }; // the lane of each chosen job

// The lowest lane of its thread that is free: the same wherever one looks.
function packLanes() {
  if (packed.version === selection.version) return;
  const { start, end, thread } = recording;
  const busyUntil = recording.header.threads.map(() => []);
  packed.version = selection.version;
  packed.lane = new Uint16Array(recording.jobs);
  for (let job = 0; job < recording.jobs; job++) {
    if (!selection.mask[job]) continue;
    const ends = busyUntil[thread[job]];
    let lane = 0;
    while (lane < ends.length && ends[lane] > start[job]) lane++;
    ends[lane] = end[job];
    packed.lane[job] = lane;
  }
}

// How many lanes each thread needs for those jobs.
function lanesByThread(jobs) {
  const lanes = new Map();
  for (const job of jobs) {
    const thread = recording.thread[job];
    lanes.set(thread, Math.max(lanes.get(thread) || 0, packed.lane[job] + 1));
  }
  return lanes;
}

export function lanesOfAll() {
  packLanes();
  return sum([...lanesByThread(recording.start.keys()).values()]);
}

// Rows of lanes, one per thread, from the top of the panel on; null if there are too many.
export function layLanes(panel, jobs) {
  packLanes();
  const lanes = lanesByThread(jobs);
  const total = sum([...lanes.values()]);
  if (total > MOST_LANES) return null;
  const threads = [...lanes.keys()].sort((a, b) => a - b);
  const gap = threads.length > 1 ? GAP : 0;
  const room = panel.plotHeight - gap * (threads.length - 1);
  const laneHeight = Math.min(TALLEST, room / Math.max(total, 1));
  let next = panel.top;
  return threads.map((thread) => {
    const top = next;
    const height = lanes.get(thread) * laneHeight;
    next += height + gap;
    return { thread, top, height, laneHeight, gap };
  });
}

export function drawLanes(context, panel, rows, jobs) {
  const rowOf = new Map(rows.map((row) => [row.thread, row]));
  const topOf = (job) => {
    const { top, laneHeight } = rowOf.get(recording.thread[job]);
    return top + packed.lane[job] * laneHeight;
  };
  drawNames(context, panel, rows);
  clipTo(context, panel.left, panel.top - 1, panel.plotWidth, panel.plotHeight + 2);
  for (const job of jobs) drawJob(context, panel, job, topOf(job), rows[0].laneHeight);
  const { job } = view;
  if (job >= 0 && rowOf.has(recording.thread[job]) && selection.mask[job])
    outline(context, panel, job, topOf(job), rows[0].laneHeight);
  context.restore();
}

export function drawName(context, panel, thread, y) {
  context.fillStyle = colours.ink;
  context.textAlign = "right";
  context.fillText(shortened(context, threadName(thread), panel.left - 14), panel.left - 8, y);
}

function drawNames(context, panel, rows) {
  rows.forEach(({ thread, top, height, gap }, k) => {
    drawName(context, panel, thread, top + height / 2);
    if (k === 0) return;
    context.strokeStyle = colours.rule;
    line(context, panel.left, top - gap / 2, panel.edge, top - gap / 2);
  });
}

function padding(laneHeight) {
  if (laneHeight > 6) return 1;
  return laneHeight > 3.5 ? 0.5 : 0;
}

function drawJob(context, panel, job, top, laneHeight) {
  const pad = padding(laneHeight);
  const height = laneHeight - 2 * pad;
  eachSlice(job, (phase, start, length) => {
    const left = panel.x(start);
    const right = panel.x(start + length);
    if (right < panel.left || left > panel.width) return;
    context.fillStyle = phaseColour(phase);
    context.fillRect(left, top + pad, Math.max(right - left, 0.6), height);
    if (laneHeight >= MARKED && right - left > 3) markEnd(context, phase, right, top + pad, height);
  });
  if (!isUnfinished(job)) return;
  context.fillStyle = colours.alarm;
  context.fillRect(Math.min(panel.x(recording.end[job]), panel.edge) - 3, top, 3, laneHeight);
}

// A wake-up ends offload, a resumption ends requeue.
function markEnd(context, phase, x, y, height) {
  const { offload, requeue } = recording.phaseCode;
  if (phase === offload) markWakeUp(context, x, y + height);
  else if (phase === requeue) markResumption(context, x, y + 3);
}

function markWakeUp(context, x, floor) {
  context.fillStyle = colours.ink;
  context.beginPath();
  context.moveTo(x, floor - 5);
  context.lineTo(x + 3, floor);
  context.lineTo(x - 3, floor);
  context.fill();
}

function markResumption(context, x, y) {
  context.fillStyle = colours.paper;
  context.strokeStyle = colours.ink;
  context.beginPath();
  context.arc(x, y, 2.2, 0, 7);
  context.fill();
  context.stroke();
}

function outline(context, panel, job, top, height) {
  const left = panel.x(recording.start[job]);
  const right = panel.x(recording.end[job]);
  context.strokeStyle = colours.ink;
  context.lineWidth = 2;
  context.strokeRect(left - 1, top, right - left + 2, height);
  context.lineWidth = 1;
}

// The job whose bar is at a point, or whose start is the nearest; -1 if there is none close by.
export function jobAt(panel, rows, x, y) {
  const row = rows.find(({ top, height }) => y >= top && y < top + height);
  if (!row) return -1;
  const lane = Math.floor((y - row.top) / row.laneHeight);
  const time = panel.time(x);
  const slack = (2 / panel.plotWidth) * windowLength();
  const { start, end, thread } = recording;
  const distance = (job) => Math.abs(start[job] - time);
  let found = -1;
  eachJob(time - slack, time + slack, (job) => {
    if (thread[job] !== row.thread || packed.lane[job] !== lane) return;
    const covers = start[job] <= time && end[job] >= time;
    if (found < 0 || covers || distance(job) < distance(found)) found = job;
  });
  return found;
}
