// SPDX-License-Identifier: Apache-2.0
// A stretch of time that was marked to be measured, over all panels that share the window.
import { byId } from "./dom.js";
import { duration } from "./duration.js";
import { count, rounded } from "./format.js";
import { clamp } from "./maths.js";
import { panels } from "./panel.js";
import { moment } from "./recording.js";
import { quantile, sortedDurations } from "./stats.js";

const WIDTH = 320; // pixels to leave for the words

const ruler = { from: 0, until: 0, shown: false };

export function isMeasuring() {
  return ruler.shown;
}

export function measure(from, until) {
  Object.assign(ruler, { from: Math.min(from, until), until: Math.max(from, until), shown: true });
  placeRuler();
}

export function hideRuler() {
  ruler.shown = false;
  placeRuler();
}

// To be called whenever the window or the page has moved.
export function placeRuler() {
  for (const panel of panels) if (panel.sharesWindow) placeBand(panel);
  byId("ruler").hidden = !ruler.shown;
  if (!ruler.shown) return;
  const panel = panels.find(({ id }) => id === "timeline");
  const box = panel.canvas.getBoundingClientRect();
  const left = clamp(box.left + panel.x(ruler.until) + 8, 8, window.innerWidth - WIDTH);
  byId("ruler").textContent = words().join("\n");
  byId("ruler").style.left = `${left}px`;
  byId("ruler").style.top = `${Math.max(box.top + 8, 60)}px`;
}

function placeBand(panel) {
  const { style } = panel.band;
  style.display = ruler.shown ? "block" : "none";
  if (!ruler.shown) return;
  const [left, right] = [ruler.from, ruler.until].map((time) =>
    clamp(panel.x(time), panel.left, panel.edge)
  );
  const width = Math.max(1, right - left);
  const { top, bottom } = panel;
  for (const [name, value] of Object.entries({ left, width, top, bottom }))
    style[name] = `${value}px`;
}

function words() {
  const { from, until } = ruler;
  const length = until - from;
  const sorted = sortedDurations(from, until);
  const rate = rounded(sorted.total / (length / 1e9));
  const lines = [
    `${duration(length, 4)} from ${moment(from, length)}`,
    `${count(sorted.total, "finished job")} begun, ${rate}/s`,
  ];
  if (!sorted.total) return lines;
  const [p50, p99, most] = [0.5, 0.99, 1].map((q) => duration(quantile(sorted, q)));
  return [...lines, `p50 ${p50} · p99 ${p99} · max ${most}`];
}
