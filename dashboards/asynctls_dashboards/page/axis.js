// SPDX-License-Identifier: Apache-2.0
// Canvases with axes. All panels over time share the window, the gutters and the gestures.
const LEFT = 92, RIGHT = 10;
const panels = [];
let ink = {};

function readColours() {
  const css = getComputedStyle(document.documentElement);
  const names = ["paper", "ink", "faint", "rule", "lane", "accent", "alarm", "data", "soft", ...PHASES, "heat0", "heat1", "heat2", "heat3", "heat4"];
  ink = Object.fromEntries(names.map((n) => [n, css.getPropertyValue("--" + n).trim()]));
  ink.heat = [0, 1, 2, 3, 4].map((i) => rgb(ink["heat" + i]));
}

function rgb(hex) {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}

// Between few (0) and many (1).
function heatColour(share) {
  const at = clamp(share, 0, 1) * 4, k = Math.min(3, Math.floor(at));
  return ink.heat[k].map((v, c) => Math.round(v + (ink.heat[k + 1][c] - v) * (at - k)));
}

class Panel {
  constructor(id, height, draw, options = {}) {
    Object.assign(this, { id, height, paint: draw, bottom: 18, top: 4, left: LEFT, right: RIGHT }, options);
    this.canvas = el("canvas", { tabindex: "0", role: "img" });
    this.cross = el("div", { class: "cross" });
    this.band = el("div", { class: "band" });
    this.box = el("div", { class: "plot" }, this.canvas, this.cross, this.band);
    $(id).append(this.box);
    this.context = this.canvas.getContext("2d");
    panels.push(this);
    new ResizeObserver(() => { if (this.box.clientWidth !== this.width) touch("size"); }).observe(this.box);
  }
  get inner() { return Math.max(10, this.width - this.left - this.right); }
  x(t) { return this.left + ((t - S.t0) / (S.t1 - S.t0)) * this.inner; }
  t(x) { return S.t0 + ((x - this.left) / this.inner) * (S.t1 - S.t0); }
  draw() {
    if ($(this.id).hidden) return;
    this.width = this.box.clientWidth;
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(this.width * ratio), Math.round(this.height * ratio)];
    if (this.canvas.width !== w || this.canvas.height !== h) {
      Object.assign(this.canvas, { width: w, height: h });
      this.canvas.style.height = this.height + "px";
    }
    const g = this.context;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    g.font = "11px system-ui, 'DejaVu Sans', sans-serif";
    g.textBaseline = "middle";
    this.paint(g, this);
    const words = $(this.id).querySelector(".answer");
    this.canvas.setAttribute("aria-label", `${$(this.id).querySelector("h2").textContent}: ${words ? words.textContent : ""}`);
  }
}

function niceStep(span, most) {
  const raw = span / most, power = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 5, 10].map((m) => m * power).find((v) => v >= raw * 0.999);
}

// Grid and labels of time under a plot; t0, t1 default to the window.
function timeAxis(g, p, t0 = S.t0, t1 = S.t1) {
  const x = (t) => p.left + ((t - t0) / (t1 - t0)) * p.inner;
  const step = niceStep(t1 - t0, Math.max(2, p.inner / 110));
  const y = p.height - p.bottom;
  g.strokeStyle = ink.rule;
  g.fillStyle = ink.faint;
  g.textAlign = "center";
  g.lineWidth = 1;
  for (let t = Math.ceil(t0 / step) * step; t <= t1; t += step) {
    const at = Math.round(x(t)) + 0.5;
    g.globalAlpha = 0.6;
    line(g, at, p.top, at, y);
    g.globalAlpha = 1;
    if (p.bottom >= 14) g.fillText(moment(t, step), clamp(at, p.left + 12, p.width - g.measureText(moment(t, step)).width / 2 - 1), y + 10);
  }
}

function line(g, x0, y0, x1, y1) {
  g.beginPath();
  g.moveTo(x0, y0);
  g.lineTo(x1, y1);
  g.stroke();
}

function logTicks(low, high, most) {
  let ticks = [];
  for (const steps of [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]]) {
    ticks = [];
    for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++)
      for (const s of steps) if (s * 10 ** e >= low * 0.999 && s * 10 ** e <= high * 1.001) ticks.push(s * 10 ** e);
    if (ticks.length <= most) break;
  }
  return ticks;
}

// Logarithmic latencies up the left side; returns ns -> y.
function latencyAxis(g, p, low, high) {
  const floor = p.height - p.bottom, span = Math.log(high / low);
  const y = (ns) => floor - (Math.log(Math.max(ns, low) / low) / span) * (floor - p.top);
  g.textAlign = "right";
  for (const tick of logTicks(low, high, Math.max(2, (floor - p.top) / 26))) {
    const at = Math.round(y(tick)) + 0.5;
    g.strokeStyle = ink.rule;
    g.globalAlpha = 0.6;
    line(g, p.left, at, p.width - p.right, at);
    g.globalAlpha = 1;
    g.fillStyle = ink.faint;
    g.fillText(duration(tick), p.left - 8, clamp(at, p.top + 5, floor - 4));
  }
  return y;
}

function countAxis(g, p, most) {
  const floor = p.height - p.bottom;
  const y = (v) => floor - (v / most) * (floor - p.top);
  const step = Math.max(1, niceStep(most, Math.max(2, (floor - p.top) / 26)));
  g.textAlign = "right";
  for (let v = 0; v <= most; v += step) {
    const at = Math.round(y(v)) + 0.5;
    g.strokeStyle = ink.rule;
    g.globalAlpha = 0.6;
    line(g, p.left, at, p.width - p.right, at);
    g.globalAlpha = 1;
    g.fillStyle = ink.faint;
    g.fillText(number(v), p.left - 8, clamp(at, p.top + 5, floor - 4));
  }
  return y;
}

// Stretches in which events were lost, hatched; pins and the chosen job over everything.
function overlays(g, p, x = (t) => p.x(t)) {
  const floor = p.height - p.bottom, right = p.width - p.right;
  g.save();
  g.beginPath();
  g.rect(p.left, p.top, p.inner, floor - p.top);
  g.clip();
  for (const [ts, dur] of D.h.lostAt) {
    const a = x(ts), b = Math.max(x(ts + dur), a + 3);
    if (b < p.left || a > right) continue;
    g.save();
    g.beginPath();
    g.rect(a, p.top, b - a, floor - p.top);
    g.clip();
    g.strokeStyle = ink.alarm;
    g.globalAlpha = 0.55;
    for (let k = Math.max(a, p.left) - (floor - p.top); k < Math.min(b, right); k += 7) line(g, k, floor, k + floor - p.top, p.top);
    g.restore();
  }
  S.pins.forEach((pin, k) => {
    const at = Math.round(x(pin)) + 0.5;
    g.strokeStyle = g.fillStyle = ink.accent;
    line(g, at, p.top, at, floor);
    g.fillRect(at, p.top, 14, 13);
    g.fillStyle = ink.paper;
    g.textAlign = "center";
    g.fillText(String(k + 1), at + 7, p.top + 7);
  });
  g.restore();
}

// A path through the middles of columns; gaps where there is no number.
function columnLine(g, p, values, y, width) {
  const step = p.inner / values.length;
  g.lineWidth = width;
  g.beginPath();
  let pen = false;
  values.forEach((v, c) => {
    if (Number.isNaN(v)) { pen = false; return; }
    const at = p.left + (c + 0.5) * step;
    if (pen) g.lineTo(at, y(v));
    else g.moveTo(at, y(v));
    pen = true;
  });
  g.stroke();
  g.lineWidth = 1;
}
