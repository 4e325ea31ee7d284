// SPDX-License-Identifier: Apache-2.0
// Words beside the pointer.
import { byId } from "./dom.js";

export function hideTip() {
  byId("tip").hidden = true;
}

export function showTip({ clientX, clientY }, text) {
  const tip = byId("tip");
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const below = clientY + 18;
  const fits = below + tip.offsetHeight <= window.innerHeight;
  tip.style.left = `${Math.min(clientX + 14, window.innerWidth - tip.offsetWidth - 6)}px`;
  tip.style.top = `${fits ? below : clientY - tip.offsetHeight - 10}px`;
}
