// SPDX-License-Identifier: Apache-2.0
// The recording: a typed array per column, an entry per job, in the order of the jobs' starts.
// Times are ns since the recording's start. A job is its index in these arrays.
import { clamp, lowerBound } from "./maths.js";
import { unitFor } from "./duration.js";
import { unpack } from "./unpack.js";

export const recording = {};

const CODES = ["thread", "op", "outcome", "pauses", "kind"];

// What jobs can be chosen by: columns of codes, and the names of their codes.
export const categories = [
  { key: "op", label: "Operation", names: () => recording.header.ops },
  { key: "thread", label: "Thread", names: () => recording.header.threads.map((t) => t.name) },
  { key: "kind", label: "Connection", names: kindNames },
  { key: "outcome", label: "Outcome", names: () => recording.header.outcomes },
];

export async function loadRecording(base64) {
  const { header, column } = await unpack(base64);
  const { phases } = header;
  const [low, high] = header.span;
  Object.assign(recording, { header, phases, low, high });
  recording.phase = phases.map(column); // ns in each phase: recording.phase[phase][job]
  recording.phaseCode = Object.fromEntries(phases.map((name, code) => [name, code]));
  readJobs(column);
  readUnfinished(column);
  readDetails(column);
  readOperations(column);
}

function readJobs(column) {
  const { header, phase, phaseCode } = recording;
  const start = column("start").map((ticks) => ticks * header.tick);
  const duration = new Float64Array(start.length);
  for (const sums of phase) for (let job = 0; job < start.length; job++) duration[job] += sums[job];
  const firstBusy = column("first"); // ns until the first pause
  if (header.log) {
    const busy = phase[phaseCode.busy];
    for (let job = 0; job < start.length; job++)
      firstBusy[job] = (busy[job] * firstBusy[job]) / header.split;
  }
  const end = start.map((ns, job) => ns + Math.max(duration[job], 1));
  Object.assign(recording, { jobs: start.length, start, duration, end, firstBusy });
  Object.assign(recording, { id: column("id"), conn: column("conn"), weight: column("weight") });
  for (const name of CODES) recording[name] = Uint16Array.from(column(name));
}

// Jobs without an end have the duration -1, and end for the eye with the recording.
function readUnfinished(column) {
  const { start, end, duration } = recording;
  const [jobs, ends, phases] = ["loose", "loose_end", "loose_phase"].map(column);
  recording.openPhase = new Map(); // job -> the phase it is in, -1 if that is not known
  jobs.forEach((job, k) => {
    recording.openPhase.set(job, phases[k] - 1);
    end[job] = Math.max(ends[k], start[job] + 1);
    duration[job] = -1;
  });
  recording.longest = start.reduce((most, ns, job) => Math.max(most, end[job] - ns), 0);
}

// Positions at which lists begin that lie one behind the other, and where the last one ends.
function listStarts(lengths) {
  const starts = new Uint32Array(lengths.length + 1);
  lengths.forEach((length, k) => (starts[k + 1] = starts[k] + length));
  return starts;
}

// Some jobs come with details: recording.detail[job] is the place in the columns of details, or -1.
// pack.py adds 1 to what may be unknown, so that it is -1 here.
function readDetails(column) {
  recording.detail = new Int32Array(recording.jobs).fill(-1);
  column("keep").forEach((job, place) => (recording.detail[job] = place));
  recording.sliceStart = listStarts(column("slices"));
  recording.slicePhase = Uint8Array.from(column("slice_phase"));
  recording.sliceDuration = column("slice_dur");
  recording.sliceThread = Uint16Array.from(column("slice_thread"));
  recording.connAge = column("conn_age");
  recording.connDuration = column("conn_dur").map((ns) => ns - 1);
  recording.handshakeDuration = column("hs_dur").map((ns) => ns - 1);
  recording.evidence = column("evidence");
}

// Engine operations, by the place of the job's details. Their times are since the job's start.
function readOperations(column) {
  recording.operations = new Map();
  const names = ["job", "kind", "at", "queue", "service"];
  const [places, kinds, starts, queued, served] = names.map((name) => column(`eng_${name}`));
  places.forEach((place, k) => {
    const [crypto, alg, bits, reason] = (recording.header.engKinds[kinds[k]] || "|||").split("|");
    const name = `${crypto} ${alg}${Number(bits) ? ` ${Number(bits)}` : ""}`;
    const times = { start: starts[k], queue: queued[k] - 1, service: served[k] - 1 };
    if (!recording.operations.has(place)) recording.operations.set(place, []);
    recording.operations.get(place).push({ name, reason, ...times });
  });
}

export function isUnfinished(job) {
  return recording.duration[job] < 0;
}

// How long a job took; of one without an end, how long it was seen.
export function ageOf(job) {
  return isUnfinished(job) ? recording.end[job] - recording.start[job] : recording.duration[job];
}

// How many jobs this one stands for.
export function weightOf(job) {
  return recording.weight ? recording.weight[job] : 1;
}

export function phaseSums(job) {
  return recording.phase.map((sums) => sums[job]);
}

export function opName(job) {
  return recording.header.ops[recording.op[job]];
}

export function outcomeName(job) {
  return recording.header.outcomes[recording.outcome[job]];
}

export function threadName(thread) {
  return recording.header.threads[thread].name;
}

export function kindName(code) {
  const kind = recording.header.kinds[code];
  const resumed = kind.resumed === "1" ? "resumed" : "";
  const side = kind.side === "client" ? "as client" : "";
  const words = [kind.version, kind.cipher, resumed, kind.sni, side].filter(Boolean);
  return words.join(" · ") || "connection not known";
}

function kindNames() {
  return recording.header.kinds.map((_, code) => kindName(code));
}

// Calls visit(phase, start, duration, thread) for each stretch of a job.
export function eachSlice(job, visit) {
  const { detail, end, openPhase, phaseCode } = recording;
  const seen = detail[job] >= 0 ? detailedSlices(job, visit) : roughSlices(job, visit);
  if (!isUnfinished(job) || end[job] <= seen) return;
  const phase = openPhase.get(job);
  visit(phase < 0 ? phaseCode.busy : phase, seen, end[job] - seen, 0);
}

// Returns where the last slice ends, as does roughSlices().
function detailedSlices(job, visit) {
  const { detail, start, sliceStart, slicePhase, sliceDuration, sliceThread } = recording;
  const last = sliceStart[detail[job] + 1];
  let at = start[job];
  for (let slice = sliceStart[detail[job]]; slice < last; slice++) {
    visit(slicePhase[slice], at, sliceDuration[slice], sliceThread[slice]);
    at += sliceDuration[slice];
  }
  return at;
}

// Without details, a job that paused more than once looks as if all its waits were one.
function roughSlices(job, visit) {
  const { phase, phaseCode, firstBusy, start, thread } = recording;
  const busy = phase[phaseCode.busy][job];
  const first = Math.min(firstBusy[job], busy);
  let at = start[job];
  visit(phaseCode.busy, at, first, thread[job]);
  at += first;
  for (let code = 0; code < phase.length; code++) {
    const length = phase[code][job];
    if (code === phaseCode.busy || !(length > 0)) continue;
    visit(code, at, length, 0);
    at += length;
  }
  if (busy > first) visit(phaseCode.busy, at, busy - first, thread[job]);
  return at + busy - first;
}

// The first job that does not start before a time.
export function firstJobAt(time) {
  return lowerBound(recording.start, time);
}

// A time of the recording: always in the same unit, with digits enough to tell it from one that is
// so many ns apart.
export function moment(ns, apart) {
  const { unit, scale } = unitFor(recording.high, 3);
  const places = clamp(Math.ceil(Math.log10(scale / Math.max(apart, 1)) - 1e-9), 0, 9);
  const digits = { minimumFractionDigits: places, maximumFractionDigits: places };
  return `${(ns / scale).toLocaleString("en", digits)} ${unit}`;
}
