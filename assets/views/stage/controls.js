// Which kind of attention, layer and heads are in focus, and how they are shown.

import { make, range, segments, setPressed } from "../kit/dom.js";
import { fill } from "../kit/format.js";
import { KINDS } from "../kit/trace.js";

export class Controls {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w, header, weights } = stage;
    const button = (more) => make("button", { type: "button", ...more });
    this.kindButtons = KINDS.map((kind) =>
      button({
        text: w.kinds[kind],
        title: weights.layers(kind) ? w.kinds_long[kind] : fill(w.no_kind, { kind: w.kinds_long[kind] }),
        disabled: !weights.layers(kind),
        onclick: () => stage.change({ kind }),
      }),
    );
    this.layerButtons = range(Math.max(...header.layers)).map((layer) =>
      button({ text: String(layer + 1), "aria-label": fill(w.layer_n, { n: layer + 1 }), onclick: () => stage.change({ layer }) }),
    );
    const average = fill(w.average_alt, { n: header.heads });
    this.averageButton = button({ text: w.average, "aria-label": average, title: average, onclick: () => stage.change({ heads: "average" }) });
    this.headButtons = range(header.heads).map((head) =>
      make(
        "button",
        {
          type: "button",
          class: "head",
          "aria-label": fill(w.head_n, { n: head + 1 }),
          onclick: (event) => stage.chooseHead(head, stage.isSeveral(event)),
        },
        make("span", { text: String(head + 1) }),
        make("i", { class: "dot", style: `--dot: var(--head-${head % 8})` }),
      ),
    );
    const toggle = (text, title, action) => button({ class: "toggle", text, title, onclick: action });
    this.severalButton = toggle(w.several, w.several_alt, () => stage.toggleSeveral());
    this.removeButton = !stage.can("ablate") ? null : toggle(w.without, w.without_alt, () => stage.act({ ablate: stage.selection.chosenHeads() }));
    this.mergedButton = toggle(w.words, w.merged_rule, () => stage.change({ merged: !stage.selection.state.merged }));
    this.hiddenButton = toggle(w.specials, w.hidden_rule, () => stage.change({ hidden: !stage.selection.state.hidden }));
    const label = (text) => make("span", { text, "aria-hidden": "true" });
    this.element = make(
      "div",
      { class: "row controls" },
      segments(w.kind, this.kindButtons),
      make("div", { class: "labelled" }, label(w.layer), segments(w.layer, this.layerButtons)),
      make(
        "div",
        { class: "labelled" },
        label(w.head),
        segments(w.head, [this.averageButton, ...this.headButtons]),
        this.severalButton,
        this.removeButton,
      ),
      make("div", { class: "labelled end" }, this.mergedButton, this.hiddenButton),
    );
  }

  paint() {
    const { selection, weights, several } = this.stage;
    const { kind, layer, merged, hidden } = selection.state;
    this.kindButtons.forEach((button, i) => setPressed(button, KINDS[i] === kind));
    this.layerButtons.forEach((button, i) => {
      setPressed(button, i === layer);
      button.hidden = i >= weights.layers(kind);
    });
    setPressed(this.averageButton, selection.isAverage);
    this.headButtons.forEach((button, i) => {
      setPressed(button, !selection.isAverage && selection.heads.includes(i));
      button.classList.toggle("removed", selection.isAblated(kind, layer, i));
    });
    setPressed(this.severalButton, several);
    if (this.removeButton) setPressed(this.removeButton, selection.chosenHeads().every(([k, l, h]) => selection.isAblated(k, l, h)));
    setPressed(this.mergedButton, merged);
    setPressed(this.hiddenButton, hidden);
  }
}
