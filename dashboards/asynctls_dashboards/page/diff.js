// SPDX-License-Identifier: Apache-2.0
// This recording (A) beside another (B), in figures; the curves are drawn with the percentiles.
import { byId, element, setAnswer } from "./dom.js";
import { duration } from "./duration.js";
import { number, percent, rounded } from "./format.js";
import { sum } from "./maths.js";
import { recording } from "./recording.js";

const SURE = 0.05; // change of a latency from which on it is called better or worse
const SAME = 0.02;

export function showDiff() {
  const { self, other } = recording.header;
  byId("diff").hidden = !other;
  if (!other) return;
  const titles = ["", "A", "B", "B / A"].map((title) => element("th", { scope: "col" }, title));
  const head = element("thead", {}, element("tr", {}, ...titles));
  const body = element("tbody", {}, ...diffRows(self, other));
  byId("diff").querySelector(".scroll").replaceChildren(element("table", {}, head, body));
  const words = diffWords(self.summary.quantiles.p99, other.summary.quantiles.p99);
  setAnswer("diff", `A ${self.label} · B ${other.label}${words}`);
}

function diffWords(a, b) {
  if (!a || !b) return "";
  const same = Math.abs(b / a - 1) < SAME;
  return ` — p99 of B is ${duration(b)}, ${same ? "the same as" : `${rounded(b / a)} × that of`} A`;
}

function ratioWords(a, b) {
  return Number.isFinite(b / a) ? `× ${Number((b / a).toPrecision(3))}` : "";
}

function verdictOn(ratio) {
  if (!Number.isFinite(ratio) || Math.abs(ratio - 1) <= SURE) return "";
  return ratio > 1 ? "worse" : "better";
}

function row(label, [a, b], words, change = ratioWords(a, b), verdict = "") {
  const cells = [label, words(a), words(b)].map((text) => element("td", {}, text));
  return element("tr", {}, ...cells, element("td", { class: verdict }, change));
}

// Longer is worse.
function latencyRow(label, [a, b]) {
  return row(label, [a, b], duration, ratioWords(a, b), verdictOn(b / a));
}

function phaseRow(name, phase, summaries) {
  const [a, b] = summaries.map(({ phases }) => phases[phase] / Math.max(1, sum(phases)));
  const points = `${b < a ? "−" : "+"}${Math.abs(100 * (b - a)).toFixed(1)} points`;
  return row(name, [a, b], percent, points);
}

function diffRows(self, other) {
  const [a, b] = [self.summary, other.summary];
  const rate = ({ summary, recorded }) => summary.jobs / (recorded / 1e9);
  const quantileRow = (name) => latencyRow(name, [a.quantiles[name], b.quantiles[name]]);
  return [
    row("jobs", [a.jobs, b.jobs], number),
    row("jobs/s", [rate(self), rate(other)], rounded),
    row("paused", [a.paused / a.jobs, b.paused / b.jobs], percent, " "),
    ...Object.keys(a.quantiles).map(quantileRow),
    latencyRow("max", [a.max, b.max]),
    ...recording.phases.map((name, phase) => phaseRow(name, phase, [a, b])),
    row("lost events", [self.lost, other.lost], number, " "),
  ];
}
