// SPDX-License-Identifier: Apache-2.0
// Puts the page together.
function showHeader() {
  const h = D.h, s = h.summary;
  const program = h.title || h.program || "recording";
  $("title").textContent = $("title").title = program;
  document.title = `asynctls: ${program.slice(0, 80)}`;
  const began = h.utc ? new Date(h.utc).toISOString().replace("T", " ").slice(0, 19) + " UTC" : "";
  $("origin").textContent = [h.mode && `${h.mode} mode`, h.host, began].filter(Boolean).join(" · ");
  const whole = Math.max(1, s.phases.reduce((a, b) => a + b, 0));
  const tile = (label, value, bad) => $("tiles").append(el("div", { class: bad ? "bad" : "" }, el("dt", {}, label), el("dd", {}, value)));
  const lost = h.lost.events || h.lost.packets;
  tile("jobs", number(s.jobs));
  tile("recorded", duration(h.recorded));
  tile("of the jobs paused for the engine", percent(s.paused / Math.max(1, s.jobs)));
  if (s.finished) {
    tile("p50", duration(s.quantiles[0]));
    if (s.finished >= 100) tile("p99", duration(s.quantiles[2]));
    tile("slowest", duration(s.max));
  }
  const p = s.phases.indexOf(Math.max(...s.phases));
  tile(`of the jobs' time is ${PHASES[p]}`, percent(s.phases[p] / whole));
  if (s.jobs > s.finished) tile("without an end", number(s.jobs - s.finished), true);
  tile(h.lost.events ? "events lost" : lost ? "packets lost" : "events lost", number(lost), lost > 0);
  const loud = [];
  if (lost) loud.push(`${count(lost, h.lost.events ? "event" : "packet")} lost while recording: figures may be off where the panels are hatched.`);
  if (h.incomplete) loud.push(`The recording is incomplete: ${h.incomplete}`);
  $("alarm").hidden = !loud.length;
  $("alarm").textContent = loud.join(" ");
  $("verdict").textContent = verdict(s, whole);
}

// Who is to blame, in a sentence.
const BLAME = ["the server's own work", "the engine", "the way from the engine to the event loop", "the event loop, which knows but does other work first"];
function verdict(s, whole) {
  if (!s.paused) return "No job paused: nothing is offloaded, all of the work is done in place.";
  const order = [0, 1, 2, 3].sort((a, b) => s.phases[b] - s.phases[a]);
  const [p, q] = order;
  return `Of the jobs' time ${percent(s.phases[p] / whole)} is ${PHASES[p]} (${BLAME[p]}) and ${percent(s.phases[q] / whole)} ${PHASES[q]} (${BLAME[q]}).`;
}

function showAbout() {
  const h = D.h, list = $("about").querySelector("dl");
  list.className = "facts";
  const put = (label, words) => words && list.append(el("dt", {}, label), el("dd", {}, name(words)));
  put("command", h.command);
  put("engine", h.engine);
  put("only", h.filters);
  put("threads", h.threads.slice(1).map((t) => t.name).join(", ").slice(0, 600));
  const events = Object.entries(h.events).sort((a, b) => b[1] - a[1]);
  put("events", events.length ? `${number(events.reduce((n, [, c]) => n + c, 0))}: ${events.slice(0, 8).map(([e, n]) => `${e} ${number(n)}`).join(", ")}${events.length > 8 ? " …" : ""}` : "");
  put("kept", h.share > 1 ? `one job of ${h.share}, and every one of the slowest: counts are scaled up; durations rounded by at most ${percent(0.5 / h.log)}` : h.log ? `every job; durations rounded by at most ${percent(0.5 / h.log)}, the slowest ${number(D.place.reduce((n, k) => n + (k >= 0), 0))} in full` : "every job, to the nanosecond");
  const version = document.querySelector("meta[name=generator]").content;
  $("footer").textContent = [`N = ${number(h.summary.jobs)}`, h.filters, h.share > 1 ? `drawn from a sample of ${number(D.n)} jobs` : "", h.lost.events || h.lost.packets ? "EVENTS LOST" : "no events lost", version, "this page loads nothing from anywhere"].filter(Boolean).join(" · ");
}

async function start() {
  try {
    const text = $("data").textContent;
    $("data").remove();
    D = makeData(...(await unpack(text)));
  } catch (error) {
    $("loading").textContent = `The recording in this page cannot be unpacked (${error.message}). A browser of 2023 or later is needed, and the whole file.`;
    throw error;
  }
  $("loading").remove();
  $("app").hidden = false;
  readColours();
  applyFilter();
  showHeader();
  overviewPanel();
  timelinePanel();
  heatPanel();
  pairPanel();
  flightPanel();
  loopsPanel();
  curvesPanel();
  startTable();
  startControls();
  showFindings();
  showDiff();
  showAbout();
  readAddress();
}
