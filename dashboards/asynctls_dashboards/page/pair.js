// SPDX-License-Identifier: Apache-2.0
// Two recordings' heat maps side by side: latency and colour have one scale for both, time is each one's own.
const PAIR_FINE = 4, PAIR_GAP = 26;

function pairPanel() {
  const { self, other } = D.h;
  $("pair").hidden = !other;
  if (!other) return;
  new Panel("pair", 230, (g, p) => drawPair(g, p, [self, other]), { top: 20, bottom: 18 });
  const [a, b] = [self, other].map((one) => one.summary.quantiles[2]);
  answer("pair", a && b ? `99 % of the jobs take at most ${duration(a)} in A, ${duration(b)} in B · colour: share of the recording's jobs` : "");
}

function drawPair(g, p, both) {
  const maps = both.map((one) => one.heat).filter((map) => map.cells.length);
  if (!maps.length) return;
  const rows = maps.flatMap((map) => map.cells.map(([, row]) => row));
  const [first, last] = rows.reduce(([low, high], row) => [Math.min(low, row), Math.max(high, row)], [Infinity, -Infinity]);
  const y = latencyAxis(g, p, bucketStart(first, PAIR_FINE) / 1.04, bucketStart(last + 1, PAIR_FINE) * 1.04);
  const shares = maps.flatMap((map) => map.cells.map(([, , n]) => n / map.jobs));
  const [least, most] = shares.reduce(([low, high], share) => [Math.min(low, share), Math.max(high, share)], [Infinity, 0]);
  const colour = (share) => heatColour(most > least ? Math.log(share / least + 1) / Math.log((most / least) * 1.6 + 1) : 0.6);
  const inner = (p.inner - PAIR_GAP) / 2;
  both.forEach((one, k) => {
    const left = p.left + k * (inner + PAIR_GAP);
    g.fillStyle = ink.ink;
    g.textAlign = "left";
    g.fillText(shortened(g, `${"AB"[k]}  ${one.label}`, inner), left, 9);
    drawHalf(g, { ...p, left, inner, width: left + inner, right: 0 }, one.heat, y, colour);
  });
}

function drawHalf(g, p, map, y, colour) {
  timeAxis(g, p, map.start, map.start + map.columns * map.width);
  const step = p.inner / map.columns;
  for (const [column, row, n] of map.cells) {
    const top = y(bucketStart(row + 1, PAIR_FINE)), floor = y(bucketStart(row, PAIR_FINE));
    const [red, green, blue] = colour(n / map.jobs);
    g.fillStyle = `rgb(${red},${green},${blue})`;
    g.fillRect(p.left + column * step, top, Math.max(step - 0.4, 0.8), Math.max(floor - top - 0.7, 0.8));
  }
}
