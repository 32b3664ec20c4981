// The ten most probable next pieces of a step.

import { clamp, make, range, setAttribute, setText } from "../kit/dom.js";
import { chance, fill, surface } from "../kit/format.js";
import { SHOWN } from "./state.js";

export class Candidates {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w } = stage;
    this.note = make("span", { class: "note" });
    this.rows = range(10).map((i) => {
      const text = make("bdi", { dir: "auto" });
      // In the app a candidate can be forced in place of what was chosen, and the model goes on from there.
      const force = () => stage.act({ force: [stage.selection.state.step, stage.selection.candidates().pieces[i]] });
      const name = !stage.can("force")
        ? make("span", { class: "name" }, text)
        : make("button", { type: "button", class: "name", onclick: force }, text);
      const level = make("span", { class: "level" });
      const value = make("span", { class: "number" });
      const mark = make("span", { class: "mark", "aria-hidden": "true", text: "✓" });
      const row = make("li", {}, mark, name, make("span", { class: "well", "aria-hidden": "true" }, level), value);
      return { row, name, text, level, value };
    });
    this.element = make(
      "section",
      { class: "panel candidates", "aria-label": w.candidates },
      make("div", { class: "panel-head" }, make("strong", { class: "title", text: w.candidates_short }), this.note),
      make("ol", { "aria-label": w.candidates_alt }, ...this.rows.map(({ row }) => row)),
    );
  }

  /** Rows of a height that the room allows. */
  layout() {
    const { stage, element } = this;
    const list = /** @type {HTMLElement} */ (element.lastElementChild);
    list.style.gridAutoRows = list.style.fontSize = "";
    if (!stage.wide) return;
    const room = element.clientHeight - /** @type {HTMLElement} */ (element.firstElementChild).offsetHeight;
    const row = Math.floor(Math.min(stage.em * 1.9, room / 10));
    list.style.gridAutoRows = `${row}px`;
    list.style.fontSize = `${clamp(row * 0.84, 14, stage.em * 0.92)}px`;
  }

  paint() {
    const { stage } = this;
    const { header, words: w } = stage;
    const { step } = stage.selection.state;
    const { labels, probabilities, pieces } = stage.selection.candidates();
    const chosen = labels.indexOf(header.output[step] ?? "");
    const isByte = (i) => header.bytes && /^<0x[0-9A-F]{2}>$/.test(pieces[i]);
    this.rows.forEach(({ row, name, text, level, value }, i) => {
      const there = i < labels.length;
      row.style.visibility = there ? "" : "hidden";
      if (!there) return;
      setText(text, surface(labels[i]));
      setText(value, chance(probabilities[i]));
      level.style.transform = `scaleX(${probabilities[i]})`;
      row.classList.toggle("chosen", i === chosen);
      row.title = `${pieces[i]} ${probabilities[i]}${i === chosen ? ` (${w.chosen})` : ""}${isByte(i) ? `. ${w.byte}` : ""}`;
      if (stage.can("force")) {
        /** @type {HTMLButtonElement} */ (name).disabled = i === chosen;
        const phrase = i === chosen ? w.chosen : fill(w.force, { step: step + 1 });
        row.title = `${row.title}. ${phrase}`;
        setAttribute(name, "aria-label", `${surface(labels[i])}, ${chance(probabilities[i])}. ${phrase}`);
      }
      setAttribute(row, "aria-current", i === chosen);
    });
    // A Trace from elsewhere may know no probabilities.
    this.element.style.visibility = header.chosen.length || labels.length ? "" : "hidden";
    if (!labels.length) return setText(this.note, stage.selection.shown === SHOWN.nothing ? w.guess_hidden : "");
    const values = { piece: surface(header.output[step]), p: chance(header.chosen[step]) };
    return setText(this.note, chosen < 0 ? fill(w.outside, values) : "");
  }
}
