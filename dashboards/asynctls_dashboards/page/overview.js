// SPDX-License-Identifier: Apache-2.0
// The whole recording in a strip: how many jobs, how slow; and the brush that chooses the window.
let brush;

function overviewPanel() {
  const p = new Panel("overview", 78, drawOverview, { bottom: 18 });
  brush = el("div", { class: "brush" });
  for (const side of ["left", "right"]) brush.append(el("i", { class: side }));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`.brush{position:absolute;top:2px;bottom:18px;border:1px solid var(--ink);background:color-mix(in srgb,var(--ink) 7%,transparent);border-radius:3px;pointer-events:none}
.brush i{position:absolute;top:50%;width:6px;height:24px;margin-top:-12px;border-radius:3px;background:var(--paper);border:1px solid var(--ink)}.brush .left{left:-4px}.brush .right{right:-4px}`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  p.box.append(brush);
  bindBrush(p);
}

function fullX(p, t) {
  const [low, high] = D.h.span;
  return p.left + ((t - low) / (high - low)) * p.inner;
}

function placeBrush(p) {
  brush.style.left = fullX(p, S.t0) + "px";
  brush.style.width = Math.max(3, fullX(p, S.t1) - fullX(p, S.t0)) + "px";
}

function drawOverview(g, p) {
  const [low, high] = D.h.span;
  const columns = Math.floor(p.inner / 3);
  const jobs = new Float64Array(columns), peak = new Float64Array(columns).fill(NaN);
  for (let i = 0; i < D.n; i++) {
    if (!F.mask[i]) continue;
    const c = clamp(Math.floor(((D.start[i] - low) / (high - low)) * columns), 0, columns - 1);
    jobs[c] += weightOf(i);
    const age = D.end[i] - D.start[i];
    if (!(peak[c] > age)) peak[c] = age;
  }
  const most = jobs.reduce((a, b) => Math.max(a, b), 1);
  const floor = p.height - p.bottom;
  timeAxis(g, p, low, high);
  g.fillStyle = ink.soft;
  const step = p.inner / columns;
  jobs.forEach((n, c) => g.fillRect(p.left + c * step, floor - (n / most) * (floor - p.top), Math.max(step - 0.5, 1), (n / most) * (floor - p.top)));
  const seen = peak.filter((v) => v > 0);
  const bottom = seen.reduce((a, b) => Math.min(a, b), Infinity), top = seen.reduce((a, b) => Math.max(a, b), 1);
  const y = (v) => floor - 4 - (Math.log(v / bottom) / Math.max(Math.log(top / bottom), 0.1)) * (floor - p.top - 8);
  g.fillStyle = ink.accent;
  peak.forEach((v, c) => { if (v > 0) g.fillRect(p.left + c * step, y(v) - 1, Math.max(2, step - 1), 2); });
  overlays(g, p, (t) => fullX(p, t));
  g.textAlign = "right";
  g.fillStyle = ink.faint;
  g.fillText("jobs begun", p.left - 8, floor - 8);
  g.fillStyle = ink.accent;
  g.fillText("slowest", p.left - 8, p.top + 8);
  const rate = F.jobs / ((high - low) / 1e9);
  answer("overview", `${count(F.jobs, "job")}${filtered() ? " chosen" : ""} in ${duration(high - low)}, ${number(rate)}/s on average; at most ${number(most)} begin in ${duration((high - low) / columns)}`);
}

function bindBrush(p) {
  let from = null, mode = "";
  const at = (e) => { const [low, high] = D.h.span; return low + ((e.clientX - p.canvas.getBoundingClientRect().left - p.left) / p.inner) * (high - low); };
  p.canvas.addEventListener("pointerdown", (e) => {
    const x = e.clientX - p.canvas.getBoundingClientRect().left;
    const [a, b] = [fullX(p, S.t0), fullX(p, S.t1)];
    const whole = S.t1 - S.t0 >= (D.h.span[1] - D.h.span[0]) * 0.999;
    mode = Math.abs(x - a) < 7 ? "left" : Math.abs(x - b) < 7 ? "right" : x > a && x < b && !whole ? "move" : "new";
    from = { t: at(e), t0: S.t0, t1: S.t1 };
    p.canvas.setPointerCapture(e.pointerId);
  });
  p.canvas.addEventListener("pointermove", (e) => {
    if (!from) return;
    const t = at(e);
    if (mode === "left") setWindow(Math.min(t, from.t1 - 100), from.t1);
    else if (mode === "right") setWindow(from.t0, Math.max(t, from.t0 + 100));
    else if (mode === "move") setWindow(from.t0 + t - from.t, from.t1 + t - from.t);
    else if (Math.abs(fullX(p, t) - fullX(p, from.t)) > 3) setWindow(Math.min(t, from.t), Math.max(t, from.t));
  });
  p.canvas.addEventListener("pointerup", (e) => {
    if (from && mode === "new" && Math.abs(fullX(p, at(e)) - fullX(p, from.t)) <= 3) {
      const half = (S.t1 - S.t0) / 2;
      setWindow(from.t - half, from.t + half);
    }
    from = null;
  });
  p.canvas.addEventListener("dblclick", () => setWindow(...D.h.span));
  p.canvas.addEventListener("wheel", (e) => { if (zoom(Math.exp(clamp(e.deltaY, -150, 150) / 300), at(e))) e.preventDefault(); }, { passive: false });
}
