// SPDX-License-Identifier: Apache-2.0
// The event loops: what each one's time goes into, in columns of time and over the recording.
import { overlays, shortened, timeAxis } from "./axis.js";
import { byId, setAnswer } from "./dom.js";
import { duration } from "./duration.js";
import { number, percent } from "./format.js";
import { shareWindow } from "./gestures.js";
import { clamp, sum } from "./maths.js";
import { Panel } from "./panel.js";
import { recording } from "./recording.js";
import { colours } from "./theme.js";
import { view } from "./view.js";

const ROW = 44; // pixels
const GAP = 6;
const WHOLE = 1000; // shares of a column are thousandths
const COLOURS = {
  "in fibres": "busy",
  "operations in place": "accent",
  "other work": "data",
  waiting: "rule",
};

export function createLoops() {
  const { loops } = recording.header;
  byId("loops").hidden = !loops;
  if (!loops) return;
  const height = ROW * loops.rows.length + 22;
  shareWindow(new Panel("loops", height, drawLoops, { hover: hoverLoops }));
}

function drawLoops(context, panel) {
  const { rows } = recording.header.loops;
  timeAxis(context, panel);
  rows.forEach((row, k) => {
    const top = panel.top + k * ROW;
    drawLoop(context, panel, row, top);
    context.fillStyle = colours.faint;
    context.textAlign = "right";
    const name = shortened(context, row.name, panel.left - 12);
    context.fillText(name, panel.left - 8, top + (ROW - GAP) / 2);
  });
  overlays(context, panel);
  const busiest = `${rows.length > 1 ? "the busiest: " : ""}${loopShares(rows[0])}`;
  const longest = `its longest turn ${duration(rows[0].longest)}`;
  const legend = "blue: in fibres, green: other work, grey: waiting";
  setAnswer("loops", `${busiest}; ${longest} · ${legend}`);
}

function drawLoop(context, panel, row, top) {
  const { start, width } = recording.header.loops;
  const columns = row.shares[0].length;
  const first = clamp(Math.floor((view.from - start) / width), 0, columns);
  const last = clamp(Math.ceil((view.until - start) / width), 0, columns);
  context.fillStyle = colours.lane;
  context.fillRect(panel.left, top, panel.plotWidth, ROW - GAP);
  for (let column = first; column < last; column++) {
    const left = Math.max(panel.left, panel.x(start + column * width));
    const right = Math.min(panel.edge, panel.x(start + (column + 1) * width));
    drawColumn(context, row, column, { left, width: right - left + 0.3, floor: top + ROW - GAP });
  }
}

function drawColumn(context, row, column, { left, width, floor }) {
  const { parts } = recording.header.loops;
  let y = floor;
  row.shares.forEach((share, part) => {
    const height = (share[column] / WHOLE) * (ROW - GAP);
    y -= height;
    context.fillStyle = colours[COLOURS[parts[part]]];
    context.fillRect(left, y, width, height);
  });
}

function partsInWords(shares) {
  const { parts } = recording.header.loops;
  const words = shares.map((share, part) => share && `${percent(share)} ${parts[part]}`);
  return words.filter(Boolean).join(", ");
}

// Over the recording.
function loopShares(row) {
  const all = Math.max(1, sum(row.parts));
  return partsInWords(row.parts.map((ns) => ns / all));
}

function hoverLoops(panel, x) {
  const { rows, start, width } = recording.header.loops;
  const column = Math.floor((panel.time(x) - start) / width);
  const lines = rows.map((row) => {
    const here = partsInWords(row.shares.map((share) => share[column] / WHOLE));
    const now = here && `${here} within ${duration(width)}; `;
    const turns = `${number(row.turns)} turns, the longest ${duration(row.longest)}`;
    return `${row.name}: ${now}whole recording: ${loopShares(row)}; ${turns}`;
  });
  return lines.join("\n");
}
