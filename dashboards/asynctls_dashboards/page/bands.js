// SPDX-License-Identifier: Apache-2.0
// What jobs consist of, from the fast ones to the slowest.
function bandName({ from, to }) {
  if (from === 0) return to === 1 ? "all" : `fastest ${to * 100} %`;
  return to === 1 ? `slowest ${Number(((1 - from) * 100).toPrecision(6))} %` : `p${from * 100}–p${to * 100}`;
}

function stack(sums, words = false) {
  const whole = sums.reduce((a, b) => a + b, 0);
  const bar = el("div", { class: "stack" });
  sums.forEach((v, p) => {
    if (!(v > 0)) return;
    const text = words && v / whole > 0.11 ? percent(v / whole) : "";
    bar.append(el("i", { class: p % 2 ? "" : "deep", style: { width: `${(100 * v) / whole}%`, background: `var(--${PHASES[p]})` }, title: `${PHASES[p]} ${duration(v)}, ${percent(v / whole)}` }, text));
  });
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", PHASES.map((p, k) => `${p} ${percent(sums[k] / Math.max(whole, 1))}`).join(", "));
  return bar;
}

function showBands() {
  const bands = percentileBands(S.t0, S.t1, sortedDurations(S.t0, S.t1));
  $("rows").replaceChildren(...bands.flatMap((band) => {
    const mean = band.sum.map((v) => v / band.jobs);
    const each = mean.reduce((a, b) => a + b, 0);
    return [el("span", {}, bandName(band), " ", el("small", {}, number(band.jobs))), stack(mean, true), el("span", {}, duration(each))];
  }));
  if (!bands.length) return answer("bands", "no finished job in view");
  const share = (band) => { const w = band.sum.reduce((a, b) => a + b, 0); return band.sum.map((v) => v / Math.max(w, 1)); };
  const all = share(bands[0]), slow = share(bands[bands.length - 1]);
  const gain = slow.map((v, p) => v - all[p]);
  const p = gain.indexOf(Math.max(...gain)), top = all.indexOf(Math.max(...all));
  answer("bands", bands.length > 1 && gain[p] > 0.05 ? `in the ${bandName(bands[bands.length - 1])} ${PHASES[p]} grows from ${percent(all[p])} to ${percent(slow[p])}` : `${percent(all[top])} is ${PHASES[top]}${bands.length > 1 ? ", and the slow ones are made of much the same" : ""}`);
}
