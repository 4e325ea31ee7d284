// SPDX-License-Identifier: Apache-2.0
// Numbers as words.

export function number(n) {
  const whole = Number.isInteger(n) || n >= 1000;
  return whole ? Math.round(n).toLocaleString("en") : String(Number(n.toPrecision(3)));
}

export function rounded(n, digits = 3) {
  return number(Number(n.toPrecision(digits)));
}

export function count(n, noun) {
  const whole = Math.round(n);
  return `${whole.toLocaleString("en")} ${noun}${whole === 1 ? "" : "s"}`;
}

export function percent(share) {
  const value = 100 * share;
  if (value > 0 && value < 0.1) return "< 0.1 %";
  if (value > 99.9 && value < 100) return "> 99.9 %";
  const nearAnEnd = (value > 0 && value < 1) || (value > 99 && value < 100);
  return `${value.toFixed(nearAnEnd ? 1 : 0)} %`;
}

// 0.999 as "p99.9".
export function percentileName(quantile) {
  return `p${Number((100 * quantile).toPrecision(8))}`;
}
