// SPDX-License-Identifier: Apache-2.0
// Which jobs are looked at: boxes ticked, words searched for. F.mask has a 1 for each.
const FILTERS = [
  ["op", "Operation", (d) => d.h.ops],
  ["thread", "Thread", (d) => d.h.threads.map((t) => t.name)],
  ["kind", "Connection", (d) => d.h.kinds.map((_, k) => kindName(k))],
  ["outcome", "Outcome", (d) => d.h.outcomes],
];
const F = { mask: null, count: 0, jobs: 0, wrong: "", version: 0 };

// A word of the search as a test of job i, or null if it cannot be understood.
function wordTest(word) {
  let m = /^(dur|busy|offload|notify|requeue|pauses|job|conn|at)(>=|<=|>|<|=|:)(.+)$/i.exec(word);
  if (m) {
    const key = m[1].toLowerCase();
    const plain = ["pauses", "job", "conn"].includes(key);
    const wanted = plain ? Number(m[3]) : parseDuration(m[3]);
    if (Number.isNaN(wanted)) return null;
    const p = PHASES.indexOf(key);
    const value = p >= 0 ? (i) => D.phase[p][i] : { dur: (i) => (D.dur[i] < 0 ? D.end[i] - D.start[i] : D.dur[i]), pauses: (i) => D.pauses[i], job: (i) => D.id[i], conn: (i) => D.conn[i], at: (i) => D.start[i] }[key];
    const compare = { ">": (a) => a > wanted, "<": (a) => a < wanted, ">=": (a) => a >= wanted, "<=": (a) => a <= wanted, "=": (a) => a === wanted, ":": (a) => a === wanted }[m[2]];
    return (i) => compare(value(i));
  }
  if (/[<>=]/.test(word)) return null;
  if (/^\d+$/.test(word)) {
    const n = Number(word);
    return (i) => D.id[i] === n || D.conn[i] === n;
  }
  const low = word.toLowerCase();
  const hits = (names) => names.map((n) => n.toLowerCase().includes(low));
  const [ops, threads, kinds, outcomes] = FILTERS.map(([, , names]) => hits(names(D)));
  return (i) => ops[D.op[i]] || threads[D.thread[i]] || kinds[D.kind[i]] || outcomes[D.outcome[i]];
}

function searchTest(text) {
  const tests = [];
  text = text.replace(/\b(job|conn(?:ection)?)s?\s+(\d+)/gi, (_, w, n) => `${w[0] === "j" || w[0] === "J" ? "job" : "conn"}=${n}`);
  text = text.replace(/\s*(>=|<=|>|<|=)\s*/g, "$1");
  for (const word of text.match(/"[^"]+"|\S+/g) || []) {
    const test = wordTest(word.replace(/^"|"$/g, ""));
    if (!test) return null;
    tests.push(test);
  }
  return (i) => tests.every((t) => t(i));
}

function applyFilter() {
  const n = D.n;
  F.mask = F.mask || new Uint8Array(n);
  const search = S.q ? searchTest(S.q) : null;
  F.wrong = S.q && !search ? S.q : "";
  const chosen = FILTERS.filter(([key]) => S[key]).map(([key, , names]) => [D[key], names(D).map((_, i) => S[key].has(i))]);
  F.count = F.jobs = 0;
  for (let i = 0; i < n; i++) {
    let ok = 1;
    for (const [values, set] of chosen) if (!set[values[i]]) { ok = 0; break; }
    if (ok && search && !search(i)) ok = 0;
    F.mask[i] = ok;
    F.count += ok;
    if (ok) F.jobs += D.weight ? D.weight[i] : 1;
  }
  F.version++;
}

function filtered() {
  return F.count < D.n;
}

// Calls f(i) for each chosen job that touches [a, b).
function eachJob(a, b, f) {
  const last = firstAt(b);
  const mask = F.mask, end = D.end;
  for (let i = firstAt(a - D.longest); i < last; i++) if (mask[i] && end[i] > a) f(i);
}
