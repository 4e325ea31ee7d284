// SPDX-License-Identifier: Apache-2.0
// The search box: words as tests of jobs.
import { parseDuration } from "./duration.js";
import { ageOf, categories, recording } from "./recording.js";

const COMPARE = {
  ">": (a, b) => a > b,
  "<": (a, b) => a < b,
  ">=": (a, b) => a >= b,
  "<=": (a, b) => a <= b,
  "=": (a, b) => a === b,
  ":": (a, b) => a === b,
};
const NUMBERS = new Map([
  ["pauses", (job) => recording.pauses[job]],
  ["job", (job) => recording.id[job]],
  ["conn", (job) => recording.conn[job]],
]);
const TIMES = new Map([
  ["dur", ageOf],
  ["at", (job) => recording.start[job]],
]);

function phaseTime(name) {
  const sums = recording.phase[recording.phases.indexOf(name)];
  return sums && ((job) => sums[job]);
}

function conditionTest(value, compare, wanted) {
  return Number.isNaN(wanted) ? null : (job) => COMPARE[compare](value(job), wanted);
}

function idTest(word) {
  const wanted = Number(word);
  return (job) => recording.id[job] === wanted || recording.conn[job] === wanted;
}

function nameTest(word) {
  const part = word.toLowerCase();
  const hits = categories.map(({ key, names }) => ({
    codes: recording[key],
    hit: names().map((name) => name.toLowerCase().includes(part)),
  }));
  return (job) => hits.some(({ codes, hit }) => hit[codes[job]]);
}

// Null if the word cannot be understood.
function wordTest(word) {
  const [, name = "", compare, text] = /^(\w+)(>=|<=|>|<|=|:)(.+)$/.exec(word) || [];
  const key = name.toLowerCase();
  if (NUMBERS.has(key)) return conditionTest(NUMBERS.get(key), compare, Number(text));
  const time = TIMES.get(key) || phaseTime(key);
  if (time) return conditionTest(time, compare, parseDuration(text));
  if (/[<>=]/.test(word)) return null;
  return /^\d+$/.test(word) ? idTest(word) : nameTest(word);
}

// "job 17", "connections 3" as "job=17", "conn=3"; no spaces around comparisons.
function normalised(text) {
  return text
    .replace(/\b(job|conn)(?:ection)?s?\s+(\d+)/gi, "$1=$2")
    .replace(/\s*(>=|<=|>|<|=)\s*/g, "$1");
}

// The test of a job that all the words make; null if one of them cannot be understood.
export function searchTest(text) {
  const words = normalised(text).match(/"[^"]+"|\S+/g) || [];
  const tests = words.map((word) => wordTest(word.replace(/^"|"$/g, "")));
  return tests.includes(null) ? null : (job) => tests.every((test) => test(job));
}
