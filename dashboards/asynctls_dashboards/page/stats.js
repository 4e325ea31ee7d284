// SPDX-License-Identifier: Apache-2.0
// The arithmetic behind the panels; the same definitions as in the plots' stats.py.
function bucketOf(v, perOctave) {
  if (v < 1) v = 1;
  let octave = Math.floor(Math.log2(v));
  if (2 ** (octave + 1) <= v) octave++;
  else if (2 ** octave > v) octave--;
  return octave * perOctave + Math.floor((v / 2 ** octave - 1) * perOctave);
}

// Durations of jobs that began in [a, b) and have an end, sorted, with running weights if jobs stand for
// several. Several panels ask for the same.
let latest = { key: "" };
function sortedDurations(a, b) {
  const key = `${F.version} ${a} ${b}`;
  if (latest.key !== key) latest = { key, sorted: sortDurations(a, b) };
  return latest.sorted;
}

function sortDurations(a, b) {
  let n = 0;
  const last = firstAt(b);
  const from = firstAt(a);
  const picked = new Float64Array(last - from);
  const ids = D.weight ? new Uint32Array(last - from) : null;
  for (let i = from; i < last; i++) {
    if (!F.mask[i] || D.dur[i] < 0) continue;
    if (ids) ids[n] = i;
    picked[n++] = D.dur[i];
  }
  if (!ids) {
    const values = picked.subarray(0, n).sort();
    return { values, total: n, sums: null };
  }
  const order = ids.subarray(0, n).sort((x, y) => D.dur[x] - D.dur[y]);
  const sums = new Float64Array(n);
  let total = 0;
  const values = new Float64Array(n);
  order.forEach((i, k) => { values[k] = D.dur[i]; sums[k] = total += D.weight[i]; });
  return { values, total, sums };
}

// Nearest-rank quantile: a value that occurs.
function quantile(sorted, q) {
  const { values, total, sums } = sorted;
  if (!values.length) return NaN;
  const rank = Math.max(Math.ceil(q * total - 1e-9), 1);
  if (!sums) return values[rank - 1];
  let low = 0, high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] < rank) low = middle + 1;
    else high = middle;
  }
  return values[low];
}

function weightOf(i) {
  return D.weight ? D.weight[i] : 1;
}

// Time in each phase per column of [a, b], per group: Float64Array[group * 4 + phase][column].
function phaseColumns(a, b, columns, groupOf, groups) {
  const grid = Array.from({ length: groups * 4 }, () => new Float64Array(columns));
  const width = (b - a) / columns;
  let row = 0, weight = 1;
  const put = (p, t, dur) => {
    let low = (t - a) / width, high = (t + dur - a) / width;
    if (high <= 0 || low >= columns) return;
    if (low < 0) low = 0;
    if (high > columns) high = columns;
    const line = grid[row + p];
    const first = Math.floor(low), last = Math.floor(high);
    if (first === last) { line[first] += (high - low) * weight; return; }
    line[first] += (first + 1 - low) * weight;
    for (let c = first + 1; c < last; c++) line[c] += weight;
    if (last < columns) line[last] += (high - last) * weight;
  };
  eachJob(a, b, (i) => {
    const g = groupOf(i);
    if (g < 0) return;
    row = g * 4;
    weight = weightOf(i);
    eachSlice(i, put);
  });
  return grid;
}

// Starts and ends of the chosen jobs in order, and by how much each changes the number of open jobs.
const flightCache = { version: -1 };
function flightEvents() {
  if (flightCache.version === F.version) return flightCache;
  const starts = new Float64Array(F.count), ids = new Uint32Array(F.count);
  let n = 0;
  for (let i = 0; i < D.n; i++) if (F.mask[i]) { starts[n] = D.start[i]; ids[n++] = i; }
  const up = D.weight ? Float64Array.from(ids, weightOf) : null;
  const order = D.weight ? ids.slice().sort((x, y) => D.end[x] - D.end[y]) : null;
  const ends = D.weight ? Float64Array.from(order, (i) => D.end[i]) : Float64Array.from(ids, (i) => D.end[i]).sort();
  const down = D.weight ? Float64Array.from(order, weightOf) : null;
  return Object.assign(flightCache, { version: F.version, starts, ends, up, down });
}

// Fewest, most and mean number of open jobs per column.
function openJobs(a, b, columns) {
  const { starts, ends, up, down } = flightEvents();
  const low = new Float64Array(columns), high = new Float64Array(columns), mean = new Float64Array(columns);
  const width = (b - a) / columns;
  let s = 0, e = 0, level = 0;
  while (s < starts.length && starts[s] <= a) level += up ? up[s++] : (s++, 1);
  while (e < ends.length && ends[e] <= a) level -= down ? down[e++] : (e++, 1);
  for (let c = 0; c < columns; c++) {
    const until = c === columns - 1 ? b : a + (c + 1) * width;
    let at = a + c * width, sum = 0, least = level, most = level;
    for (;;) {
      const next = Math.min(s < starts.length ? starts[s] : Infinity, e < ends.length ? ends[e] : Infinity);
      if (next >= until) break;
      sum += level * (next - at);
      at = next;
      while (s < starts.length && starts[s] === next) level += up ? up[s++] : (s++, 1);
      while (e < ends.length && ends[e] === next) level -= down ? down[e++] : (e++, 1);
      if (level < least) least = level;
      if (level > most) most = level;
    }
    sum += level * (until - at);
    low[c] = least; high[c] = most; mean[c] = sum / width;
  }
  return { low, high, mean };
}

// Shares of the phases by percentile band of duration, for the jobs that began in the window.
const CUTS = [0, 0.5, 0.9, 0.99, 0.999];
function percentileBands(a, b, sorted) {
  const total = sorted.total;
  const starts = CUTS.filter((q) => q === 0 || total - Math.ceil(q * total) >= 10);
  const limits = starts.map((q) => (q === 0 ? -1 : quantile(sorted, q)));
  const bands = starts.map((q, k) => ({ from: q, to: starts[k + 1] || 1, jobs: 0, sum: [0, 0, 0, 0] }));
  const whole = { from: 0, to: 1, jobs: 0, sum: [0, 0, 0, 0] };
  const last = firstAt(b);
  for (let i = firstAt(a); i < last; i++) {
    if (!F.mask[i] || D.dur[i] < 0) continue;
    let k = bands.length - 1;
    while (k > 0 && D.dur[i] <= limits[k]) k--;
    const w = weightOf(i);
    for (const band of [bands[k], whole]) {
      band.jobs += w;
      for (let p = 0; p < 4; p++) band.sum[p] += w * D.phase[p][i];
    }
  }
  return [whole, ...(bands.length > 1 ? bands : [])].filter((band) => band.jobs);
}
