// SPDX-License-Identifier: Apache-2.0
// One job: its phases, its critical path step by step with what each step waited for, its connection.
const UNTOLD = 1 << 5, MERGED = 1 << 6;

function showCard() {
  const i = S.job, box = $("card");
  box.hidden = i < 0;
  if (i < 0) return;
  const k = D.place[i];
  const sums = PHASES.map((_, p) => D.phase[p][i]);
  const open = D.dur[i] < 0;
  box.replaceChildren(
    el("div", { class: "head" }, el("b", {}, `Job ${D.id[i]}`), el("span", {}, D.h.ops[D.op[i]]), el("span", {}, open ? `open for ${duration(D.end[i] - D.start[i])}, no end` : duration(D.dur[i])),
      el("button", { onclick: () => choose(-1), title: "Close (Esc)", "aria-label": "Close the card" }, "×")),
    stack(sums),
    el("p", {}, cardAnswer(i, sums)),
    fall(i, k),
    facts(i, k),
    el("div", { class: "buttons" },
      el("button", { onclick: () => choose(i, true) }, "Zoom to it"),
      el("button", { onclick: () => step(i, -1), title: "Job before it (K)" }, "‹ previous"),
      el("button", { onclick: () => step(i, 1), title: "Job after it (J)" }, "next ›"),
      el("button", { onclick: () => togglePin(D.start[i]) }, "Pin"),
      D.conn[i] ? el("button", { onclick: () => search(`conn=${D.conn[i]}`) }, "Its connection") : null,
      el("button", { onclick: () => copyText(`asynctls show job ${D.id[i]}`) }, "Copy command")),
  );
}

function cardAnswer(i, sums) {
  const p = sums.indexOf(Math.max(...sums));
  const whole = sums.reduce((a, b) => a + b, 0);
  if (!whole) return "nothing of its phases is known";
  const open = D.loose.get(i);
  return `${percent(sums[p] / whole)} of its time is ${PHASES[p]}${open >= 0 ? `; it was in ${PHASES[open]} when the recording ended` : ""}`;
}

// The job before or after i of those chosen, on the same thread.
function step(i, by) {
  for (let j = i + by; j >= 0 && j < D.n; j += by) if (F.mask[j] && D.thread[j] === D.thread[i]) return choose(j);
}

function fall(i, k) {
  const box = el("div", { class: "fall" });
  const whole = D.end[i] - D.start[i];
  const at = (t) => `${(100 * clamp(t - D.start[i], 0, whole)) / whole}%`;
  const steps = [];
  eachSlice(i, (phase, t, dur, thread) => steps.push({ phase, t, dur, thread }));
  const few = steps.length > 24 ? [...steps].sort((a, b) => b.dur - a.dur).slice(0, 24).sort((a, b) => a.t - b.t) : steps;
  few.forEach((s, n) => {
    const track = el("div", { class: "track" }, el("i", { style: { left: at(s.t), width: `${(100 * s.dur) / whole}%`, background: `var(--${PHASES[s.phase]})` } }));
    const [words, work] = cause(i, k, s, few[n + 1]);
    if (work) track.append(el("i", { class: "work", title: "the engine at work", style: { left: at(work[0]), width: `${(100 * work[1]) / whole}%` } }));
    box.append(el("b", {}, PHASES[s.phase]), el("em", {}, duration(s.dur)), track, el("small", {}, ...words));
  });
  if (few.length < steps.length) box.append(el("small", {}, `${count(steps.length - few.length, "shorter step")} left out`));
  if (k < 0) box.append(el("small", {}, D.pauses[i] > 1 ? `it paused ${D.pauses[i]} times; drawn as one wait, as this page holds the steps of the slowest jobs only` : "to within a few percent, as this page holds the slowest jobs in full"));
  return box;
}

// Why a step took as long as it did: words, and when the engine worked.
function cause(i, k, s, after) {
  const ops = D.ops.get(k) || [];
  const seen = k >= 0 ? D.evidence[k] : 0;
  const thread = () => name(D.h.threads[s.thread || 0].name);
  const what = (o) => `${o.crypto} ${o.alg}${o.bits ? " " + o.bits : ""}`;
  const from = s.t - D.start[i];
  if (s.phase === 0) {
    const placed = ops.find((o) => o.reason && o.at >= from && o.at <= from + s.dur);
    return [[...(s.thread ? ["runs on ", thread()] : ["runs"]), placed ? `; ${what(placed)} in place (${placed.reason})` : ""]];
  }
  if (s.phase === 1) {
    if (seen & MERGED) return [["no wake-up was seen, so the whole wait is in here"]];
    const o = ops.find((o) => !o.reason && o.queue >= 0 && o.service >= 0 && o.at <= from + s.dur && o.at + o.queue + o.service > from);
    if (!o) return [["waits for the engine"]];
    return [[`${what(o)}: ${duration(o.queue)} in the queue, ${duration(o.service)} of work`], [D.start[i] + o.at + o.queue, o.service]];
  }
  if (s.phase === 2) {
    const untold = seen & UNTOLD && after && after.phase === 0;
    return [[...(s.thread ? ["signalled by ", thread()] : ["signalled"]), untold ? "; not seen when the event loop learnt of it, so requeue is in here" : "; the event loop does not know yet"]];
  }
  const [others, ran] = otherWork(i, s);
  if (!others) return [["the event loop knows, and does other work"]];
  const rest = s.dur - ran;
  return [[`the event loop runs ${count(others, "other job")} for ${duration(ran)}${rest > 0.2 * s.dur ? `, and something else for ${duration(rest)}` : ""}`]];
}

// How many other jobs ran on i's thread in that stretch, and for how long.
function otherWork(i, s) {
  let jobs = 0, ran = 0;
  const last = firstAt(s.t + s.dur);
  for (let j = firstAt(s.t - Math.min(D.longest, 1e9)); j < last; j++) {
    if (j === i || D.thread[j] !== D.thread[i] || D.end[j] <= s.t) continue;
    let mine = 0;
    eachSlice(j, (phase, t, dur) => { if (phase === 0) mine += Math.max(0, Math.min(t + dur, s.t + s.dur) - Math.max(t, s.t)); });
    if (mine > 0) { jobs++; ran += mine; }
  }
  return [jobs, ran];
}

function facts(i, k) {
  const list = el("dl", { class: "facts" });
  const put = (label, ...words) => list.append(el("dt", {}, label), el("dd", {}, ...words));
  const kind = D.h.kinds[D.kind[i]] || {};
  put("began", `${moment(D.start[i], 1e3)} into the recording${D.h.utc ? `, ${new Date(D.h.utc + D.start[i] / 1e6).toISOString().slice(11, 23)} UTC` : ""}`);
  put("thread", name(D.h.threads[D.thread[i]].name));
  put("outcome", name(D.h.outcomes[D.outcome[i]]), `, ${count(D.pauses[i], "pause")}`);
  if (!D.conn[i]) return list;
  put("connection", String(D.conn[i]), kind.side ? ` (${kind.side})` : "");
  if (kind.version || kind.cipher) put("TLS", name([kind.version, kind.cipher, kind.resumed === "1" ? "resumed" : ""].filter(Boolean).join(", ")));
  if (kind.sni) put("server name", name(kind.sni));
  if (k >= 0 && D.connDur[k]) {
    put("handshake", D.hsDur[k] ? duration(D.hsDur[k] - 1) : "not completed");
    put("job began", `${duration(D.connAge[k])} after the connection, which lived for ${D.connDur[k] ? duration(D.connDur[k] - 1) : "the rest"}`);
  }
  return list;
}
