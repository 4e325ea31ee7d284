// SPDX-License-Identifier: Apache-2.0
// Puts the page together, and draws what has changed.
import { followAddress, readAddress, writeAddress } from "./address.js";
import { showBands } from "./bands.js";
import { showCard } from "./card.js";
import { createControls, showControls, showWindow } from "./controls.js";
import { createCurves } from "./curves.js";
import { showDiff } from "./diff.js";
import { byId } from "./dom.js";
import { showFindings } from "./findings.js";
import { createFlight } from "./flight.js";
import { showAbout, showHeader } from "./header.js";
import { createHeat } from "./heat.js";
import { createKeys } from "./keys.js";
import { createLoops } from "./loops.js";
import { createOverview, placeBrush } from "./overview.js";
import { createPair } from "./pair.js";
import { panels, REDRAW } from "./panel.js";
import { loadRecording, recording } from "./recording.js";
import { applyFilter } from "./selection.js";
import { createTable, showTable } from "./table.js";
import { readColours } from "./theme.js";
import { createTimeline } from "./timeline.js";
import { onChange } from "./view.js";

const MANY_JOBS = 100_000;
const REST = 140; // ms without a movement, after which the rest of a page of many jobs is drawn

const waiting = { timer: 0, changes: new Set() };

function drawPanels(when) {
  for (const panel of panels) if (panel.redraw === when) panel.draw();
}

// What follows the hand is drawn at once, the rest when the hand rests.
function draw(changes) {
  if (changes.has("filter")) applyFilter();
  drawPanels(REDRAW.WINDOW);
  if (["filter", "size", "theme", "pins"].some((word) => changes.has(word)))
    drawPanels(REDRAW.FILTER);
  placeBrush();
  showWindow();
  changes.forEach((word) => waiting.changes.add(word));
  clearTimeout(waiting.timer);
  const moves = recording.jobs > MANY_JOBS && changes.has("window");
  waiting.timer = setTimeout(drawRest, moves ? REST : 0);
}

function drawRest() {
  const { changes } = waiting;
  waiting.changes = new Set();
  drawPanels(REDRAW.REST);
  showBands();
  showTable();
  if (["job", "filter", "theme"].some((word) => changes.has(word))) showCard();
  showControls();
  writeAddress();
  const { dataset } = document.body;
  dataset.drawn = String(Number(dataset.drawn || 0) + 1);
}

async function load() {
  const data = byId("data");
  const text = data.textContent;
  data.remove();
  try {
    await loadRecording(text);
  } catch (error) {
    const why = `The recording in this page cannot be unpacked (${error.message}).`;
    const needed = "A browser of 2023 or later is needed, and the whole file.";
    byId("loading").textContent = `${why} ${needed}`;
    throw error;
  }
}

function createPanels() {
  createOverview();
  createTimeline();
  createHeat();
  createPair();
  createFlight();
  createLoops();
  createCurves();
  createTable();
}

async function start() {
  await load();
  byId("loading").remove();
  byId("app").hidden = false;
  readColours();
  applyFilter();
  createPanels();
  createControls();
  createKeys();
  showHeader();
  showFindings();
  showDiff();
  showAbout();
  onChange(draw);
  followAddress();
  readAddress();
}

start();
