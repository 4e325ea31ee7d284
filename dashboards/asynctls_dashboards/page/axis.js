// SPDX-License-Identifier: Apache-2.0
// Axes, and marks over time that several panels have.
import { duration } from "./duration.js";
import { number } from "./format.js";
import { clamp } from "./maths.js";
import { moment, recording } from "./recording.js";
import { colours } from "./theme.js";
import { view } from "./view.js";

const TICK_STEPS = [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]; // per power of ten, most first
const HATCH = 7; // pixels between two lines
const GRID_ALPHA = 0.6;

function niceStep(span, most) {
  const raw = span / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= raw * 0.999);
}

export function line(context, x0, y0, x1, y1) {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

function gridLine(context, ...ends) {
  context.strokeStyle = colours.rule;
  context.globalAlpha = GRID_ALPHA;
  line(context, ...ends);
  context.globalAlpha = 1;
}

// Let nothing be drawn outside the rectangle until context.restore().
export function clipTo(context, x, y, width, height) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
}

// Grid and labels of time under a plot.
export function timeAxis(context, panel, from = view.from, until = view.until) {
  const { left, top, floor, plotWidth, width, bottom } = panel;
  const step = niceStep(until - from, Math.max(2, plotWidth / 110));
  context.textAlign = "center";
  context.lineWidth = 1;
  for (let time = Math.ceil(from / step) * step; time <= until; time += step) {
    const x = Math.round(left + ((time - from) / (until - from)) * plotWidth) + 0.5;
    gridLine(context, x, top, x, floor);
    if (bottom < 14) continue;
    const words = moment(time, step);
    const rightmost = width - context.measureText(words).width / 2 - 1;
    context.fillStyle = colours.faint;
    context.fillText(words, clamp(x, left + 12, rightmost), floor + 10);
  }
}

function ticksBetween(low, high, steps) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    ticks.push(...steps.map((step) => step * 10 ** power));
  return ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
}

function logTicks(low, high, most) {
  const choices = TICK_STEPS.map((steps) => ticksBetween(low, high, steps));
  return choices.find((ticks) => ticks.length <= most) || choices[choices.length - 1];
}

function tickAtLeft(context, panel, y, words) {
  const at = Math.round(y) + 0.5;
  gridLine(context, panel.left, at, panel.edge, at);
  context.textAlign = "right";
  context.fillStyle = colours.faint;
  context.fillText(words, panel.left - 8, clamp(at, panel.top + 5, panel.floor - 4));
}

function mostTicksAtLeft(panel) {
  return Math.max(2, panel.plotHeight / 26);
}

// Logarithmic latencies up the left side; returns a function from ns to y.
export function latencyAxis(context, panel, low, high) {
  const { floor, plotHeight } = panel;
  const span = Math.log(high / low);
  const y = (ns) => floor - (Math.log(Math.max(ns, low) / low) / span) * plotHeight;
  for (const tick of logTicks(low, high, mostTicksAtLeft(panel)))
    tickAtLeft(context, panel, y(tick), duration(tick));
  return y;
}

// Counts up the left side; returns a function from a count to y.
export function countAxis(context, panel, most) {
  const y = (count) => panel.floor - (count / most) * panel.plotHeight;
  const step = Math.max(1, niceStep(most, mostTicksAtLeft(panel)));
  for (let count = 0; count <= most; count += step)
    tickAtLeft(context, panel, y(count), number(count));
  return y;
}

function hatch(context, panel, from, until) {
  const { left, top, floor, edge, plotHeight } = panel;
  clipTo(context, from, top, until - from, plotHeight);
  context.strokeStyle = colours.alarm;
  context.globalAlpha = 0.55;
  const last = Math.min(until, edge);
  for (let x = Math.max(from, left) - plotHeight; x < last; x += HATCH)
    line(context, x, floor, x + plotHeight, top);
  context.restore();
}

function drawPin(context, panel, x, label) {
  context.strokeStyle = context.fillStyle = colours.accent;
  line(context, x, panel.top, x, panel.floor);
  context.fillRect(x, panel.top, 14, 13);
  context.fillStyle = colours.paper;
  context.textAlign = "center";
  context.fillText(label, x + 7, panel.top + 7);
}

// Over everything: stretches in which events were lost, and pins. x turns times into pixels.
export function overlays(context, panel, x = (time) => panel.x(time)) {
  const { left, top, edge, plotWidth, plotHeight } = panel;
  clipTo(context, left, top, plotWidth, plotHeight);
  for (const [start, length] of recording.header.lostAt) {
    const from = x(start);
    const until = Math.max(x(start + length), from + 3);
    if (until >= left && from <= edge) hatch(context, panel, from, until);
  }
  view.pins.forEach((time, k) => drawPin(context, panel, Math.round(x(time)) + 0.5, `${k + 1}`));
  context.restore();
}

// A path through the middles of columns, with gaps where a value is NaN.
export function columnLine(context, panel, values, y, width) {
  const step = panel.plotWidth / values.length;
  context.lineWidth = width;
  context.beginPath();
  let connected = false;
  values.forEach((value, column) => {
    const x = panel.left + (column + 0.5) * step;
    if (Number.isNaN(value)) connected = false;
    else if (connected) context.lineTo(x, y(value));
    else {
      context.moveTo(x, y(value));
      connected = true;
    }
  });
  context.stroke();
  context.lineWidth = 1;
}

// As much of a text as fits into so many pixels.
export function shortened(context, text, room) {
  let short = text;
  while (short.length > 1 && context.measureText(short).width > room)
    short = short.slice(0, -2) + "…";
  return short;
}
