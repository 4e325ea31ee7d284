// SPDX-License-Identifier: Apache-2.0
// What the analysis found, the worst first. A click goes to an example; further clicks go to the next one.
const visits = new Map();

function showFindings() {
  const rows = D.h.findings;
  $("findings").hidden = !rows.length;
  $("findings").querySelector("ol").replaceChildren(...rows.map((f) => {
    const facts = [f.count > 1 ? `${number(f.count)} times` : "", f.cost_ns ? `cost ${duration(f.cost_ns)}` : "", f.certainty && f.certainty !== "certain" ? f.certainty : ""].filter(Boolean).join(" · ");
    return el("li", { class: `severity-${["error", "warning"].includes(f.severity) ? f.severity : "note"}` },
      el("button", { onclick: () => goTo(f), title: `${f.severity} ${f.rule}: go to an example` },
        el("b", {}, name(f.title || f.rule)), f.detail ? el("span", {}, ": ", name(f.detail)) : null,
        facts ? el("small", {}, facts) : null, f.note ? el("small", {}, name(f.note)) : null, f.fix ? el("small", { class: "fix" }, name(f.fix)) : null));
  }));
}

function goTo(f) {
  const visit = visits.get(f) || 0;
  visits.set(f, visit + 1);
  const ids = f.jobs.length ? f.jobs : f.conns;
  const i = ids.length ? (f.jobs.length ? D.id : D.conn).indexOf(ids[visit % ids.length]) : -1;
  if (i >= 0) {
    if (!F.mask[i]) reset();
    choose(i, true);
  } else if (f.ts_ns !== null) {
    const slack = Math.max((f.end_ns - f.ts_ns) / 10, 1e6);
    setWindow(f.ts_ns - slack, Math.max(f.end_ns, f.ts_ns) + slack);
  }
}
