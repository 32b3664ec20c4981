// The queries as chips: the pieces of a word hang together.

import { make, setAttribute, setText } from "../kit/dom.js";
import { surface } from "../kit/format.js";

export class Queries {
  /** @param {import("../inside.js").Inside} inside */
  constructor(inside) {
    this.inside = inside;
    const { header, words: w } = inside;
    const { rows, row_words: words, row_specials: specials, row_side: side, predicts } = header;
    this.chips = rows.map((piece, i) =>
      make(
        "button",
        { type: "button", class: `chip ${side}${specials.includes(i) ? " special" : ""}`, onclick: () => inside.chooseQuery(i) },
        make("bdi", { dir: "auto", text: surface(piece) }),
      ),
    );
    const groups = words.map(([from, to]) =>
      make("span", { class: "word" }, make("span", { class: "pieces" }, ...this.chips.slice(from, to))),
    );
    this.scroller = make("div", { class: "scroller", role: "group", "aria-label": w.queries }, make("div", { class: "chips" }, ...groups));
    this.predicted = make("bdi", { class: "target", dir: "auto" });
    this.element = make(
      "div",
      { class: "queries" },
      make("strong", { class: "q" }, inside.explained(w.query, "query")),
      predicts && make("span", { class: "muted", text: w.reads }),
      this.scroller,
      predicts && make("span", { class: "statement" }, make("span", { text: `→ ${w.predicts}` }), this.predicted),
    );
  }

  paint() {
    const { header, query } = this.inside;
    this.chips.forEach((chip, i) => {
      setAttribute(chip, "aria-pressed", i === query);
    });
    if (header.predicts) setText(this.predicted, surface(header.predicts[query]));
  }

  /** Scroll sideways, and nothing around, until the chosen query is seen. */
  reveal() {
    const { scroller } = this;
    const [outer, inner] = [scroller.getBoundingClientRect(), this.chips[this.inside.query].getBoundingClientRect()];
    if (inner.left < outer.left) scroller.scrollLeft -= outer.left - inner.left + 12;
    else if (inner.right > outer.right) scroller.scrollLeft += inner.right - outer.right + 12;
  }
}
