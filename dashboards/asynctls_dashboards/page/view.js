// SPDX-License-Identifier: Apache-2.0
// What is being looked at. It lives in the address, so that a link or a reload shows the same view.
import { byId } from "./dom.js";
import { clamp } from "./maths.js";
import { recording } from "./recording.js";

const SHORTEST = 100; // ns that a window spans at least
const MOST_PINS = 20;

export const NO_FILTERS = { search: "", op: null, thread: null, kind: null, outcome: null };
export const view = {
  from: 0, // the window, in ns since the recording's start
  until: 1,
  ...NO_FILTERS, // of the categories, null or a set of codes
  job: -1, // whose card is shown
  cell: null, // of the heat map: [from, until, shortest, longest]
  pins: [],
  theme: "", // "light", "dark", or as the system has it
  sort: "dur",
  descending: true,
};

const drawing = { requested: false, changes: new Set(), draw: null };

// draw(changes) is called before the browser's next frame, with the words given to changed().
export function onChange(draw) {
  drawing.draw = draw;
}

// Ask for a redraw after a change of "window", "filter", "job", "cell", "pins", "theme", "sort", or
// of a panel's "size".
export function changed(...what) {
  what.forEach((word) => drawing.changes.add(word));
  if (drawing.requested) return;
  drawing.requested = true;
  requestAnimationFrame(() => {
    const { changes } = drawing;
    Object.assign(drawing, { requested: false, changes: new Set() });
    drawing.draw(changes);
  });
}

export function windowLength() {
  return view.until - view.from;
}

// Returns whether that changes anything.
export function setWindow(from, until) {
  const { low, high } = recording;
  const length = clamp(until - from, Math.min(SHORTEST, high - low), high - low);
  const start = clamp((from + until - length) / 2, low, high - length);
  if (start === view.from && start + length === view.until) return false;
  Object.assign(view, { from: start, until: start + length });
  changed("window");
  return true;
}

export function showAll() {
  return setWindow(recording.low, recording.high);
}

export function showsAll() {
  return view.from === recording.low && view.until === recording.high;
}

export function centreOn(time) {
  return setWindow(time - windowLength() / 2, time + windowLength() / 2);
}

export function zoom(factor, around = (view.from + view.until) / 2) {
  const [before, after] = [around - view.from, view.until - around];
  return setWindow(around - before * factor, around + after * factor);
}

// Move a window by some time, as far as the recording goes.
export function moveWindow({ from, until }, by) {
  const room = clamp(by, recording.low - from, recording.high - until);
  return setWindow(from + room, until + room);
}

export function pan(share) {
  return moveWindow(view, share * windowLength());
}

// Show a job's card; -1 is none. The job comes into view, and with zoomTo fills it.
export function chooseJob(job, zoomTo = false) {
  view.job = job;
  changed("job");
  if (job < 0) return;
  const start = recording.start[job];
  const end = recording.end[job];
  const slack = Math.max((end - start) * 1.5, 1000);
  if (zoomTo) setWindow(start - slack, end + slack);
  else if (end < view.from || start > view.until) centreOn(start);
}

export function setCell(cell) {
  view.cell = cell;
  changed("cell");
}

export function setFilter(key, value) {
  view[key] = value;
  view.cell = null;
  changed("filter");
}

export function searchFor(text) {
  byId("search").value = text;
  setFilter("search", text.trim());
}

export function resetView() {
  Object.assign(view, NO_FILTERS, { cell: null, job: -1 });
  byId("search").value = "";
  showAll();
  changed("filter");
}

export function togglePin(time) {
  const near = view.pins.findIndex((pin) => Math.abs(pin - time) < windowLength() / 300);
  if (near >= 0) view.pins.splice(near, 1);
  else if (view.pins.length < MOST_PINS) view.pins.push(time);
  changed("pins");
}

export function removePin(index) {
  view.pins.splice(index, 1);
  changed("pins");
}

export function setPins(times) {
  view.pins = times.slice(0, MOST_PINS);
}
