// SPDX-License-Identifier: Apache-2.0
// The jobs in view as rows. Only the first of them in the order chosen are found and shown.
import { copyButton, byId, element, isolated, setAnswer } from "./dom.js";
import { duration } from "./duration.js";
import { count, number } from "./format.js";
import {
  isUnfinished,
  kindName,
  moment,
  opName,
  outcomeName,
  phaseSums,
  recording,
  threadName,
  weightOf,
} from "./recording.js";
import { eachInCell, eachJob } from "./selection.js";
import { stackedBar } from "./stack.js";
import { changed, chooseJob, setCell, view } from "./view.js";

const PAGE = 60; // rows at first
const GROWTH = 4; // factor of "Show more"
const MOST_ROWS = 4000; // from which on there is no more
const MOST_COPIED = 100_000;
const BAR_BEHIND = "dur"; // the column that the bar of phases stands behind

// value(job) is sorted by; words(value) are shown. Texts are sorted by their codes.
const columns = [
  { key: "id", label: "job", value: (job) => recording.id[job], words: String, isCount: true },
  { key: "start", label: "start", value: (job) => recording.start[job], words: startWords },
  textColumn("op", "operation", opName),
  textColumn("thread", "thread", (job) => threadName(recording.thread[job])),
  textColumn("kind", "connection", (job) => kindName(recording.kind[job])),
  { key: "dur", label: "duration", value: sortedLast, words: durationWords },
  phaseColumn("busy"),
  phaseColumn("offload"),
  phaseColumn("notify"),
  phaseColumn("requeue"),
  { key: "pauses", label: "pauses", value: pausesOf, words: number, isCount: true },
  textColumn("outcome", "outcome", outcomeName),
];

const shown = { most: PAGE, jobs: [] };

function textColumn(key, label, text) {
  return { key, label, value: (job) => recording[key][job], text };
}

function phaseColumn(key) {
  const value = (job) => recording.phase[recording.phaseCode[key]][job];
  return { key, label: key, value, words: duration };
}

function pausesOf(job) {
  return recording.pauses[job];
}

function startWords(ns) {
  return moment(ns, 1e3);
}

// Jobs without an end count as the longest.
function sortedLast(job) {
  return isUnfinished(job) ? Infinity : recording.duration[job];
}

function durationWords(ns) {
  return ns === Infinity ? "no end" : duration(ns);
}

function cellWords({ value, words, text }, job) {
  return text ? text(job) : words(value(job));
}

export function isSortKey(key) {
  return columns.some((column) => column.key === key);
}

function sortBy({ key, text }) {
  view.descending = view.sort === key ? !view.descending : !text;
  view.sort = key;
  changed("sort");
}

function heading(column) {
  const { key, label, text } = column;
  const button = element("button", { onclick: () => sortBy(column) }, label);
  return element("th", { class: text ? "text" : "", scope: "col", "data-key": key }, button);
}

export function createTable() {
  const head = element("tr", {}, ...columns.map(heading));
  const phases = element("th", { scope: "col" }, element("span", {}, "phases"));
  head.querySelector(`[data-key=${BAR_BEHIND}]`).after(phases);
  byId("jobs").querySelector("thead").append(head);
  byId("more").onclick = () => {
    shown.most *= GROWTH;
    showTable();
  };
  byId("uncell").onclick = () => setCell(null);
  copyButton(byId("csv"), asCsv);
}

// Calls visit(job) for what the table lists: the cell's jobs, else those in view.
function eachListed(visit) {
  if (view.cell) eachInCell(view.cell, visit);
  else eachJob(view.from, view.until, visit);
}

function inOrder() {
  const { value } = columns.find(({ key }) => key === view.sort);
  const sign = view.descending ? -1 : 1;
  return (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === y) return a - b;
    return x < y ? -sign : sign;
  };
}

// The first jobs in the order chosen, without sorting all: the list is cut back now and then.
function firstJobs(most) {
  const order = inOrder();
  let first = [];
  let total = 0;
  let last = -1; // a job that all of the first come before
  eachListed((job) => {
    total += weightOf(job);
    if (last >= 0 && order(job, last) > 0) return;
    first.push(job);
    if (first.length < 4 * most) return;
    first = first.sort(order).slice(0, most);
    last = first[most - 1];
  });
  return { jobs: first.sort(order).slice(0, most), total };
}

// The job that the first row is about, -1 if there is none.
export function firstListed() {
  return shown.jobs.length ? shown.jobs[0] : -1;
}

export function showTable() {
  const { jobs, total } = firstJobs(shown.most);
  const table = byId("jobs");
  shown.jobs = jobs;
  table.querySelector("tbody").replaceChildren(...jobs.map(tableRow));
  for (const head of table.querySelectorAll("th[data-key]")) {
    const order = view.descending ? "descending" : "ascending";
    head.setAttribute("aria-sort", head.dataset.key === view.sort ? order : "none");
  }
  table.dataset.total = total;
  byId("more").hidden = jobs.length >= total || shown.most > MOST_ROWS;
  byId("uncell").hidden = !view.cell;
  setAnswer("jobs", tableAnswer(jobs.length, total));
}

function tableAnswer(rows, total) {
  const [, , shortest, longest] = view.cell || [];
  const cell = view.cell && `in the cell of ${duration(shortest)} to ${duration(longest)}`;
  const some = rows < total ? `, the first ${number(rows)} shown` : "";
  return `${count(total, "job")} ${cell || "in view"}${some}`;
}

function isBad({ key }, job) {
  if (key === "outcome") return outcomeName(job) !== "finished";
  return key === "dur" && isUnfinished(job);
}

function tableCell(column, job) {
  const words = cellWords(column, job);
  const look = [column.text ? "text" : "", isBad(column, job) ? "bad" : ""];
  const attributes = { class: look.filter(Boolean).join(" "), title: column.text ? words : null };
  return element("td", attributes, column.text ? isolated(words) : words);
}

function tableRow(job) {
  const attributes = { tabindex: "0", class: job === view.job ? "now" : "" };
  const listeners = {
    onclick: () => chooseJob(job),
    ondblclick: () => chooseJob(job, true),
    onkeydown: ({ key }) => key === "Enter" && chooseJob(job),
  };
  const cells = columns.flatMap((column) => {
    const cell = tableCell(column, job);
    const behind = column.key === BAR_BEHIND;
    return behind ? [cell, element("td", {}, stackedBar(phaseSums(job)))] : [cell];
  });
  return element("tr", { ...attributes, "data-job": recording.id[job], ...listeners }, ...cells);
}

// RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe.
function csvCell(value) {
  const plain = String(value);
  const formula = /^[=+\-@\t\r]/.test(plain) && !/^-?[\d.]+$/.test(plain);
  const text = formula ? `'${plain}` : plain;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvValue({ value, text }, job) {
  if (text) return text(job);
  const plain = value(job);
  return plain === Infinity ? -1 : Math.round(plain);
}

function asCsv() {
  const { jobs } = firstJobs(MOST_COPIED);
  const head = columns.map(({ key, text, isCount }) => (text || isCount ? key : `${key}_ns`));
  const rows = jobs.map((job) => columns.map((column) => csvCell(csvValue(column, job))));
  return [head, ...rows].map((cells) => `${cells.join(",")}\r\n`).join("");
}
