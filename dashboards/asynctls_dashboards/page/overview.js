// SPDX-License-Identifier: Apache-2.0
// The whole recording in a strip: how many jobs, how slow; and the brush that chooses the window.
import { overlays, timeAxis } from "./axis.js";
import { element, setAnswer } from "./dom.js";
import { duration } from "./duration.js";
import { count, number } from "./format.js";
import { wheelFactor } from "./gestures.js";
import { clamp, largest, smallest } from "./maths.js";
import { Panel, REDRAW } from "./panel.js";
import { recording, weightOf } from "./recording.js";
import { selection, someAreLeftOut } from "./selection.js";
import { colours } from "./theme.js";
import { centreOn, setWindow, showAll, view, windowLength, zoom } from "./view.js";

const COLUMN = 3; // pixels
const GRIP = 7; // pixels around an edge of the brush by which it can be taken
const CLICK = 3; // pixels below which a drag is a click
const SHORTEST = 100; // ns that the brush keeps when an edge is dragged

const strip = { panel: null, brush: null };

export function createOverview() {
  const panel = new Panel("overview", 78, drawOverview, { redraw: REDRAW.FILTER });
  const sides = ["left", "right"].map((side) => element("i", { class: side }));
  strip.panel = panel;
  strip.brush = element("div", { class: "brush" }, ...sides);
  panel.box.append(strip.brush);
  bindBrush(panel);
}

function xOf(time) {
  const { low, high } = recording;
  const { left, plotWidth } = strip.panel;
  return left + ((time - low) / (high - low)) * plotWidth;
}

export function placeBrush() {
  const [left, right] = [xOf(view.from), xOf(view.until)];
  strip.brush.style.left = `${left}px`;
  strip.brush.style.width = `${Math.max(3, right - left)}px`;
}

// Jobs that begin in each column, and how long the slowest of them takes: NaN if there is none.
function countColumns(columns) {
  const { low, high, start, end } = recording;
  const jobs = new Float64Array(columns);
  const slowest = new Float64Array(columns).fill(NaN);
  for (let job = 0; job < recording.jobs; job++) {
    if (!selection.mask[job]) continue;
    const at = Math.floor(((start[job] - low) / (high - low)) * columns);
    const column = clamp(at, 0, columns - 1);
    const age = end[job] - start[job];
    jobs[column] += weightOf(job);
    if (!(slowest[column] > age)) slowest[column] = age;
  }
  return { jobs, slowest };
}

function drawOverview(context, panel) {
  const { low, high } = recording;
  const columns = Math.floor(panel.plotWidth / COLUMN);
  const { jobs, slowest } = countColumns(columns);
  const most = largest(jobs, 1);
  timeAxis(context, panel, low, high);
  drawCounts(context, panel, jobs, most);
  drawSlowest(context, panel, slowest);
  overlays(context, panel, xOf);
  drawLabels(context, panel);
  overviewAnswer(most, columns);
}

function drawCounts(context, panel, jobs, most) {
  const step = panel.plotWidth / jobs.length;
  context.fillStyle = colours.soft;
  jobs.forEach((begun, column) => {
    const height = (begun / most) * panel.plotHeight;
    const x = panel.left + column * step;
    context.fillRect(x, panel.floor - height, Math.max(step - 0.5, 1), height);
  });
}

function drawSlowest(context, panel, slowest) {
  const step = panel.plotWidth / slowest.length;
  const seen = slowest.filter((ns) => ns > 0);
  const bottom = smallest(seen, Infinity);
  const span = Math.max(Math.log(largest(seen, 1) / bottom), 0.1);
  const y = (ns) => panel.floor - 4 - (Math.log(ns / bottom) / span) * (panel.plotHeight - 8);
  context.fillStyle = colours.accent;
  slowest.forEach((ns, column) => {
    const x = panel.left + column * step;
    if (ns > 0) context.fillRect(x, y(ns) - 1, Math.max(2, step - 1), 2);
  });
}

function drawLabels(context, panel) {
  context.textAlign = "right";
  context.fillStyle = colours.faint;
  context.fillText("jobs begun", panel.left - 8, panel.floor - 8);
  context.fillStyle = colours.accent;
  context.fillText("slowest", panel.left - 8, panel.top + 8);
}

function overviewAnswer(most, columns) {
  const length = recording.high - recording.low;
  const jobs = `${count(selection.jobs, "job")}${someAreLeftOut() ? " chosen" : ""}`;
  const rate = `${number(selection.jobs / (length / 1e9))}/s on average`;
  const peak = `at most ${number(most)} begin in ${duration(length / columns)}`;
  setAnswer("overview", `${jobs} in ${duration(length)}, ${rate}; ${peak}`);
}

// What a drag of the brush does to the window, by where it begins.
const DRAGS = {
  left: (time, begun) => setWindow(Math.min(time, begun.until - SHORTEST), begun.until),
  right: (time, begun) => setWindow(begun.from, Math.max(time, begun.from + SHORTEST)),
  move: (time, begun) => setWindow(begun.from + time - begun.time, begun.until + time - begun.time),
  create: (time, begun) => {
    if (!isClick(time, begun)) setWindow(Math.min(time, begun.time), Math.max(time, begun.time));
  },
};

function isClick(time, begun) {
  return Math.abs(xOf(time) - xOf(begun.time)) <= CLICK;
}

function dragAt(x) {
  const [left, right] = [xOf(view.from), xOf(view.until)];
  const whole = windowLength() >= (recording.high - recording.low) * 0.999;
  if (Math.abs(x - left) < GRIP) return "left";
  if (Math.abs(x - right) < GRIP) return "right";
  return x > left && x < right && !whole ? "move" : "create";
}

function bindBrush(panel) {
  const { canvas } = panel;
  const xAt = (event) => event.clientX - canvas.getBoundingClientRect().left;
  const timeAt = (event) => {
    const { low, high } = recording;
    return low + ((xAt(event) - panel.left) / panel.plotWidth) * (high - low);
  };
  let begun = null;
  canvas.addEventListener("pointerdown", (event) => {
    const { from, until } = view;
    begun = { drag: dragAt(xAt(event)), time: timeAt(event), from, until };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (begun) DRAGS[begun.drag](timeAt(event), begun);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (begun && begun.drag === "create" && isClick(timeAt(event), begun)) centreOn(begun.time);
    begun = null;
  });
  canvas.addEventListener("dblclick", showAll);
  const turn = (event) => zoom(wheelFactor(event), timeAt(event)) && event.preventDefault();
  canvas.addEventListener("wheel", turn, { passive: false });
}
