// SPDX-License-Identifier: Apache-2.0
// Logarithmic buckets of durations; the same definitions as in the plots' stats.py.

export function bucketOf(ns, perOctave) {
  const value = Math.max(ns, 1);
  let octave = Math.floor(Math.log2(value)); // which may be off by one next to a power of two
  if (2 ** (octave + 1) <= value) octave++;
  else if (2 ** octave > value) octave--;
  return octave * perOctave + Math.floor((value / 2 ** octave - 1) * perOctave);
}

export function bucketStart(bucket, perOctave) {
  return (1 + (bucket % perOctave) / perOctave) * 2 ** Math.floor(bucket / perOctave);
}

export function bucketMiddle(bucket, perOctave) {
  return (bucketStart(bucket, perOctave) + bucketStart(bucket + 1, perOctave)) / 2;
}
