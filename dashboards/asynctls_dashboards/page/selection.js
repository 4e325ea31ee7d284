// SPDX-License-Identifier: Apache-2.0
// Which jobs are chosen by the boxes that are ticked and the words that are searched for.
import { categories, firstJobAt, recording, weightOf } from "./recording.js";
import { searchTest } from "./search.js";
import { view } from "./view.js";

export const selection = {
  mask: null, // 1 for each job that is chosen
  count: 0, // entries that are chosen
  jobs: 0, // jobs that these stand for
  notUnderstood: false, // the search
  version: 0, // grows with each change
};

function categoryTest({ key }) {
  const codes = recording[key];
  return (job) => view[key].has(codes[job]);
}

function tests() {
  const found = categories.filter(({ key }) => view[key]).map(categoryTest);
  const search = view.search ? searchTest(view.search) : null;
  selection.notUnderstood = view.search !== "" && !search;
  return search ? [...found, search] : found;
}

export function applyFilter() {
  const all = tests();
  const mask = new Uint8Array(recording.jobs);
  let count = 0;
  let jobs = 0;
  for (let job = 0; job < mask.length; job++) {
    if (!all.every((test) => test(job))) continue;
    mask[job] = 1;
    count++;
    jobs += weightOf(job);
  }
  Object.assign(selection, { mask, count, jobs, version: selection.version + 1 });
}

export function someAreLeftOut() {
  return selection.count < recording.jobs;
}

// Calls visit(job) for each chosen job that touches [from, until).
export function eachJob(from, until, visit) {
  const { mask } = selection;
  const { end, longest } = recording;
  const last = firstJobAt(until);
  for (let job = firstJobAt(from - longest); job < last; job++)
    if (mask[job] && end[job] > from) visit(job);
}

// Calls visit(job) for each chosen job that began in [from, until) and has an end.
export function eachFinished(from, until, visit) {
  const { mask } = selection;
  const { duration } = recording;
  const last = firstJobAt(until);
  for (let job = firstJobAt(from); job < last; job++)
    if (mask[job] && duration[job] >= 0) visit(job);
}

// Calls visit(job) for the chosen jobs in a cell of the heat map.
export function eachInCell([from, until, shortest, longest], visit) {
  const { duration } = recording;
  eachFinished(from, until, (job) => {
    if (duration[job] >= shortest && duration[job] < longest) visit(job);
  });
}

// The next chosen job of the same thread in that direction (1 or -1), or -1.
export function neighbour(job, direction) {
  const { thread, jobs } = recording;
  for (let other = job + direction; other >= 0 && other < jobs; other += direction)
    if (selection.mask[other] && thread[other] === thread[job]) return other;
  return -1;
}
