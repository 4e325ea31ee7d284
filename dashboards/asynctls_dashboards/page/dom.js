// SPDX-License-Identifier: Apache-2.0
// Elements of the document. What comes from the trace only ever becomes a text node.

export function byId(id) {
  return document.getElementById(id);
}

function setAttribute(made, name, value) {
  if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
  else if (name === "style") Object.assign(made.style, value);
  else if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : value);
}

// element("td", { class: "text", onclick: listener }, "words", child, ...); null is no child.
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(made, name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// Text that may hold anything, bidirectional marks included: it cannot reorder its surroundings.
export function isolated(text) {
  return element("bdi", {}, text);
}

// The line beside a panel's heading.
export function setAnswer(panel, text) {
  const line = byId(panel).querySelector(".answer");
  if (line.textContent !== text) line.textContent = line.title = text;
}

// Browsers may refuse the clipboard's interface to pages from disk.
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea", { style: { position: "fixed", opacity: 0 } });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

// Copy what text() returns, and say so on the button for a moment.
export function copyButton(button, text) {
  const label = button.textContent;
  button.onclick = async () => {
    await copyText(text());
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 1500);
  };
}
