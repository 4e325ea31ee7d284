// SPDX-License-Identifier: Apache-2.0
// Pointer and wheel on the panels that share the window.
import { clamp } from "./maths.js";
import { panels } from "./panel.js";
import { moment } from "./recording.js";
import { hideRuler, measure } from "./ruler.js";
import { hideTip, showTip } from "./tip.js";
import { chooseJob, moveWindow, pan, showAll, view, windowLength, zoom } from "./view.js";

const DRAG = 3; // pixels by which a click may stray

export const pointer = { time: null }; // where it was last

// The factor that a turn of the wheel means for zoom().
export function wheelFactor({ deltaY }) {
  return Math.exp(clamp(deltaY, -150, 150) / 300);
}

function placeCross(time) {
  for (const panel of panels) {
    if (!panel.sharesWindow) continue;
    panel.cross.style.display = time === null ? "none" : "block";
    if (time !== null) panel.cross.style.left = `${panel.x(time)}px`;
  }
}

function turnWheel(panel, event) {
  const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
  const moved = sideways
    ? pan(clamp(event.deltaX, -200, 200) / 1000)
    : zoom(wheelFactor(event), panel.time(event.offsetX));
  if (moved) event.preventDefault();
}

function beginDrag(panel, event) {
  panel.canvas.setPointerCapture(event.pointerId);
  const { from, until } = view;
  const x = event.offsetX;
  return { x, time: panel.time(x), from, until, moved: false, measures: event.shiftKey };
}

function drag(panel, begun, x) {
  begun.moved = true;
  hideTip();
  if (begun.measures) measure(begun.time, pointer.time);
  else moveWindow(begun, ((begun.x - x) / panel.plotWidth) * (begun.until - begun.from));
}

function hover(panel, event) {
  const { offsetX, offsetY } = event;
  if (offsetX < panel.left) {
    hideTip();
    placeCross(null);
    return;
  }
  placeCross(pointer.time);
  const words = panel.hover(panel, offsetX, offsetY);
  showTip(event, [moment(pointer.time, windowLength() / 500), words].filter(Boolean).join("\n"));
}

function endClick(panel, { offsetX, offsetY }) {
  hideRuler();
  if (panel.click && offsetX >= panel.left) panel.click(panel, offsetX, offsetY);
}

function doubleClick(panel) {
  if (panel.id === "timeline" && view.job >= 0) chooseJob(view.job, true);
  else showAll();
}

// The panel's hover() returns words for a point; click(), if there is one, is a click there.
export function shareWindow(panel) {
  const { canvas } = panel;
  let begun = null;
  panel.sharesWindow = true;
  canvas.addEventListener("wheel", (event) => turnWheel(panel, event), { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.button) begun = beginDrag(panel, event);
  });
  canvas.addEventListener("pointermove", (event) => {
    const x = event.offsetX;
    pointer.time = clamp(panel.time(x), view.from, view.until);
    if (begun && (begun.moved || Math.abs(x - begun.x) > DRAG)) drag(panel, begun, x);
    else hover(panel, event);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (begun && !begun.moved) endClick(panel, event);
    begun = null;
  });
  canvas.addEventListener("pointerleave", () => {
    hideTip();
    placeCross(null);
  });
  canvas.addEventListener("dblclick", () => doubleClick(panel));
}
