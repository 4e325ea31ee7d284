// SPDX-License-Identifier: Apache-2.0
// How many jobs are open at once.
let flight = null;

function flightPanel() {
  const p = new Panel("flight", 110, drawFlight, { bottom: 18, hover: hoverFlight });
  bindTime(p);
}

function drawFlight(g, p) {
  const columns = Math.floor(p.inner / 2);
  flight = openJobs(S.t0, S.t1, columns);
  timeAxis(g, p);
  const most = flight.high.reduce((a, b) => Math.max(a, b), 1);
  const y = countAxis(g, p, most * 1.1);
  const step = p.inner / columns;
  g.fillStyle = ink.soft;
  for (let c = 0; c < columns; c++) g.fillRect(p.left + c * step, y(flight.high[c]), step + 0.3, Math.max(1, y(flight.low[c]) - y(flight.high[c])));
  g.strokeStyle = ink.data;
  columnLine(g, p, flight.mean, y, 1.5);
  overlays(g, p);
  const mean = flight.mean.reduce((a, b) => a + b, 0) / columns;
  answer("flight", `${D.weight ? "estimated from a sample: " : ""}at most ${number(most)} open at once, ${number(Number(mean.toPrecision(3)))} on average`);
}

function hoverFlight(p, x) {
  const c = clamp(Math.floor(((x - p.left) / p.inner) * flight.mean.length), 0, flight.mean.length - 1);
  return `${number(flight.low[c])} to ${number(flight.high[c])} open, ${number(Number(flight.mean[c].toPrecision(3)))} on average`;
}
