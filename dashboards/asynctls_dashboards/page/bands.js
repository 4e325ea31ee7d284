// SPDX-License-Identifier: Apache-2.0
// What jobs consist of, from the fast ones to the slowest.
import { byId, element, setAnswer } from "./dom.js";
import { duration } from "./duration.js";
import { number, percent, percentileName } from "./format.js";
import { indexOfLargest, sum } from "./maths.js";
import { recording, weightOf } from "./recording.js";
import { eachFinished } from "./selection.js";
import { stackedBar } from "./stack.js";
import { quantile, sortedDurations } from "./stats.js";
import { view } from "./view.js";

const CUTS = [0, 0.5, 0.9, 0.99, 0.999];
const LEAST_JOBS = 10; // that are slower than a cut
const GROWS = 0.05; // share of the time that is worth a word

function emptyBand(from, to) {
  return { from, to, jobs: 0, sums: recording.phases.map(() => 0) };
}

function addJob(band, job) {
  const weight = weightOf(job);
  band.jobs += weight;
  for (let phase = 0; phase < band.sums.length; phase++)
    band.sums[phase] += weight * recording.phase[phase][job];
}

// Time in each phase of the jobs that began in the window: of all, then by band of duration.
function percentileBands(sorted) {
  const { total } = sorted;
  const cuts = CUTS.filter((q) => q === 0 || total - Math.ceil(q * total) >= LEAST_JOBS);
  const limits = cuts.map((q) => (q === 0 ? -1 : quantile(sorted, q)));
  const bands = cuts.map((q, k) => emptyBand(q, cuts[k + 1] || 1));
  const whole = emptyBand(0, 1);
  eachFinished(view.from, view.until, (job) => {
    let band = bands.length - 1;
    while (band > 0 && recording.duration[job] <= limits[band]) band--;
    addJob(bands[band], job);
    addJob(whole, job);
  });
  return [whole, ...(bands.length > 1 ? bands : [])].filter(({ jobs }) => jobs);
}

function bandName({ from, to }) {
  if (from === 0) return to === 1 ? "all" : `fastest ${to * 100} %`;
  if (to === 1) return `slowest ${Number(((1 - from) * 100).toPrecision(6))} %`;
  return `${percentileName(from)}–${percentileName(to)}`;
}

function bandRow(band) {
  const means = band.sums.map((ns) => ns / band.jobs);
  const jobs = element("small", {}, number(band.jobs));
  const name = element("span", {}, bandName(band), " ", jobs);
  return [name, stackedBar(means, true), element("span", {}, duration(sum(means)))];
}

export function showBands() {
  const bands = percentileBands(sortedDurations());
  byId("rows").replaceChildren(...bands.flatMap(bandRow));
  setAnswer("bands", bands.length ? bandsAnswer(bands) : "no finished job in view");
}

function bandsAnswer(bands) {
  const slowest = bands[bands.length - 1];
  const [all, slow] = [bands[0], slowest].map(({ sums }) => {
    const whole = Math.max(sum(sums), 1);
    return sums.map((ns) => ns / whole);
  });
  const growth = slow.map((share, phase) => share - all[phase]);
  const grown = indexOfLargest(growth);
  const top = indexOfLargest(all);
  const { phases } = recording;
  const several = bands.length > 1;
  if (several && growth[grown] > GROWS) {
    const change = `from ${percent(all[grown])} to ${percent(slow[grown])}`;
    return `in the ${bandName(slowest)} ${phases[grown]} grows ${change}`;
  }
  const same = several ? ", and the slow ones are made of much the same" : "";
  return `${percent(all[top])} is ${phases[top]}${same}`;
}
