// SPDX-License-Identifier: Apache-2.0
// This recording (A) beside another (B), in figures; the curves are drawn with the percentiles.
function showDiff() {
  const { self: a, other: b } = D.h;
  $("diff").hidden = !b;
  if (!b) return;
  const share = (s, p) => s.summary.phases[p] / Math.max(1, s.summary.phases.reduce((x, y) => x + y, 0));
  const body = el("tbody");
  const row = (label, x, y, word, worse, note) => {
    const ratio = y / x;
    const sure = Number.isFinite(ratio) && worse && Math.abs(ratio - 1) > 0.05;
    const change = note || (Number.isFinite(ratio) ? `× ${Number(ratio.toPrecision(3))}` : "");
    body.append(el("tr", {}, el("td", {}, label), el("td", {}, word(x)), el("td", {}, word(y)), el("td", { class: sure ? (ratio > 1 ? "worse" : "better") : "" }, change)));
  };
  row("jobs", a.summary.jobs, b.summary.jobs, number);
  row("jobs/s", a.summary.jobs / (a.recorded / 1e9), b.summary.jobs / (b.recorded / 1e9), (v) => number(Number(v.toPrecision(3))));
  row("paused", a.summary.paused / a.summary.jobs, b.summary.paused / b.summary.jobs, percent, false, " ");
  ["p50", "p90", "p99", "p99.9"].forEach((q, k) => row(q, a.summary.quantiles[k], b.summary.quantiles[k], duration, true));
  row("max", a.summary.max, b.summary.max, duration, true);
  PHASES.forEach((name, p) => { const d = share(b, p) - share(a, p); row(name, share(a, p), share(b, p), percent, false, `${d < 0 ? "−" : "+"}${Math.abs(100 * d).toFixed(1)} points`); });
  row("lost events", a.lost, b.lost, number, false, " ");
  $("diff").querySelector(".scroll").replaceChildren(el("table", {}, el("thead", {}, el("tr", {}, ...["", "A", "B", "B / A"].map((h) => el("th", { scope: "col" }, h)))), body));
  const [x, y] = [a.summary.quantiles[2], b.summary.quantiles[2]];
  const words = x && y ? `p99 of B is ${duration(y)}, ${Math.abs(y / x - 1) < 0.02 ? "the same as" : `${number(Number((y / x).toPrecision(3)))} × that`}${Math.abs(y / x - 1) < 0.02 ? "" : " of"} A` : "";
  answer("diff", `A ${a.label} · B ${b.label}${words ? ` — ${words}` : ""}`);
}
