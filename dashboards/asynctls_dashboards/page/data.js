// SPDX-License-Identifier: Apache-2.0
// The recording, unpacked: one typed array per column, one entry per job, in the order of their starts.
const PHASES = ["busy", "offload", "notify", "requeue"];
let D;

async function unpack(text) {
  const raw = atob(text.trim());
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const whole = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = new DataView(whole.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(whole.subarray(4, 4 + size)));
  return [header, whole.subarray(4 + size)];
}

function column({ n, at, bytes, log, delta, sign }, body) {
  const out = new Float64Array(n);
  for (let b = 0, scale = 1; b < bytes; b++, scale *= 256) {
    const plane = at + b * n;
    for (let i = 0; i < n; i++) out[i] += scale * body[plane + i];
  }
  if (sign) for (let i = 0; i < n; i++) out[i] = out[i] % 2 ? -(out[i] + 1) / 2 : out[i] / 2;
  if (delta) for (let i = 1; i < n; i++) out[i] += out[i - 1];
  if (log) {
    const middle = new Map();
    for (let i = 0; i < n; i++) {
      let v = middle.get(out[i]);
      if (v === undefined) middle.set(out[i], (v = out[i] ? (bucketStart(out[i] - 1, log) + bucketStart(out[i], log)) / 2 : 0));
      out[i] = v;
    }
  }
  return out;
}

function bucketStart(index, perOctave) {
  return (1 + (index % perOctave) / perOctave) * 2 ** Math.floor(index / perOctave);
}

function narrow(values) {
  return Uint16Array.from(values);
}

function makeData(header, body) {
  const read = (key) => column(header.columns[key], body);
  const d = { h: header, n: header.columns.start.n, phase: PHASES.map(read) };
  const n = d.n;
  d.start = read("start").map((v) => v * header.tick);
  d.id = read("id");
  d.conn = read("conn");
  for (const key of ["thread", "op", "outcome", "pauses", "kind"]) d[key] = narrow(read(key));
  d.weight = header.columns.weight ? read("weight") : null;
  d.dur = new Float64Array(n);
  for (let i = 0; i < n; i++) d.dur[i] = d.phase[0][i] + d.phase[1][i] + d.phase[2][i] + d.phase[3][i];
  d.first = read("first");
  if (header.log) for (let i = 0; i < n; i++) d.first[i] = (d.phase[0][i] * d.first[i]) / header.split;
  d.end = d.start.map((v, i) => v + Math.max(d.dur[i], 1));
  d.loose = new Map(); // job without an end -> phase it is in, or -1
  const [loose, ends, open] = [read("loose"), read("loose_end"), read("loose_phase")];
  loose.forEach((i, k) => {
    d.loose.set(i, open[k] - 1);
    d.end[i] = Math.max(ends[k], d.start[i] + 1);
    d.dur[i] = -1;
  });
  d.longest = 0;
  for (let i = 0; i < n; i++) d.longest = Math.max(d.longest, d.end[i] - d.start[i]);
  readDetails(d, read);
  return d;
}

function readDetails(d, read) {
  const keep = read("keep");
  d.place = new Int32Array(d.n).fill(-1); // among those with details
  keep.forEach((i, k) => (d.place[i] = k));
  const sums = (counts) => {
    const out = new Uint32Array(counts.length + 1);
    counts.forEach((c, i) => (out[i + 1] = out[i] + c));
    return out;
  };
  d.sliceAt = sums(read("slices"));
  d.slicePhase = Uint8Array.from(read("slice_phase"));
  d.sliceDur = read("slice_dur");
  d.sliceThread = narrow(read("slice_thread"));
  d.connAge = read("conn_age");
  d.connDur = read("conn_dur");
  d.hsDur = read("hs_dur");
  d.evidence = read("evidence");
  d.ops = new Map();
  const e = ["job", "kind", "at", "queue", "service", "tid"].map((key) => read("eng_" + key));
  e[0].forEach((k, i) => {
    if (!d.ops.has(k)) d.ops.set(k, []);
    const [crypto, alg, bits, reason] = (d.h.engKinds[e[1][i]] || "|||").split("|");
    d.ops.get(k).push({ crypto, alg, bits: Number(bits), reason, at: e[2][i], queue: e[3][i] - 1, service: e[4][i] - 1, tid: e[5][i] });
  });
}

// Calls f(phase, start, duration, thread) for each stretch of job i. Without details a job that paused more
// than once is drawn as if all its waits were one.
function eachSlice(i, f) {
  const k = D.place[i];
  let t = D.start[i];
  if (k >= 0) {
    for (let s = D.sliceAt[k]; s < D.sliceAt[k + 1]; s++) {
      f(D.slicePhase[s], t, D.sliceDur[s], D.sliceThread[s]);
      t += D.sliceDur[s];
    }
  } else {
    const busy = D.phase[0][i], first = Math.min(D.first[i], busy);
    f(0, t, first, D.thread[i]);
    t += first;
    for (let p = 1; p < 4; p++) {
      const dur = D.phase[p][i];
      if (dur > 0) f(p, t, dur, 0);
      t += dur;
    }
    if (busy > first) f(0, t, busy - first, D.thread[i]);
    t += busy - first;
  }
  if (D.dur[i] < 0 && D.end[i] > t) {
    const open = D.loose.get(i);
    f(open < 0 ? 0 : open, t, D.end[i] - t, 0);
  }
}

// First position whose start is not before t.
function firstAt(t) {
  let low = 0, high = D.n;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (D.start[middle] < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

function kindName(k) {
  const kind = D.h.kinds[k] || {};
  const words = [kind.version, kind.cipher, kind.resumed === "1" ? "resumed" : "", kind.sni, kind.side === "client" ? "as client" : ""];
  return words.filter(Boolean).join(" · ") || "connection not known";
}
