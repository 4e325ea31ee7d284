// SPDX-License-Identifier: Apache-2.0
// Latency by percentile on HdrHistogram's axis: every nine takes the same width.
const BEYOND = 10; // a curve ends where fewer jobs than this are slower
let whole = null, curves = [];

function curvesPanel() {
  const p = new Panel("curves", 250, drawCurves, { left: 62, bottom: 32, slow: true });
  p.canvas.addEventListener("pointermove", (e) => showTip(e, hoverCurves(p, e.offsetX)));
  p.canvas.addEventListener("pointerleave", hideTip);
}

function allDurations() {
  const mask = F.mask;
  F.mask = new Uint8Array(D.n).fill(1);
  const sorted = sortDurations(D.h.span[0], D.h.span[1] + 1);
  F.mask = mask;
  return sorted;
}

function histSorted([index, counts]) {
  let total = 0;
  const values = Float64Array.from(index, (b) => (bucketStart(b, 32) + bucketStart(b + 1, 32)) / 2);
  const sums = Float64Array.from(counts, (n) => (total += n));
  return { values, sums, total };
}

function drawCurves(g, p) {
  const [low, high] = D.h.span;
  const part = S.t0 > low || S.t1 < high || filtered();
  if (!whole) whole = allDurations();
  const here = part ? sortedDurations(S.t0, S.t1) : whole;
  curves = [{ label: part ? "in view" : "all jobs", sorted: here, colour: ink.data, width: 2.4, dash: [] }];
  if (part) curves.push({ label: "all jobs", sorted: whole, colour: ink.faint, width: 1.4, dash: [5, 3] });
  if (D.h.other) {
    const one = S.op && S.op.size === 1 ? D.h.ops[[...S.op][0]] : "";
    curves.push({ label: `B${one ? " " + one : ""}`, sorted: histSorted(D.h.other.hist[one] || [[], []]), colour: ink.accent, width: 1.8, dash: [2, 3] });
  }
  curves = curves.filter((c) => c.sorted.total);
  if (!curves.length) return answer("curves", "no finished job in view");
  for (const c of curves) c.last = Math.max(c.sorted.total >= 5 * BEYOND ? c.sorted.total / BEYOND : c.sorted.total, 2);
  const right = Math.max(...curves.map((c) => c.last));
  const x = (odds) => p.left + (Math.log(odds) / Math.log(right)) * p.inner;
  const floor = Math.min(...curves.map((c) => quantile(c.sorted, 0.05))) / 1.1;
  const top = Math.max(...curves.map((c) => quantile(c.sorted, 1 - 1 / c.last))) * 1.15;
  const y = latencyAxis(g, p, Math.max(floor, 1), Math.max(top, floor * 1.5));
  percentAxis(g, p, x, right);
  for (const c of [...curves].reverse()) drawCurve(g, p, c, x);
  function drawCurve(g, p, c, x) {
    g.strokeStyle = c.colour;
    g.lineWidth = c.width;
    g.setLineDash(c.dash);
    g.beginPath();
    for (let px = 0; px <= p.inner; px++) {
      const odds = right ** (px / p.inner);
      if (odds > c.last * 1.001) break;
      const v = y(quantile(c.sorted, 1 - 1 / odds));
      if (px) g.lineTo(p.left + px, v);
      else g.moveTo(p.left + px, v);
    }
    g.stroke();
    g.setLineDash([]);
    g.lineWidth = 1;
  }
  curveLegend(g, p);
  curvesAnswer(here);
}

function percentAxis(g, p, x, right) {
  g.textAlign = "center";
  const floor = p.height - p.bottom;
  let past = -Infinity;
  for (const q of [0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999]) {
    const odds = 1 / (1 - q);
    if (odds > right * 1.02) break;
    g.strokeStyle = ink.rule;
    line(g, x(odds), p.top, x(odds), floor);
    g.fillStyle = ink.faint;
    const text = q ? `p${Number((100 * q).toPrecision(8))}` : "p0";
    if (x(odds) - past > 40) { g.fillText(text, Math.min(x(odds), p.width - g.measureText(text).width / 2), floor + 10); past = x(odds); }
  }
  g.fillText("jobs that are at least as fast", p.left + p.inner / 2, floor + 25);
}

// In the corner below the curves, where they never are.
function curveLegend(g, p) {
  g.textAlign = "right";
  curves.forEach((c, k) => {
    const y = p.height - p.bottom - 12 - 16 * (curves.length - 1 - k);
    g.fillStyle = ink.ink;
    const text = `${c.label} (${number(c.sorted.total)})`;
    g.fillText(text, p.width - p.right - 36, y);
    g.strokeStyle = c.colour;
    g.lineWidth = c.width;
    g.setLineDash(c.dash);
    line(g, p.width - p.right - 30, y, p.width - p.right - 4, y);
    g.setLineDash([]);
    g.lineWidth = 1;
  });
}

function curvesAnswer(sorted) {
  const named = [0.5, 0.9, 0.99, 0.999, 0.9999].filter((q) => q === 0.5 || sorted.total * (1 - q) >= BEYOND - 1e-6);
  answer("curves", sorted.total ? named.map((q) => `p${Number((100 * q).toPrecision(6))} ${duration(quantile(sorted, q))}`).join(" · ") + ` · max ${duration(quantile(sorted, 1))}` : "no finished job in view");
}

function hoverCurves(p, x) {
  if (!curves.length || x < p.left) return "";
  const right = Math.max(...curves.map((c) => c.last));
  const q = 1 - 1 / right ** clamp((x - p.left) / p.inner, 0, 1);
  return [`p${Number((100 * q).toFixed(q > 0.999 ? 4 : 2))}`, ...curves.filter((c) => 1 / (1 - q) <= c.last * 1.001).map((c) => `${c.label}: ${duration(quantile(c.sorted, q))}`)].join("\n");
}
