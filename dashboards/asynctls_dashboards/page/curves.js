// SPDX-License-Identifier: Apache-2.0
// Latency by percentile on HdrHistogram's axis: every nine takes the same width.
// A place on the axis is the odds 1 / (1 - q) of the quantile q.
import { latencyAxis, line } from "./axis.js";
import { setAnswer } from "./dom.js";
import { duration } from "./duration.js";
import { number, percentileName } from "./format.js";
import { clamp } from "./maths.js";
import { Panel, REDRAW } from "./panel.js";
import { recording } from "./recording.js";
import { someAreLeftOut } from "./selection.js";
import { allDurations, fromHistogram, quantile, sortedDurations } from "./stats.js";
import { colours } from "./theme.js";
import { hideTip, showTip } from "./tip.js";
import { showsAll, view } from "./view.js";

const BEYOND = 10; // a curve ends where fewer jobs than this are slower
const TICKS = [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999];
const NAMED = [0.5, 0.9, 0.99, 0.999, 0.9999];
const KEY = 26; // pixels of a curve's sample in the legend

const drawn = { whole: null, curves: [] };

export function createCurves() {
  const options = { left: 62, bottom: 32, redraw: REDRAW.REST };
  const panel = new Panel("curves", 250, drawCurves, options);
  const hover = (event) => showTip(event, curveWords(panel, event.offsetX));
  panel.canvas.addEventListener("pointermove", hover);
  panel.canvas.addEventListener("pointerleave", hideTip);
}

// The odds at which a curve of so many jobs ends.
function lastOdds(total) {
  return Math.max(total >= 5 * BEYOND ? total / BEYOND : total, 2);
}

function otherCurve({ hist }) {
  const op = view.op && view.op.size === 1 ? recording.header.ops[[...view.op][0]] : "";
  const sorted = fromHistogram(hist[op] || [[], []]);
  const label = `B${op ? ` ${op}` : ""}`;
  return { label, sorted, colour: colours.accent, width: 1.8, dash: [2, 3] };
}

function curvesToDraw() {
  const { other } = recording.header;
  if (!drawn.whole) drawn.whole = allDurations();
  const all = { label: "all jobs", sorted: drawn.whole };
  const main = { colour: colours.data, width: 2.4, dash: [] };
  const beside = { colour: colours.faint, width: 1.4, dash: [5, 3] };
  const curves = [{ ...all, ...main }];
  if (!showsAll() || someAreLeftOut()) {
    const inView = { label: "in view", sorted: sortedDurations() };
    curves.splice(0, 1, { ...inView, ...main }, { ...all, ...beside });
  }
  if (other) curves.push(otherCurve(other));
  return curves
    .filter(({ sorted }) => sorted.total)
    .map((curve) => ({ ...curve, last: lastOdds(curve.sorted.total) }));
}

function mostOdds() {
  return Math.max(...drawn.curves.map(({ last }) => last));
}

function drawCurves(context, panel) {
  const curves = (drawn.curves = curvesToDraw());
  if (curves.length) {
    const right = Math.log(mostOdds());
    const lows = curves.map(({ sorted }) => quantile(sorted, 0.05));
    const highs = curves.map(({ sorted, last }) => quantile(sorted, 1 - 1 / last));
    const low = Math.min(...lows) / 1.1;
    const high = Math.max(Math.max(...highs) * 1.15, low * 1.5);
    const y = latencyAxis(context, panel, Math.max(low, 1), high);
    percentAxis(context, panel, (odds) => panel.left + (Math.log(odds) / right) * panel.plotWidth);
    for (const curve of [...curves].reverse()) drawCurve(context, panel, curve, y);
    curveLegend(context, panel);
  }
  curvesAnswer();
}

function setStroke(context, { colour, width, dash }) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
}

function resetStroke(context) {
  context.setLineDash([]);
  context.lineWidth = 1;
}

function drawCurve(context, panel, curve, y) {
  const right = mostOdds();
  setStroke(context, curve);
  context.beginPath();
  for (let x = 0; x <= panel.plotWidth; x++) {
    const odds = right ** (x / panel.plotWidth);
    if (odds > curve.last * 1.001) break;
    const height = y(quantile(curve.sorted, 1 - 1 / odds));
    if (x) context.lineTo(panel.left + x, height);
    else context.moveTo(panel.left + x, height);
  }
  context.stroke();
  resetStroke(context);
}

function percentAxis(context, panel, xOf) {
  const { floor, top, width } = panel;
  let previous = -Infinity;
  context.textAlign = "center";
  for (const q of TICKS) {
    const odds = 1 / (1 - q);
    if (odds > mostOdds() * 1.02) break;
    const x = xOf(odds);
    const words = percentileName(q);
    context.strokeStyle = colours.rule;
    line(context, x, top, x, floor);
    if (x - previous <= 40) continue;
    context.fillStyle = colours.faint;
    const rightmost = width - context.measureText(words).width / 2;
    context.fillText(words, Math.min(x, rightmost), floor + 10);
    previous = x;
  }
  const middle = panel.left + panel.plotWidth / 2;
  context.fillText("jobs that are at least as fast", middle, floor + 25);
}

// In the corner below the curves, where they never are.
function curveLegend(context, panel) {
  const { curves } = drawn;
  const right = panel.edge - 4;
  context.textAlign = "right";
  context.fillStyle = colours.ink;
  curves.forEach((curve, k) => {
    const y = panel.floor - 12 - 16 * (curves.length - 1 - k);
    context.fillText(`${curve.label} (${number(curve.sorted.total)})`, right - KEY - 6, y);
    setStroke(context, curve);
    line(context, right - KEY, y, right, y);
    resetStroke(context);
  });
}

function curvesAnswer() {
  const sorted = showsAll() && !someAreLeftOut() ? drawn.whole : sortedDurations();
  if (!sorted.total) {
    setAnswer("curves", "no finished job in view");
    return;
  }
  const enough = (q) => q === 0.5 || sorted.total * (1 - q) >= BEYOND - 1e-6;
  const words = NAMED.filter(enough).map(
    (q) => `${percentileName(q)} ${duration(quantile(sorted, q))}`
  );
  setAnswer("curves", [...words, `max ${duration(quantile(sorted, 1))}`].join(" · "));
}

function curveWords(panel, x) {
  if (!drawn.curves.length || x < panel.left) return "";
  const odds = mostOdds() ** clamp((x - panel.left) / panel.plotWidth, 0, 1);
  const q = 1 - 1 / odds;
  const here = drawn.curves.filter(({ last }) => odds <= last * 1.001);
  const words = here.map(({ label, sorted }) => `${label}: ${duration(quantile(sorted, q))}`);
  return [`p${Number((100 * q).toFixed(q > 0.999 ? 4 : 2))}`, ...words].join("\n");
}
