// SPDX-License-Identifier: Apache-2.0
// What the analysis found, the worst first; a click goes to the place.
function showFindings() {
  const rows = D.h.findings;
  $("findings").hidden = !rows.length;
  $("findings").querySelector("ol").replaceChildren(...rows.map((f, n) => el("li", { class: ["error", "critical", "high"].includes(f.severity) ? "error" : /^warn/.test(f.severity) || f.severity === "medium" ? "warning" : "" },
    el("button", { "data-n": n, onclick: () => goTo(f) }, el("b", {}, name(f.rule)), " ", name(f.text), f.count > 1 ? ` (${number(f.count)})` : "",
      f.fix ? el("small", {}, name(f.fix)) : null))));
}

function goTo(f) {
  const i = f.job ? D.id.indexOf(f.job) : f.conn ? D.conn.indexOf(f.conn) : -1;
  if (i >= 0) {
    if (!F.mask[i]) reset();
    choose(i, true);
  } else if (f.ts != null) {
    const slack = Math.max(f.dur || 0, 1e6);
    setWindow(f.ts - slack, f.ts + Math.max(f.dur || 0, 0) + slack);
  }
}
