// SPDX-License-Identifier: Apache-2.0
// The head of the page, its foot, and the panel that says what was recorded: they never change.
import { byId, element, isolated } from "./dom.js";
import { duration } from "./duration.js";
import { count, number, percent } from "./format.js";
import { indexOfLargest, sum } from "./maths.js";
import { recording } from "./recording.js";

const ENOUGH_FOR_P99 = 100; // jobs
const MOST_EVENTS = 8; // kinds of event that are named
// Who is to blame for a phase.
const BLAME = {
  busy: "the server's own work",
  offload: "the engine",
  notify: "the way from the engine to the event loop",
  requeue: "the event loop, which knows but does other work first",
};

export function showHeader() {
  const { header } = recording;
  const program = header.title || header.program || "recording";
  byId("title").textContent = byId("title").title = program;
  document.title = `asynctls: ${program.slice(0, 80)}`;
  const began = header.utc ? new Date(header.utc).toISOString().replace("T", " ") : "";
  const when = began && `${began.slice(0, 19)} UTC`;
  const origin = [header.mode && `${header.mode} mode`, header.host, when];
  byId("origin").textContent = origin.filter(Boolean).join(" · ");
  byId("tiles").append(...tiles());
  byId("alarm").textContent = alarms().join(" ");
  byId("alarm").hidden = !alarms().length;
  byId("verdict").textContent = verdict();
}

// What was lost; the number of lost events is not always known.
function losses() {
  const { events, packets } = recording.header.lost;
  const known = events || !packets;
  return { lost: events || packets, noun: known ? "event" : "packet" };
}

function tile(label, value, isBad = false) {
  const parts = [element("dt", {}, label), element("dd", {}, value)];
  return element("div", { class: isBad ? "bad" : "" }, ...parts);
}

function tiles() {
  const { summary, recorded } = recording.header;
  const { jobs, finished, paused, phases } = summary;
  const top = indexOfLargest(phases);
  const { lost, noun } = losses();
  const share = percent(phases[top] / Math.max(1, sum(phases)));
  const open = jobs - finished;
  return [
    tile("jobs", number(jobs)),
    tile("recorded", duration(recorded)),
    tile("of the jobs paused for the engine", percent(paused / Math.max(1, jobs))),
    ...latencyTiles(summary),
    tile(`of the jobs' time is ${recording.phases[top]}`, share),
    ...(open > 0 ? [tile("without an end", number(open), true)] : []),
    tile(`${noun}s lost`, number(lost), lost > 0),
  ];
}

function latencyTiles({ finished, quantiles, max }) {
  if (!finished) return [];
  const tail = finished >= ENOUGH_FOR_P99 ? [tile("p99", duration(quantiles.p99))] : [];
  return [tile("p50", duration(quantiles.p50)), ...tail, tile("slowest", duration(max))];
}

function alarms() {
  const { lost, noun } = losses();
  const { incomplete } = recording.header;
  const found = [];
  if (lost) {
    const where = "figures may be off where the panels are hatched.";
    found.push(`${count(lost, noun)} lost while recording: ${where}`);
  }
  if (incomplete) found.push(`The recording is incomplete: ${incomplete}`);
  return found;
}

function verdict() {
  const { paused, phases } = recording.header.summary;
  if (!paused) return "No job paused: nothing is offloaded, all of the work is done in place.";
  const whole = Math.max(1, sum(phases));
  const [first, second] = [...phases.keys()].sort((a, b) => phases[b] - phases[a]);
  const [most, next] = [first, second].map((phase) => {
    const name = recording.phases[phase];
    return { share: percent(phases[phase] / whole), name, blame: BLAME[name] };
  });
  const also = `${next.share} ${next.name} (${next.blame})`;
  return `Of the jobs' time ${most.share} is ${most.name} (${most.blame}) and ${also}.`;
}

export function showAbout() {
  const { header } = recording;
  const threads = header.threads.slice(1).map(({ name }) => name);
  const rows = [
    ["command", header.command],
    ["engine", header.engine],
    ["only", header.filters],
    ["threads", threads.join(", ").slice(0, 600)],
    ["events", eventWords()],
    ["kept", keptWords()],
  ];
  const list = byId("about").querySelector("dl");
  list.className = "facts";
  for (const [label, words] of rows)
    if (words) list.append(element("dt", {}, label), element("dd", {}, isolated(words)));
  byId("footer").textContent = footerWords().filter(Boolean).join(" · ");
}

function eventWords() {
  const events = Object.entries(recording.header.events).sort(([, a], [, b]) => b - a);
  if (!events.length) return "";
  const all = number(sum(events.map(([, times]) => times)));
  const named = events.slice(0, MOST_EVENTS).map(([name, times]) => `${name} ${number(times)}`);
  return `${all}: ${named.join(", ")}${events.length > MOST_EVENTS ? " …" : ""}`;
}

// How exactly the page holds the jobs.
function keptWords() {
  const { share, log } = recording.header;
  const most = `rounded by at most ${percent(0.5 / log)}`;
  if (share > 1) {
    const scaled = "and every one of the slowest: counts are scaled up";
    return `one job of ${share}, ${scaled}; durations ${most}`;
  }
  if (!log) return "every job, to the nanosecond";
  const full = recording.detail.filter((place) => place >= 0).length;
  return `every job; durations ${most}, the slowest ${number(full)} in full`;
}

function footerWords() {
  const { header } = recording;
  return [
    `N = ${number(header.summary.jobs)}`,
    header.filters,
    header.share > 1 ? `drawn from a sample of ${number(recording.jobs)} jobs` : "",
    losses().lost ? "EVENTS LOST" : "no events lost",
    document.querySelector("meta[name=generator]").content,
    "this page loads nothing from anywhere",
  ];
}
