// SPDX-License-Identifier: Apache-2.0
// The view in the page's address, so that a link or a reload shows the same.
import { byId } from "./dom.js";
import { categories, recording } from "./recording.js";
import { isSortKey } from "./table.js";
import { setTheme } from "./theme.js";
import { changed, NO_FILTERS, setPins, setWindow, showAll, showsAll, view } from "./view.js";

const address = { written: "" };

function words() {
  const { from, until, search, job, cell, pins, theme, sort, descending } = view;
  const rounded = (times) => times.map(Math.round).join(",");
  const found = new URLSearchParams();
  if (!showsAll()) found.set("w", `${Math.round(from)}-${Math.round(until)}`);
  if (search) found.set("q", search);
  for (const { key, names } of categories)
    if (view[key]) found.set(key, [...view[key]].map((code) => names()[code]).join("\n"));
  if (job >= 0) found.set("job", recording.id[job]);
  if (cell) found.set("cell", rounded(cell));
  if (pins.length) found.set("pins", rounded(pins));
  if (theme) found.set("theme", theme);
  if (sort !== "dur" || !descending) found.set("sort", (descending ? "-" : "") + sort);
  return found.toString();
}

export function writeAddress() {
  const hash = words();
  if (hash === address.written) return;
  address.written = hash;
  history.replaceState(null, "", `#${hash}`);
}

function readNumbers(text) {
  const parts = (text || "").split(/[,-]/).filter(Boolean);
  return parts.map(Number).filter(Number.isFinite);
}

// The codes of the names in a text, one on each line; null if there are none.
function readCategory(text, names) {
  const wanted = new Set((text || "").split("\n").filter(Boolean));
  const codes = [...names.keys()].filter((code) => wanted.has(names[code]));
  return codes.length ? new Set(codes) : null;
}

function readSort(text) {
  const key = text.replace("-", "");
  return { sort: isSortKey(key) ? key : "dur", descending: text.startsWith("-") };
}

export function readAddress() {
  const found = new URLSearchParams(location.hash.slice(1));
  address.written = found.toString();
  const [from, until] = readNumbers(found.get("w"));
  const cell = readNumbers(found.get("cell"));
  const theme = found.get("theme");
  if (until > from) setWindow(from, until);
  else showAll();
  Object.assign(view, NO_FILTERS, readSort(found.get("sort") || "-dur"));
  view.search = byId("search").value = found.get("q") || "";
  for (const { key, names } of categories) view[key] = readCategory(found.get(key), names());
  view.job = found.has("job") ? recording.id.indexOf(Number(found.get("job"))) : -1;
  view.cell = cell.length === 4 ? cell : null;
  view.theme = ["light", "dark"].includes(theme) ? theme : "";
  setPins(readNumbers(found.get("pins")));
  setTheme();
  changed("filter", "job");
}

export function followAddress() {
  addEventListener("hashchange", () => {
    if (location.hash.slice(1) !== address.written) readAddress();
  });
}
