// SPDX-License-Identifier: Apache-2.0
// Keys, and the dialog that explains them.
import { stepFrom } from "./card.js";
import { byId, element } from "./dom.js";
import { nextFinding } from "./findings.js";
import { pointer } from "./gestures.js";
import { clamp } from "./maths.js";
import { hideRuler, isMeasuring } from "./ruler.js";
import { firstListed } from "./table.js";
import { switchTheme } from "./theme.js";
import {
  chooseJob,
  pan,
  resetView,
  searchFor,
  setCell,
  showAll,
  togglePin,
  view,
  zoom,
} from "./view.js";

const ZOOM = 0.7; // factor of a key
const PAN = 0.15; // share of the window
const HELP = [
  ["wheel, W S, + −", "zoom at the pointer"],
  ["drag, A D, ← →", "move in time"],
  ["Shift + drag", "measure; stays until the next click"],
  ["double click, 0", "all of the recording"],
  ["click", "a bar or row: the job's card; a cell of the heat map: its jobs"],
  ["/", "search: job 17, conn 3, a name, requeue>2ms, pauses>1; words are combined"],
  ["J K", "next and previous job of the thread"],
  ["N", "next finding"],
  ["P", "pin the time under the pointer"],
  ["Enter", "zoom to the chosen job"],
  ["Esc", "close, then clear"],
  ["T", "light or dark"],
  ["?", "this help"],
];
const ACTIONS = new Map([
  ["w", () => zoom(ZOOM, timeAtPointer())],
  ["+", () => zoom(ZOOM, timeAtPointer())],
  ["=", () => zoom(ZOOM, timeAtPointer())],
  ["s", () => zoom(1 / ZOOM, timeAtPointer())],
  ["-", () => zoom(1 / ZOOM, timeAtPointer())],
  ["a", () => pan(-PAN)],
  ["ArrowLeft", () => pan(-PAN)],
  ["d", () => pan(PAN)],
  ["ArrowRight", () => pan(PAN)],
  ["0", showAll],
  ["Home", showAll],
  ["/", () => byId("search").select()],
  ["j", nextJob],
  ["k", () => view.job >= 0 && stepFrom(view.job, -1)],
  ["n", nextFinding],
  ["p", () => togglePin(timeAtPointer())],
  ["t", switchTheme],
  ["?", showHelp],
  ["Escape", escape],
  ["Enter", () => view.job >= 0 && chooseJob(view.job, true)],
]);

// The middle of the window before the pointer has been anywhere.
function timeAtPointer() {
  if (pointer.time === null) return (view.from + view.until) / 2;
  return clamp(pointer.time, view.from, view.until);
}

function nextJob() {
  if (view.job >= 0) stepFrom(view.job, 1);
  else if (firstListed() >= 0) chooseJob(firstListed());
}

function escape() {
  const menu = document.querySelector("details[open]");
  if (menu) menu.open = false;
  else if (isMeasuring()) hideRuler();
  else if (view.cell) setCell(null);
  else if (view.job >= 0) chooseJob(-1);
  else resetView();
}

function escapeFromInput(input) {
  if (input.value) searchFor("");
  input.blur();
}

// Some elements have a use for a key themselves.
function isTaken(key, target) {
  if (key === "Enter") return target.matches("button, summary, tr");
  return key.startsWith("Arrow") && target.matches("summary");
}

function keyPressed(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.matches("input, select, textarea")) {
    if (key === "Escape") escapeFromInput(target);
    return;
  }
  const action = ACTIONS.get(key.length === 1 ? key.toLowerCase() : key);
  if (!action || isTaken(key, target)) return;
  action();
  event.preventDefault();
}

export function showHelp() {
  byId("keys").showModal();
}

export function createKeys() {
  const rows = HELP.flatMap(([key, use]) => [element("dt", {}, key), element("dd", {}, use)]);
  const close = element("button", { onclick: () => byId("keys").close() }, "Close");
  const buttons = element("div", { class: "buttons" }, close);
  byId("keys").append(element("h2", {}, "Keys and gestures"), element("dl", {}, ...rows), buttons);
  document.addEventListener("keydown", keyPressed);
}
