// SPDX-License-Identifier: Apache-2.0
// The bar above the panels: search, filters, pins, the window; and the buttons in the head.
import { writeAddress } from "./address.js";
import { byId, copyButton, element, isolated } from "./dom.js";
import { duration } from "./duration.js";
import { count, number } from "./format.js";
import { showHelp } from "./keys.js";
import { panels } from "./panel.js";
import { categories, moment, recording, weightOf } from "./recording.js";
import { isMeasuring, placeRuler } from "./ruler.js";
import { selection, someAreLeftOut } from "./selection.js";
import { setPaperTheme, setTheme, switchTheme } from "./theme.js";
import { centreOn, removePin, resetView, setFilter, view, windowLength } from "./view.js";

const TYPING = 160; // ms without a key after which the search is made
const MOST_BOXES = 300;
const MOST_LETTERS = 34; // of a menu's label

export function createControls() {
  const search = byId("search");
  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => setFilter("search", search.value.trim()), TYPING);
  });
  byId("reset").onclick = resetView;
  byId("theme").onclick = switchTheme;
  byId("help").onclick = showHelp;
  copyButton(byId("link"), () => {
    writeAddress();
    return location.href;
  });
  categories.forEach(createMenu);
  followBrowser();
}

function followBrowser() {
  document.addEventListener("click", ({ target }) => {
    for (const menu of document.querySelectorAll("details[open]"))
      if (!menu.contains(target)) menu.open = false;
  });
  addEventListener("scroll", () => isMeasuring() && placeRuler(), { passive: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setTheme);
  addEventListener("beforeprint", () => {
    setPaperTheme();
    panels.forEach((panel) => panel.draw());
  });
  addEventListener("afterprint", setTheme);
}

// A menu with a box for each code that occurs; none if there is nothing to choose from.
function createMenu({ key, label, names }) {
  const all = names();
  const jobs = new Float64Array(all.length);
  recording[key].forEach((code, job) => (jobs[code] += weightOf(job)));
  const used = [...jobs.keys()].filter((code) => jobs[code]).sort((a, b) => jobs[b] - jobs[a]);
  if (used.length < 2) return;
  const boxes = used.slice(0, MOST_BOXES).map((code) => {
    const attributes = { type: "checkbox", "data-code": code, onchange: () => tick(key) };
    const box = element("input", attributes);
    return element("label", {}, box, isolated(all[code]), element("span", {}, number(jobs[code])));
  });
  const parts = [element("summary", {}, label), element("div", {}, ...boxes)];
  byId("filters").append(element("details", { "data-key": key }, ...parts));
}

function tick(key) {
  const ticked = document.querySelectorAll(`details[data-key=${key}] input:checked`);
  const codes = [...ticked].map((box) => Number(box.dataset.code));
  setFilter(key, codes.length ? new Set(codes) : null);
}

function menuLabel({ key, label, names }) {
  const chosen = view[key];
  if (!chosen) return label;
  const text = chosen.size === 1 ? names()[[...chosen][0]] : `${label}: ${chosen.size}`;
  return text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text;
}

function showMenu(menu) {
  const category = categories.find(({ key }) => key === menu.dataset.key);
  const chosen = view[category.key];
  menu.classList.toggle("active", Boolean(chosen));
  menu.firstChild.textContent = menuLabel(category);
  for (const box of menu.querySelectorAll("input"))
    box.checked = Boolean(chosen) && chosen.has(Number(box.dataset.code));
}

function pinItem(time, index) {
  const go = { onclick: () => centreOn(time), title: `Go to pin ${index + 1}` };
  const words = `${index + 1}: ${moment(time, windowLength() / 100)}`;
  const remove = { onclick: () => removePin(index), "aria-label": `Remove pin ${index + 1}` };
  return element("span", {}, element("button", go, words), element("button", remove, "×"));
}

export function showControls() {
  document.querySelectorAll("#filters details").forEach(showMenu);
  document.querySelector(".search").classList.toggle("wrong", selection.notUnderstood);
  byId("search").setAttribute("aria-invalid", String(selection.notUnderstood));
  byId("pins").replaceChildren(...view.pins.map(pinItem));
}

export function showWindow() {
  const length = windowLength();
  const [from, until] = [view.from, view.until].map((time) => moment(time, length / 100));
  const chosen = someAreLeftOut() ? ` · ${count(selection.jobs, "job")} chosen` : "";
  const wrong = selection.notUnderstood ? " · search not understood" : "";
  const words = ` · ${from} to ${until}${chosen}${wrong}`;
  byId("window").replaceChildren(element("b", {}, duration(length, 4)), words);
  if (isMeasuring()) placeRuler();
}
