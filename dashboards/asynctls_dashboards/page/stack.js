// SPDX-License-Identifier: Apache-2.0
// A bar that shows how much of a time each phase is.
import { element } from "./dom.js";
import { duration } from "./duration.js";
import { percent } from "./format.js";
import { sum } from "./maths.js";
import { recording } from "./recording.js";

const ROOM = 0.11; // share of the bar that has room for words
const DEEP = ["busy", "notify"]; // phases whose colours are so deep that words on them are white

// sums are ns by phase.
export function stackedBar(sums, withWords = false) {
  const whole = sum(sums);
  const { phases } = recording;
  const part = (ns, phase) => {
    const share = percent(ns / whole);
    const name = phases[phase];
    const look = { width: `${(100 * ns) / whole}%`, background: `var(--${name})` };
    const title = `${name} ${duration(ns)}, ${share}`;
    const deep = DEEP.includes(name) ? "deep" : "";
    const words = withWords && ns / whole > ROOM ? share : "";
    return element("i", { class: deep, style: look, title }, words);
  };
  const parts = sums.map((ns, phase) => (ns > 0 ? part(ns, phase) : null));
  const label = phases.map((name, k) => `${name} ${percent(sums[k] / Math.max(whole, 1))}`);
  const attributes = { class: "stack", role: "img", "aria-label": label.join(", ") };
  return element("div", attributes, ...parts);
}
