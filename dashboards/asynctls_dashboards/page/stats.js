// SPDX-License-Identifier: Apache-2.0
// Sorted durations and their quantiles; the same definitions as in the plots' stats.py.
// Sorted durations are { values, sums, total }; sums are running weights, null if all weigh 1.
import { bucketMiddle } from "./buckets.js";
import { lowerBound } from "./maths.js";
import { firstJobAt, isUnfinished, recording } from "./recording.js";
import { eachFinished, selection } from "./selection.js";
import { view } from "./view.js";

const HISTOGRAM_FINE = 32; // buckets to the octave, as facts.py counts

const latest = { key: "", sorted: null };

// Of the chosen jobs that began in [from, until). Several panels ask for the same.
export function sortedDurations(from = view.from, until = view.until) {
  const key = `${selection.version} ${from} ${until}`;
  if (latest.key === key) return latest.sorted;
  const jobs = new Uint32Array(firstJobAt(until) - firstJobAt(from));
  let count = 0;
  eachFinished(from, until, (job) => (jobs[count++] = job));
  return Object.assign(latest, { key, sorted: sortJobs(jobs.subarray(0, count)) }).sorted;
}

export function allDurations() {
  const jobs = Uint32Array.from({ length: recording.jobs }, (_, job) => job);
  return sortJobs(jobs.filter((job) => !isUnfinished(job)));
}

// jobs is a typed array, and is reordered if jobs stand for several.
export function sortJobs(jobs) {
  const { duration, weight } = recording;
  if (weight) jobs.sort((a, b) => duration[a] - duration[b]);
  const values = Float64Array.from(jobs, (job) => duration[job]);
  if (!weight) return { values: values.sort(), sums: null, total: values.length };
  return { values, ...runningSums(jobs, (job) => weight[job]) };
}

function runningSums(list, weightOfEntry) {
  let total = 0;
  const sums = Float64Array.from(list, (entry) => (total += weightOfEntry(entry)));
  return { sums, total };
}

export function fromHistogram([buckets, counts]) {
  const values = Float64Array.from(buckets, (bucket) => bucketMiddle(bucket, HISTOGRAM_FINE));
  return { values, ...runningSums(counts, (count) => count) };
}

// Nearest-rank quantile: a value that occurs.
export function quantile({ values, sums, total }, q) {
  if (!values.length) return NaN;
  const rank = Math.max(Math.ceil(q * total - 1e-9), 1);
  const place = sums ? lowerBound(sums, rank) : rank - 1;
  return values[Math.min(place, values.length - 1)];
}
