// Notes: what the attention view shows as text, to copy into slides.

import { make, range } from "../kit/dom.js";
import { chance, fill, number, surface } from "../kit/format.js";
import { findingOf } from "./words.js";

const LISTED = 5; // weights and candidates in a list
const ADDRESS_AFTER = 900; // milliseconds in which the address gets what was chosen just before

/** @param {import("./state.js").Selection} selection
 *  @param {typeof import("../stage.json").en} w words
 *  @param {string} [link] */
export function notesOf(selection, w, link = "") {
  const { header, state, view, focus, currentRow: row } = selection;
  const isEncoder = state.kind === "encoder_self";
  const lines = [[header.typed, selection.textSoFar()].filter(Boolean).join(" → ")];
  const step = isEncoder ? [] : [fill(w.step_of, { step: state.step + 1, steps: selection.weights.T })];
  const changed = Object.keys(header.change).length > 0;
  lines.push([w.kinds_long[state.kind], selection.where(w), ...step, ...(changed ? [w.notes_changed] : [])].join(" · "), findingOf(selection, w));
  if (row >= 0) {
    const width = view.columns.length;
    const weights = range(width).map((c) => ({ label: view.columns[c].label, weight: focus[row * width + c] }));
    const largest = weights.sort((a, b) => b.weight - a.weight).slice(0, LISTED).filter(({ weight }) => weight >= 0.005);
    if (largest.length) lines.push(fill(w.notes_weights, { row: view.rows[row].label, list: largest.map(({ label, weight }) => `${label} ${number(weight)}`).join(", ") }));
  }
  const { labels, probabilities } = selection.candidates();
  const list = labels.slice(0, LISTED).map((piece, i) => `${surface(piece)} ${chance(probabilities[i])}`);
  if (list.length && !isEncoder) lines.push(fill(w.notes_candidates, { list: list.join(", ") }));
  if (link) lines.push(link);
  return lines.join("\n").replace(/[\u2068\u2069]/g, "");
}

/** The notes in a dialog, with a button that copies them. */
export class Notes {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w } = stage;
    this.text = make("textarea", { readonly: "", rows: "8", "aria-label": w.notes });
    this.copied = make("span", { role: "status" });
    this.element = make(
      "dialog",
      { class: "help notes", "aria-label": w.notes },
      make("strong", { text: w.notes }),
      this.text,
      make(
        "div",
        { class: "row" },
        make("button", { type: "button", class: "toggle", text: w.copy, onclick: () => this.copy() }),
        this.copied,
        make("span", { class: "space" }),
        make("button", { type: "button", class: "toggle", text: w.close, onclick: () => this.element.close() }),
      ),
    );
    this.element.onkeydown = (event) => event.stopPropagation();
  }

  open() {
    this.stage.tellNow();
    this.write();
    this.element.showModal();
    setTimeout(() => this.write(), ADDRESS_AFTER);
  }

  write() {
    const { selection, words, header } = this.stage;
    this.copied.textContent = "";
    this.text.value = notesOf(selection, words, header.page ? "" : location.href);
    this.text.setSelectionRange(0, 0); // a browser scrolls to the cursor
    this.text.scrollTop = 0;
  }

  async copy() {
    this.text.select();
    try {
      await navigator.clipboard.writeText(this.text.value);
    } catch {
      document.execCommand("copy"); // a server without TLS has no clipboard of the newer kind
    }
    this.copied.textContent = this.stage.words.copied;
  }
}
