// SPDX-License-Identifier: Apache-2.0
// Numbers as words, and elements made of text: what comes from the trace is only ever a text node.
const UNITS = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];

function duration(ns, digits = 3) {
  if (!(Math.abs(ns) > 0)) return "0 ns";
  if (ns < 0) return "−" + duration(-ns, digits);
  ns = Number(ns.toPrecision(digits));
  const [scale, unit] = UNITS.find(([s]) => ns >= s) || UNITS[3];
  return `${Number((ns / scale).toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 9 })} ${unit}`;
}

// A moment of the recording: always in the same unit, with digits enough to tell it from others so far away.
function moment(ns, apart) {
  const [scale, unit] = UNITS.find(([s]) => D.h.span[1] >= 3 * s) || UNITS[3];
  const places = clamp(Math.ceil(Math.log10(scale / Math.max(apart, 1)) - 1e-9), 0, 9);
  return `${(ns / scale).toLocaleString("en", { minimumFractionDigits: places, maximumFractionDigits: places })} ${unit}`;
}

function number(n) {
  return Number.isInteger(n) || n >= 1000 ? Math.round(n).toLocaleString("en") : String(Number(n.toPrecision(3)));
}

function count(n, noun) {
  return `${Math.round(n).toLocaleString("en")} ${noun}${Math.round(n) === 1 ? "" : "s"}`;
}

function percent(share) {
  const v = 100 * share;
  if (v > 0 && v < 0.1) return "< 0.1 %";
  if (v > 99.9 && v < 100) return "> 99.9 %";
  return (v > 0 && v < 1) || (v > 99 && v < 100) ? `${v.toFixed(1)} %` : `${v.toFixed(0)} %`;
}

// "5ms" -> 5e6; a bare number counts as µs; NaN if it is neither.
function parseDuration(text) {
  const m = /^([\d.]+)\s*(ns|us|µs|ms|s)?$/.exec(text.trim());
  if (!m) return NaN;
  return Number(m[1]) * { ns: 1, us: 1e3, "µs": 1e3, ms: 1e6, s: 1e9 }[m[2] || "us"];
}

function clamp(v, low, high) {
  return v < low ? low : v > high ? high : v;
}

const $ = (id) => document.getElementById(id);

// el("td", { class: "text", onclick: f }, "words", child, ...): attributes, listeners, children.
function el(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(e.style, value);
    else if (value !== false && value != null) e.setAttribute(name, value === true ? "" : value);
  }
  e.append(...children.filter((c) => c != null));
  return e;
}

// A name that may hold anything, bidirectional marks included: kept from reordering its surroundings.
function name(text) {
  return el("bdi", {}, text);
}

function answer(panel, text) {
  const p = $(panel).querySelector(".answer");
  if (p.textContent !== text) p.textContent = p.title = text;
}
