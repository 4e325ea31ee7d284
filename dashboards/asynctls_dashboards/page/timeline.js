// SPDX-License-Identifier: Apache-2.0
// Jobs over time: a bar each in lanes while few are in view, else the phases' shares of their time.
import { overlays, timeAxis } from "./axis.js";
import { byId, element, setAnswer } from "./dom.js";
import { duration } from "./duration.js";
import { count, number, percent } from "./format.js";
import { shareWindow } from "./gestures.js";
import { drawLanes, jobAt, lanesOfAll, layLanes } from "./lanes.js";
import { clamp, sum } from "./maths.js";
import { Panel } from "./panel.js";
import { eachSlice, isUnfinished, opName, recording, threadName, weightOf } from "./recording.js";
import { eachJob } from "./selection.js";
import { drawShares, layShares, sharesAt } from "./shares.js";
import { chooseJob, view, windowLength, zoom } from "./view.js";

const MOST_BARS = 5000;
const ALWAYS_BARS = 40; // jobs, however short they are
const NARROWEST = 2; // pixels of the median bar
const MODE = { LANES: "lanes", SHARES: "shares" };

const shown = { mode: MODE.LANES, rows: [] };

export function createTimeline() {
  const height = clamp(30 * lanesOfAll() + 24, 120, 320);
  const options = { click: clickTimeline, hover: hoverTimeline };
  shareWindow(new Panel("timeline", height, drawTimeline, options));
  for (const phase of recording.phases) {
    const patch = element("i", { style: { background: `var(--${phase})` } });
    byId("legend").append(element("li", {}, patch, phase));
  }
}

function drawTimeline(context, panel) {
  const jobs = barsInView(panel);
  const lanes = jobs && layLanes(panel, jobs);
  timeAxis(context, panel);
  if (lanes) {
    Object.assign(shown, { mode: MODE.LANES, rows: lanes });
    drawLanes(context, panel, lanes, jobs);
  } else {
    Object.assign(shown, { mode: MODE.SHARES, rows: layShares(panel) });
    drawShares(context, panel, shown.rows);
  }
  overlays(context, panel);
  byId("timeline").dataset.mode = shown.mode;
  timelineAnswer();
}

// The jobs in view if a bar each can be told apart, else null.
function barsInView(panel) {
  const jobs = [];
  eachJob(view.from, view.until, (job) => {
    if (jobs.length <= MOST_BARS) jobs.push(job);
  });
  if (jobs.length > MOST_BARS) return null;
  if (jobs.length <= ALWAYS_BARS) return jobs;
  const { start, end } = recording;
  const length = (job) => Math.min(end[job], view.until) - Math.max(start[job], view.from);
  const lengths = jobs.map(length).sort((a, b) => a - b);
  const pixels = (lengths[lengths.length >> 1] / windowLength()) * panel.plotWidth;
  return pixels >= NARROWEST ? jobs : null;
}

function timelineAnswer() {
  const sums = recording.phases.map(() => 0);
  let unfinished = 0;
  let jobs = 0;
  eachJob(view.from, view.until, (job) => {
    const weight = weightOf(job);
    jobs += weight;
    for (let phase = 0; phase < sums.length; phase++)
      sums[phase] += weight * recording.phase[phase][job];
    if (isUnfinished(job)) unfinished++;
  });
  setAnswer("timeline", jobs ? timelineWords(sums, jobs, unfinished) : "no job in view");
}

function timelineWords(sums, jobs, unfinished) {
  const whole = Math.max(sum(sums), 1);
  const [first, second] = [...sums.keys()].sort((a, b) => sums[b] - sums[a]);
  const share = (phase) => percent(sums[phase] / whole);
  const { phases } = recording;
  const most = `${share(first)} of their time is ${phases[first]}`;
  const next = `${share(second)} ${phases[second]}`;
  const open = unfinished ? `; ${count(unfinished, "job")} without an end` : "";
  const bars = shown.mode === MODE.LANES;
  const how = bars ? "a bar per job" : "shares of the jobs' time; zoom in for single jobs";
  return `${count(jobs, "job")} in view: ${most}, ${next}${open} · ${how}`;
}

function clickTimeline(panel, x, y) {
  if (shown.mode === MODE.SHARES) {
    zoom(0.25, panel.time(x));
    return;
  }
  const job = jobAt(panel, shown.rows, x, y);
  if (job >= 0) chooseJob(job);
}

function hoverTimeline(panel, x, y) {
  if (shown.mode === MODE.SHARES) return sharesWords(panel, x, y);
  const job = jobAt(panel, shown.rows, x, y);
  return job < 0 ? "" : jobWords(job, panel.time(x));
}

function jobWords(job, time) {
  const length = isUnfinished(job) ? "without an end" : duration(recording.duration[job]);
  const lines = [`job ${recording.id[job]} · ${opName(job)} · ${length}`];
  eachSlice(job, (phase, start, ns) => {
    const here = time >= start && time < start + ns;
    if (here) lines[1] = `${recording.phases[phase]} for ${duration(ns)}`;
  });
  return lines.join("\n");
}

function sharesWords(panel, x, y) {
  const at = sharesAt(panel, shown.rows, x, y);
  if (!at) return "";
  const whole = sum(at.shares);
  const name = threadName(at.thread);
  if (!whole) return `${name}: no job`;
  const words = at.shares.map((share, k) => `${recording.phases[k]} ${percent(share / whole)}`);
  return `${name}\n${words.join(" · ")}\n${number(whole)} jobs open on average`;
}
