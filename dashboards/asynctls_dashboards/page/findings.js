// SPDX-License-Identifier: Apache-2.0
// What the analysis found, the worst first. Each click on a finding goes to its next example.
import { byId, element, isolated } from "./dom.js";
import { duration } from "./duration.js";
import { number } from "./format.js";
import { recording } from "./recording.js";
import { selection } from "./selection.js";
import { chooseJob, resetView, setWindow } from "./view.js";

const MARKED = ["error", "warning"]; // severities with a colour of their own
const LEAST_SLACK = 1e6; // ns around a finding

const visits = new Map(); // finding -> how often it was clicked
const cursor = { place: -1 }; // of the finding that nextFinding() went to

export function showFindings() {
  const { findings } = recording.header;
  const panel = byId("findings");
  panel.hidden = !findings.length;
  panel.querySelector("ol").replaceChildren(...findings.map(findingItem));
}

function findingItem(finding) {
  const { severity, rule, title } = finding;
  const attributes = {
    onclick: () => goToFinding(finding),
    title: `${severity} ${rule}: go to an example`,
  };
  const look = `severity-${MARKED.includes(severity) ? severity : "note"}`;
  const name = element("b", {}, isolated(title || rule));
  const button = element("button", attributes, name, ...findingWords(finding));
  return element("li", { class: look }, button);
}

function findingWords({ detail, note, fix, count, cost_ns: cost, certainty }) {
  const times = count > 1 ? `${number(count)} times` : "";
  const price = cost ? `cost ${duration(cost)}` : "";
  const doubt = certainty && certainty !== "certain" ? certainty : "";
  const facts = [times, price, doubt].filter(Boolean).join(" · ");
  return [
    detail ? element("span", {}, ": ", isolated(detail)) : null,
    facts ? element("small", {}, facts) : null,
    note ? element("small", {}, isolated(note)) : null,
    fix ? element("small", { class: "fix" }, isolated(fix)) : null,
  ];
}

// The job of the finding's next example, -1 if it has none.
function exampleOf(finding) {
  const visit = visits.get(finding) || 0;
  visits.set(finding, visit + 1);
  const { jobs, conns } = finding;
  if (jobs.length) return recording.id.indexOf(jobs[visit % jobs.length]);
  return conns.length ? recording.conn.indexOf(conns[visit % conns.length]) : -1;
}

function goToFinding(finding) {
  const job = exampleOf(finding);
  if (job >= 0) {
    if (!selection.mask[job]) resetView();
    chooseJob(job, true);
  } else if (finding.ts_ns !== null) {
    const { ts_ns: start, end_ns: end } = finding;
    const slack = Math.max((end - start) / 10, LEAST_SLACK);
    setWindow(start - slack, Math.max(end, start) + slack);
  }
}

export function nextFinding() {
  const { findings } = recording.header;
  if (!findings.length) return;
  cursor.place = (cursor.place + 1) % findings.length;
  goToFinding(findings[cursor.place]);
}
