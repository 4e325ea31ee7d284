// SPDX-License-Identifier: Apache-2.0
// Colours, light and dark. They are CSS variables, made from the plots' style.py.
import { clamp } from "./maths.js";
import { recording } from "./recording.js";
import { changed, view } from "./view.js";

const NAMES = ["paper", "ink", "faint", "rule", "lane", "accent", "alarm", "data", "soft"];
const HEAT = ["heat0", "heat1", "heat2", "heat3", "heat4"]; // from few to many

export const colours = {};

export function readColours() {
  const css = getComputedStyle(document.documentElement);
  for (const name of [...NAMES, ...HEAT, ...recording.phases])
    colours[name] = css.getPropertyValue(`--${name}`).trim();
}

export function phaseColour(phase) {
  return colours[recording.phases[phase]];
}

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

// Between few (0) and many (1).
export function heatColour(share) {
  const at = clamp(share, 0, 1) * (HEAT.length - 1);
  const step = Math.min(HEAT.length - 2, Math.floor(at));
  const [low, high] = [step, step + 1].map((k) => channels(colours[HEAT[k]]));
  const mixed = low.map((value, k) => Math.round(value + (high[k] - value) * (at - step)));
  return `rgb(${mixed.join(",")})`;
}

export function setTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = view.theme || (dark ? "dark" : "light");
  readColours();
  changed("theme");
}

export function switchTheme() {
  view.theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
  setTheme();
}

export function setPaperTheme() {
  document.documentElement.dataset.theme = "light";
  readColours();
}
