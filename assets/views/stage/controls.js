// Which kind of attention and layer are in focus, several heads or all, and how pieces are shown.

import { make, range, segments, setPressed } from "../kit/dom.js";
import { fill } from "../kit/format.js";
import { KINDS, KIND_TERMS } from "../kit/trace.js";

const MANY = 8; // layers, whose buttons need several lines

export class Controls {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w, header, weights } = stage;
    const button = (more) => make("button", { type: "button", ...more });
    this.kindButtons = KINDS.map((kind) =>
      button({
        text: w.kinds[kind],
        title: weights.layers(kind) ? null : fill(w.no_kind, { kind: w.kinds_long[kind] }),
        "data-term": KIND_TERMS[kind],
        disabled: !weights.layers(kind),
        onclick: () => stage.change({ kind }),
      }),
    );
    this.layerButtons = range(Math.max(...header.layers)).map((layer) =>
      button({ text: String(layer + 1), "aria-label": fill(w.layer_n, { n: layer + 1 }), onclick: () => stage.change({ layer }) }),
    );
    this.layers = segments(w.layer, this.layerButtons);
    this.layers.classList.toggle("many", Math.max(...KINDS.map((kind) => weights.layersOf(kind).length)) > MANY);
    const average = fill(w.average_alt, { n: header.heads });
    const toggle = (text, more, action) => button({ class: "toggle", text, onclick: action, ...more });
    this.averageButton = toggle(w.average, { "aria-label": average, "data-term": "average" }, () => stage.change({ heads: "average" }));
    this.severalButton = toggle(w.several, { title: w.several_alt }, () => stage.toggleSeveral());
    this.removeButton = !stage.can("ablate") ? null : toggle(w.remove, { "data-term": "ablation" }, () => stage.act({ ablate: stage.selection.chosenHeads() }));
    this.mergedButton = toggle(w.words, { "data-term": "whole-words" }, () => stage.change({ merged: !stage.selection.state.merged }));
    this.hiddenButton = toggle(w.specials, { "data-term": "special-token" }, () => stage.change({ hidden: !stage.selection.state.hidden }));
    this.heads = make(
      "div",
      { class: "row heads-row" },
      make("div", { class: "labelled" }, stage.explained(w.head, "head"), this.averageButton),
      this.severalButton,
      this.removeButton,
      make("span", { class: "space" }),
      this.mergedButton,
      this.hiddenButton,
    );
    this.element = make(
      "div",
      { class: "controls" },
      make(
        "div",
        { class: "row wraps" },
        segments(w.kind, this.kindButtons),
        make("div", { class: "labelled" }, stage.explained(w.layer, "layer"), this.layers),
      ),
      this.heads,
    );
    stage.more.add(this.heads, [this.severalButton, this.removeButton, this.mergedButton, this.hiddenButton]);
  }

  paint() {
    const { selection, weights, several } = this.stage;
    const { kind, layer, merged, hidden } = selection.state;
    this.kindButtons.forEach((button, i) => setPressed(button, KINDS[i] === kind));
    this.layerButtons.forEach((button, i) => {
      setPressed(button, i === layer);
      button.hidden = !weights.layersOf(kind).includes(i);
    });
    setPressed(this.averageButton, selection.isAverage);
    setPressed(this.severalButton, several);
    if (this.removeButton) setPressed(this.removeButton, selection.chosenHeads().every(([k, l, h]) => selection.isAblated(k, l, h)));
    setPressed(this.mergedButton, merged);
    setPressed(this.hiddenButton, hidden);
  }
}
