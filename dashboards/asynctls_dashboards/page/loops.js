// SPDX-License-Identifier: Apache-2.0
// The event loops: what each one's time goes into, in columns of time and over the recording.
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
    const columns = row.shares[0].length;
    const first = clamp(Math.floor((S.t0 - L.start) / L.width), 0, columns);
    const end = clamp(Math.ceil((S.t1 - L.start) / L.width), 0, columns);
    for (let c = first; c < end; c++) {
      const a = Math.max(p.left, p.x(L.start + c * L.width)), b = Math.min(p.left + p.inner, p.x(L.start + (c + 1) * L.width));
      let y = floor;
      [ink.busy, ink.accent, ink.data, ink.rule].forEach((colour, part) => {
        const tall = (row.shares[part][c] / 1000) * high;
        g.fillStyle = colour;
        g.fillRect(a, y - tall, b - a + 0.3, tall);
        y -= tall;
      });
    }
    g.fillStyle = ink.faint;
    g.textAlign = "right";
    g.fillText(shortened(g, row.name, p.left - 12), p.left - 8, top + high / 2);
  });
  overlays(g, p);
  const busiest = L.rows[0];
  const which = L.rows.length > 1 ? `the busiest: ` : "";
  answer("loops", `${which}${loopShares(busiest)}; its longest turn ${duration(busiest.longest)} · blue: in fibres, green: other work, grey: waiting`);
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
    const here = row.shares.map((share, part) => share[c] && `${percent(share[c] / 1000)} ${LOOP_PARTS[part]}`).filter(Boolean).join(", ");
    return `${row.name}: ${here && `${here} within ${duration(L.width)}; `}whole recording: ${loopShares(row)}; ${number(row.turns)} turns, the longest ${duration(row.longest)}`;
  }).join("\n");
}
