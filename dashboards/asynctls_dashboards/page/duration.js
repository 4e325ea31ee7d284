// SPDX-License-Identifier: Apache-2.0
// Durations: from ns to words, and from words to ns.

const NS_PER_UNIT = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, min: 60e9, h: 3600e9 };
const UNITS_SHOWN = ["s", "ms", "µs", "ns"];
const MOST_NS = 2 ** 63; // what the recorder's clock can hold

// The largest unit of which ns is at least so many, and how many ns it has.
export function unitFor(ns, atLeast = 1) {
  const unit = UNITS_SHOWN.find((name) => ns >= atLeast * NS_PER_UNIT[name]) || "ns";
  return { unit, scale: NS_PER_UNIT[unit] };
}

export function duration(ns, digits = 3) {
  if (!(Math.abs(ns) > 0)) return "0 ns";
  if (ns < 0) return "−" + duration(-ns, digits);
  const rounded = Number(ns.toPrecision(digits));
  const { unit, scale } = unitFor(rounded);
  const value = Number((rounded / scale).toPrecision(digits));
  return `${value.toLocaleString("en", { maximumFractionDigits: 9 })} ${unit}`;
}

// "1.5ms" as 1500000 ns; NaN if the text is no duration. A unit is required.
export function parseDuration(text) {
  const parts = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|min|m|h)$/.exec(text);
  if (!parts) return NaN;
  const ns = Math.round(Number(parts[1]) * NS_PER_UNIT[parts[2]]);
  return ns < MOST_NS ? ns : NaN;
}
