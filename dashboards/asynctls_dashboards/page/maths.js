// SPDX-License-Identifier: Apache-2.0
// Arithmetic on numbers and lists of numbers.

export function clamp(value, low, high) {
  if (value < low) return low;
  return value > high ? high : value;
}

export function sum(values) {
  return values.reduce((a, b) => a + b, 0);
}

// The largest of values, or least if all are below it. Math.max cannot take so many values.
export function largest(values, least) {
  return values.reduce((a, b) => Math.max(a, b), least);
}

export function smallest(values, most) {
  return values.reduce((a, b) => Math.min(a, b), most);
}

export function indexOfLargest(values) {
  return values.indexOf(Math.max(...values));
}

// First position in a sorted list whose value is not below the wanted one.
export function lowerBound(sorted, wanted) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
