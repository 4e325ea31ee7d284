// SPDX-License-Identifier: Apache-2.0
// Why a step of a job took as long as it did.
// A step is { phase, start, length, thread }; a cause is { words, work }. Words are texts and
// elements; work, if known, is when the engine worked, as { start, length }.
import { isolated } from "./dom.js";
import { duration } from "./duration.js";
import { count } from "./format.js";
import { eachSlice, firstJobAt, recording, threadName } from "./recording.js";

const FARTHEST = 1e9; // ns that a job may have begun before the step in which it ran
const WORTH_A_WORD = 0.2; // share of a step

const CAUSES = {
  busy: causeOfBusy,
  offload: causeOfOffload,
  notify: causeOfNotify,
  requeue: causeOfRequeue,
};

// next is the step after it, if there is one.
export function causeOf(job, step, next) {
  return CAUSES[recording.phases[step.phase]](job, step, next);
}

function operationsOf(job) {
  return recording.operations.get(recording.detail[job]) || [];
}

function wasSeen(job, evidence) {
  const place = recording.detail[job];
  return place >= 0 && (recording.evidence[place] & recording.header.evidence[evidence]) !== 0;
}

function nameOfThread({ thread }) {
  return isolated(threadName(thread));
}

function causeOfBusy(job, step) {
  const from = step.start - recording.start[job];
  const until = from + step.length;
  const inPlace = operationsOf(job).find(
    ({ reason, start }) => reason && start >= from && start <= until
  );
  const where = step.thread ? ["runs on ", nameOfThread(step)] : ["runs"];
  return { words: inPlace ? [...where, `; ${inPlace.name} in place (${inPlace.reason})`] : where };
}

function causeOfOffload(job, step) {
  if (wasSeen(job, "merged"))
    return { words: ["no wake-up was seen, so the whole wait is in here"] };
  const from = step.start - recording.start[job];
  const until = from + step.length;
  const overlaps = ({ start, queue, service }) => start <= until && start + queue + service > from;
  const isKnown = ({ reason, queue, service }) => !reason && queue >= 0 && service >= 0;
  const found = operationsOf(job).find((operation) => isKnown(operation) && overlaps(operation));
  if (!found) return { words: ["waits for the engine"] };
  const { name, start, queue, service } = found;
  return {
    words: [`${name}: ${duration(queue)} in the queue, ${duration(service)} of work`],
    work: { start: recording.start[job] + start + queue, length: service },
  };
}

function causeOfNotify(job, step, next) {
  const who = step.thread ? ["signalled by ", nameOfThread(step)] : ["signalled"];
  const resumed = next && recording.phases[next.phase] === "busy";
  const words =
    resumed && wasSeen(job, "untold")
      ? "; not seen when the event loop learnt of it, so requeue is in here"
      : "; the event loop does not know yet";
  return { words: [...who, words] };
}

function causeOfRequeue(job, step) {
  const others = otherJobs(job, step);
  if (!others.jobs) return { words: ["the event loop knows, and does other work"] };
  const rest = step.length - others.ns;
  const more =
    rest > WORTH_A_WORD * step.length ? `, and something else for ${duration(rest)}` : "";
  const words = `the event loop runs ${count(others.jobs, "other job")} for ${duration(others.ns)}`;
  return { words: [words + more] };
}

// How long a job ran within a step.
function busyWithin(job, step) {
  const { busy } = recording.phaseCode;
  const stepEnd = step.start + step.length;
  let ns = 0;
  eachSlice(job, (phase, start, length) => {
    const common = Math.min(start + length, stepEnd) - Math.max(start, step.start);
    if (phase === busy) ns += Math.max(0, common);
  });
  return ns;
}

// How many other jobs ran on the job's thread during a step, and for how long.
function otherJobs(job, step) {
  const { thread, end, longest } = recording;
  const found = { jobs: 0, ns: 0 };
  const last = firstJobAt(step.start + step.length);
  for (let other = firstJobAt(step.start - Math.min(longest, FARTHEST)); other < last; other++) {
    if (other === job || thread[other] !== thread[job] || end[other] <= step.start) continue;
    const ns = busyWithin(other, step);
    if (ns > 0) found.jobs++;
    found.ns += ns;
  }
  return found;
}
