// SPDX-License-Identifier: Apache-2.0
// The blob that pack.py made: gzip of a header's length, the header, and columns of numbers.
import { bucketMiddle } from "./buckets.js";

async function gunzip(base64) {
  const raw = atob(base64.trim());
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// A column of n values lies there as planes of n bytes, the lowest byte of each value first.
function joinPlanes({ n, at, bytes }, body) {
  const values = new Float64Array(n);
  for (let plane = 0, scale = 1; plane < bytes; plane++, scale *= 256) {
    const from = at + plane * n;
    for (let i = 0; i < n; i++) values[i] += scale * body[from + i];
  }
  return values;
}

// A logarithmic column holds 0, or 1 + the bucket: the bucket's middle stands for the value.
function middlesOfBuckets(values, perOctave) {
  const middles = new Map([[0, 0]]);
  return values.map((code) => {
    if (!middles.has(code)) middles.set(code, bucketMiddle(code - 1, perOctave));
    return middles.get(code);
  });
}

function decodeColumn(how, body) {
  const values = joinPlanes(how, body);
  const n = values.length;
  if (how.sign)
    for (let i = 0; i < n; i++) values[i] = values[i] % 2 ? -(values[i] + 1) / 2 : values[i] / 2;
  if (how.delta) for (let i = 1; i < n; i++) values[i] += values[i - 1];
  return how.log ? middlesOfBuckets(values, how.log) : values;
}

// The header, and a function that returns a column by its name, null if there is no such column.
export async function unpack(base64) {
  const bytes = await gunzip(base64);
  const size = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const body = bytes.subarray(4 + size);
  const column = (name) => (header.columns[name] ? decodeColumn(header.columns[name], body) : null);
  return { header, column };
}
