// SPDX-License-Identifier: Apache-2.0
// The event loops: fibres' share of each one's time, and what its time goes into over the recording.
const LOOP_ROW = 44;
const LOOP_PARTS = ["in fibres", "operations in place", "other work", "waiting"];

function loopsPanel() {
  const L = D.h.loops;
  $("loops").hidden = !L;
  if (!L) return;
  const p = new Panel("loops", LOOP_ROW * L.rows.length + 22, drawLoops, { bottom: 18, hover: hoverLoops });
  bindTime(p);
}

function drawLoops(g, p) {
  const L = D.h.loops;
  timeAxis(g, p);
  L.rows.forEach((row, k) => {
    const top = p.top + k * LOOP_ROW, floor = top + LOOP_ROW - 6, high = LOOP_ROW - 6;
    g.fillStyle = ink.lane;
    g.fillRect(p.left, top, p.inner, high);
    const first = clamp(Math.floor((S.t0 - L.start) / L.width), 0, row.fibre.length);
    const end = clamp(Math.ceil((S.t1 - L.start) / L.width), 0, row.fibre.length);
    for (let c = first; c < end; c++) {
      const a = Math.max(p.left, p.x(L.start + c * L.width)), b = Math.min(p.left + p.inner, p.x(L.start + (c + 1) * L.width));
      const fibre = (row.fibre[c] / 1000) * high, place = (row.place[c] / 1000) * high;
      g.fillStyle = ink.busy;
      g.fillRect(a, floor - fibre, b - a + 0.3, fibre);
      g.fillStyle = ink.accent;
      if (place) g.fillRect(a, floor - fibre - place, b - a + 0.3, place);
    }
    g.fillStyle = ink.faint;
    g.textAlign = "right";
    g.fillText(shortened(g, row.name, p.left - 12), p.left - 8, top + high / 2);
  });
  overlays(g, p);
  const busiest = L.rows[0];
  const which = L.rows.length > 1 ? `the busiest: ` : "";
  answer("loops", `${which}${loopShares(busiest)}; its longest turn ${duration(busiest.longest)} · blue: in fibres`);
}

// What a loop's time goes into, over the recording.
function loopShares(row) {
  const all = Math.max(1, row.parts.reduce((a, b) => a + b, 0));
  return LOOP_PARTS.map((words, k) => row.parts[k] && `${percent(row.parts[k] / all)} ${words}`).filter(Boolean).join(", ");
}

function shortened(g, text, room) {
  while (text.length > 1 && g.measureText(text).width > room) text = text.slice(0, -2) + "…";
  return text;
}

function hoverLoops(p, x) {
  const L = D.h.loops;
  const c = Math.floor((p.t(x) - L.start) / L.width);
  return L.rows.map((row) => {
    const here = c >= 0 && c < row.fibre.length ? `${percent(row.fibre[c] / 1000)} in fibres within ${duration(L.width)}; ` : "";
    return `${row.name}: ${here}whole recording: ${loopShares(row)}; ${number(row.turns)} turns, the longest ${duration(row.longest)}`;
  }).join("\n");
}
