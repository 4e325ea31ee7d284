// SPDX-License-Identifier: Apache-2.0
// Two recordings' heat maps side by side: one scale of latency and of colour, two of time.
import { latencyAxis, shortened, timeAxis } from "./axis.js";
import { bucketStart } from "./buckets.js";
import { byId, setAnswer } from "./dom.js";
import { duration } from "./duration.js";
import { largest, smallest } from "./maths.js";
import { Panel, REDRAW } from "./panel.js";
import { recording } from "./recording.js";
import { colours, heatColour } from "./theme.js";

const FINE = 4; // buckets to the octave, as facts.py counts
const GAP = 26; // pixels between the two
const MARGIN = 1.04; // factor of latency above and below the cells

export function createPair() {
  const { self, other } = recording.header;
  byId("pair").hidden = !other;
  if (!other) return;
  const draw = (context, panel) => drawPair(context, panel, [self, other]);
  new Panel("pair", 230, draw, { top: 20, redraw: REDRAW.FILTER });
  const [a, b] = [self, other].map((one) => one.summary.quantiles.p99);
  const words = `99 % of the jobs take at most ${duration(a)} in A, ${duration(b)} in B`;
  setAnswer("pair", a && b ? `${words} · colour: share of the recording's jobs` : "");
}

function drawPair(context, panel, recordings) {
  const maps = recordings.map(({ heat }) => heat).filter(({ cells }) => cells.length);
  if (!maps.length) return;
  const rows = maps.flatMap(({ cells }) => cells.map(([, row]) => row));
  const low = bucketStart(smallest(rows, Infinity), FINE) / MARGIN;
  const high = bucketStart(largest(rows, -Infinity) + 1, FINE) * MARGIN;
  const y = latencyAxis(context, panel, low, high);
  const colour = colourScale(maps);
  const plotWidth = (panel.plotWidth - GAP) / 2;
  recordings.forEach(({ heat, label }, k) => {
    const left = panel.left + k * (plotWidth + GAP);
    const { top, floor, bottom } = panel;
    const half = { left, plotWidth, width: left + plotWidth, top, floor, bottom };
    context.fillStyle = colours.ink;
    context.textAlign = "left";
    context.fillText(shortened(context, `${"AB"[k]}  ${label}`, plotWidth), left, 9);
    drawMap(context, half, heat, y, colour);
  });
}

// From a share of a recording's jobs to a colour.
function colourScale(maps) {
  const shares = maps.flatMap(({ cells, jobs }) => cells.map(([, , count]) => count / jobs));
  const least = smallest(shares, Infinity);
  const most = largest(shares, 0);
  const scale = Math.log((most / least) * 1.6 + 1);
  return (share) => heatColour(most > least ? Math.log(share / least + 1) / scale : 0.6);
}

function drawMap(context, half, map, y, colour) {
  timeAxis(context, half, map.start, map.start + map.columns * map.width);
  const step = half.plotWidth / map.columns;
  for (const [column, row, count] of map.cells) {
    const top = y(bucketStart(row + 1, FINE));
    const height = y(bucketStart(row, FINE)) - top;
    context.fillStyle = colour(count / map.jobs);
    context.fillRect(
      half.left + column * step,
      top,
      Math.max(step - 0.4, 0.8),
      Math.max(height - 0.7, 0.8)
    );
  }
}
