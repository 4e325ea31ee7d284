// SPDX-License-Identifier: Apache-2.0
// Canvases, and what is drawn on each of them.
import { byId, element } from "./dom.js";
import { changed, view, windowLength } from "./view.js";

const FONT = "11px system-ui, 'DejaVu Sans', sans-serif";

// When a panel is drawn again, besides when its size or the colours change.
export const REDRAW = { WINDOW: "with the window", FILTER: "with the filter", REST: "at rest" };

export const panels = [];

export class Panel {
  // paint(context, panel) draws it. Options replace any of the fields that are set here.
  constructor(id, height, paint, options = {}) {
    const gutters = { left: 92, right: 10, top: 4, bottom: 18 };
    const defaults = { redraw: REDRAW.WINDOW, sharesWindow: false };
    Object.assign(this, { id, height, paint }, gutters, defaults, options);
    this.canvas = element("canvas", { tabindex: "0", role: "img" });
    this.cross = element("div", { class: "cross" });
    this.band = element("div", { class: "band" });
    this.box = element("div", { class: "plot" }, this.canvas, this.cross, this.band);
    byId(id).append(this.box);
    this.context = this.canvas.getContext("2d");
    panels.push(this);
    const resized = () => this.box.clientWidth !== this.width && changed("size");
    new ResizeObserver(resized).observe(this.box);
  }

  get plotWidth() {
    return Math.max(10, this.width - this.left - this.right);
  }

  get plotHeight() {
    return this.floor - this.top;
  }

  get floor() {
    return this.height - this.bottom;
  }

  get edge() {
    return this.width - this.right;
  }

  // Where a time of the window is, in pixels from the left.
  x(time) {
    return this.left + ((time - view.from) / windowLength()) * this.plotWidth;
  }

  time(x) {
    return view.from + ((x - this.left) / this.plotWidth) * windowLength();
  }

  draw() {
    if (byId(this.id).hidden) return;
    this.width = this.box.clientWidth;
    const { context } = this;
    const ratio = window.devicePixelRatio || 1;
    this.resize(Math.round(this.width * ratio), Math.round(this.height * ratio));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.font = FONT;
    context.textBaseline = "middle";
    this.paint(context, this);
    this.describe();
  }

  resize(width, height) {
    if (this.canvas.width === width && this.canvas.height === height) return;
    Object.assign(this.canvas, { width, height });
    this.canvas.style.height = `${this.height}px`;
  }

  // For those who cannot see the picture.
  describe() {
    const [heading, answer] = ["h2", ".answer"].map((part) => byId(this.id).querySelector(part));
    const words = `${heading.textContent}: ${answer ? answer.textContent : ""}`;
    this.canvas.setAttribute("aria-label", words);
  }
}
