// What keys do in the attention view, and the list of them.

import { make } from "../kit/dom.js";
import { KINDS } from "../kit/trace.js";

/** @param {import("../stage.js").Stage} stage
 *  @param {KeyboardEvent} event */
export function onKey(stage, event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || stage.help.open || stage.notes.element.open) return;
  if (["SELECT", "TEXTAREA"].includes(target.tagName) || (target.tagName === "INPUT" && event.key !== "Escape")) return;
  if ([" ", "Enter"].includes(event.key) && target.tagName === "BUTTON") return event.stopPropagation();
  const { step, merged, hidden, view, guess } = stage.state;
  stage.doKey(event, {
    ArrowLeft: () => stage.go(step - 1),
    ArrowRight: () => stage.onward(),
    Home: () => stage.go(0),
    End: () => stage.go(stage.transport.last),
    ArrowUp: () => stage.moveLayer(1),
    ArrowDown: () => stage.moveLayer(-1),
    "[": () => stage.moveHead(-1),
    "]": () => stage.moveHead(1),
    0: () => stage.change({ heads: "average" }),
    1: () => stage.change({ kind: KINDS[0] }),
    2: () => stage.change({ kind: KINDS[1] }),
    3: () => stage.change({ kind: KINDS[2] }),
    " ": () => stage.transport.toggle(),
    w: () => stage.change({ merged: !merged }),
    s: () => stage.change({ hidden: !hidden }),
    t: () => stage.change({ view: view === "table" ? "map" : "table" }),
    l: () => stage.change({ view: view === "lines" ? "map" : "lines" }),
    g: () => stage.change({ guess: !guess }),
    b: () => stage.turnOver(),
    n: () => stage.notes.open(),
    p: () => stage.presentation.toggle(),
    "?": () => stage.help.showModal(),
    Escape: () => (stage.presenting ? stage.presentation.toggle() : stage.change({ pinned: [] })),
  });
}

/** The list of keys, as a dialog. */
export function helpOf(w) {
  const dialog = make("dialog", { class: "help", "aria-label": w.help_title });
  dialog.onclick = (event) => event.target === dialog && dialog.close();
  dialog.onkeydown = (event) => event.stopPropagation();
  const rows = w.keys.flatMap(([keys, what]) => [make("dt", {}, make("kbd", { text: keys })), make("dd", { text: what })]);
  dialog.append(
    make("strong", { text: w.help_title }),
    make("dl", {}, ...rows),
    make("button", { type: "button", class: "toggle", text: w.close, onclick: () => dialog.close() }),
  );
  return dialog;
}
