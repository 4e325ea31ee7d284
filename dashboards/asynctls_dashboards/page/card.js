// SPDX-License-Identifier: Apache-2.0
// One job: its phases, its steps with what each of them waited for, its connection.
import { causeOf } from "./cause.js";
import { byId, copyText, element, isolated } from "./dom.js";
import { duration } from "./duration.js";
import { count, percent } from "./format.js";
import { clamp, indexOfLargest, sum } from "./maths.js";
import {
  ageOf,
  eachSlice,
  isUnfinished,
  moment,
  opName,
  outcomeName,
  phaseSums,
  recording,
  threadName,
} from "./recording.js";
import { neighbour } from "./selection.js";
import { stackedBar } from "./stack.js";
import { chooseJob, searchFor, togglePin, view } from "./view.js";

const MOST_STEPS = 24;

export function showCard() {
  const { job } = view;
  byId("card").hidden = job < 0;
  if (job < 0) return;
  const sums = phaseSums(job);
  byId("card").replaceChildren(
    head(job),
    stackedBar(sums),
    element("p", {}, cardAnswer(job, sums)),
    steps(job),
    facts(job),
    buttons(job)
  );
}

// Choose the job before (-1) or after (1) it on the same thread.
export function stepFrom(job, direction) {
  const other = neighbour(job, direction);
  if (other >= 0) chooseJob(other);
}

function button(label, onclick, attributes = {}) {
  return element("button", { onclick, ...attributes }, label);
}

function head(job) {
  const age = duration(ageOf(job));
  return element(
    "div",
    { class: "head" },
    element("b", {}, `Job ${recording.id[job]}`),
    element("span", {}, opName(job)),
    element("span", {}, isUnfinished(job) ? `open for ${age}, no end` : age),
    button("×", () => chooseJob(-1), { title: "Close (Esc)", "aria-label": "Close the card" })
  );
}

function buttons(job) {
  const conn = recording.conn[job];
  const command = `asynctls show job ${recording.id[job]}`;
  return element(
    "div",
    { class: "buttons" },
    button("Zoom to it", () => chooseJob(job, true)),
    button("‹ previous", () => stepFrom(job, -1), { title: "Job before it (K)" }),
    button("next ›", () => stepFrom(job, 1), { title: "Job after it (J)" }),
    button("Pin", () => togglePin(recording.start[job])),
    conn ? button("Its connection", () => searchFor(`conn=${conn}`)) : null,
    button("Copy command", () => copyText(command))
  );
}

function cardAnswer(job, sums) {
  const whole = sum(sums);
  if (!whole) return "nothing of its phases is known";
  const { phases, openPhase } = recording;
  const most = indexOfLargest(sums);
  const open = openPhase.get(job);
  const last = open >= 0 ? `; it was in ${phases[open]} when the recording ended` : "";
  return `${percent(sums[most] / whole)} of its time is ${phases[most]}${last}`;
}

function stepsOf(job) {
  const found = [];
  eachSlice(job, (phase, start, length, thread) => found.push({ phase, start, length, thread }));
  return found;
}

// The longest, in the order in which they happened.
function longestSteps(all) {
  if (all.length <= MOST_STEPS) return all;
  const longest = [...all].sort((a, b) => b.length - a.length).slice(0, MOST_STEPS);
  return longest.sort((a, b) => a.start - b.start);
}

function steps(job) {
  const all = stepsOf(job);
  const few = longestSteps(all);
  const rows = few.flatMap((step, k) => stepRow(job, step, few[k + 1]));
  return element("div", { class: "fall" }, ...rows, ...stepNotes(job, all.length - few.length));
}

function stepRow(job, step, next) {
  const { words, work } = causeOf(job, step, next);
  const phase = recording.phases[step.phase];
  const bar = trackPart(job, step, { background: `var(--${phase})` });
  const track = element("div", { class: "track" }, bar);
  if (work) track.append(trackPart(job, work, {}, { class: "work", title: "the engine at work" }));
  const length = element("em", {}, duration(step.length));
  return [element("b", {}, phase), length, track, element("small", {}, ...words)];
}

// A part of the job's time as a bar.
function trackPart(job, { start, length }, look, attributes = {}) {
  const begin = recording.start[job];
  const whole = recording.end[job] - begin;
  const left = `${(100 * clamp(start - begin, 0, whole)) / whole}%`;
  const style = { left, width: `${(100 * length) / whole}%`, ...look };
  return element("i", { ...attributes, style });
}

function stepNotes(job, leftOut) {
  const notes = [];
  if (leftOut) notes.push(`${count(leftOut, "shorter step")} left out`);
  if (recording.detail[job] < 0) notes.push(roughNote(recording.pauses[job]));
  return notes.map((words) => element("small", {}, words));
}

function roughNote(pauses) {
  if (pauses <= 1) return "to within a few percent, as this page holds the slowest jobs in full";
  const why = "as this page holds the steps of the slowest jobs only";
  return `it paused ${pauses} times; drawn as one wait, ${why}`;
}

function facts(job) {
  const rows = [...jobFacts(job), ...connFacts(job)];
  const parts = rows.flatMap(([label, ...words]) => [
    element("dt", {}, label),
    element("dd", {}, ...words),
  ]);
  return element("dl", { class: "facts" }, ...parts);
}

function jobFacts(job) {
  const start = recording.start[job];
  const { utc } = recording.header;
  const clock = utc ? `, ${new Date(utc + start / 1e6).toISOString().slice(11, 23)} UTC` : "";
  const pauses = `, ${count(recording.pauses[job], "pause")}`;
  return [
    ["began", `${moment(start, 1e3)} into the recording${clock}`],
    ["thread", isolated(threadName(recording.thread[job]))],
    ["outcome", isolated(outcomeName(job)), pauses],
  ];
}

function connFacts(job) {
  const conn = recording.conn[job];
  if (!conn) return [];
  const kind = recording.header.kinds[recording.kind[job]];
  const tls = [kind.version, kind.cipher, kind.resumed === "1" ? "resumed" : ""];
  const rows = [["connection", String(conn), kind.side ? ` (${kind.side})` : ""]];
  if (kind.version || kind.cipher) rows.push(["TLS", isolated(tls.filter(Boolean).join(", "))]);
  if (kind.sni) rows.push(["server name", isolated(kind.sni)]);
  return [...rows, ...connTimes(recording.detail[job])];
}

function connTimes(place) {
  if (place < 0) return [];
  const [age, length, handshake] = ["connAge", "connDuration", "handshakeDuration"].map(
    (name) => recording[name][place]
  );
  if (length < 0) return [];
  const lived = `${duration(age)} after the connection, which lived for ${duration(length)}`;
  return [
    ["handshake", handshake < 0 ? "not completed" : duration(handshake)],
    ["job began", lived],
  ];
}
