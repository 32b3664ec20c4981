// Step, kind of attention, layer, and whether maps or a row's lines are shown, for both sides.

import { make, range, segments, setPressed } from "../kit/dom.js";
import { fill } from "../kit/format.js";
import { KINDS, KIND_TERMS } from "../kit/trace.js";
import { Transport } from "../kit/transport.js";

const VIEWS = ["maps", "lines"];
const TICK = 900; // milliseconds a step

export class Controls {
  /** @param {import("../pair.js").Pair} pair */
  constructor(pair) {
    this.pair = pair;
    const { words: w, sides } = pair;
    this.transport = new Transport(pair, {
      last: pair.last,
      at: () => pair.state.step,
      show: (step) => pair.change({ step }),
      pace: () => TICK,
      paused: () => {
        pair.schedule();
        pair.tell(pair.state);
      },
    });
    this.kindButtons = KINDS.map((kind) =>
      make("button", {
        type: "button",
        text: w.kinds[kind],
        "data-term": KIND_TERMS[kind],
        disabled: !sides.some((side) => side.has(kind)),
        onclick: () => pair.change({ kind }),
      }),
    );
    const most = Math.max(1, ...sides.flatMap((side) => side.header.layers));
    this.layerButtons = range(most).map((layer) =>
      make("button", { type: "button", text: String(layer + 1), "aria-label": fill(w.layer_n, { n: layer + 1 }), onclick: () => pair.change({ layer }) }),
    );
    const layers = make("div", { class: "labelled" }, pair.explained(w.layer, "layer"), segments(w.layer, this.layerButtons));
    const { buttons, slider, text } = this.transport;
    this.viewButtons = VIEWS.map((view) => make("button", { type: "button", text: w.views[view], title: w.views_long[view], onclick: () => pair.change({ view }) }));
    const others = pair.header.rollout ? [] : [buttons, slider, text, segments(w.kind, this.kindButtons)];
    const views = !pair.header.rollout && segments(w.view, this.viewButtons);
    this.element = make("div", { class: "row controls" }, ...others, layers, views);
  }

  paint() {
    const { words, state, last, layers } = this.pair;
    const { kind, layer, step, view } = state;
    this.transport.paint(fill(words.step_of, { step: step + 1, steps: last + 1 }));
    this.kindButtons.forEach((button, i) => setPressed(button, KINDS[i] === kind));
    this.viewButtons.forEach((button, i) => setPressed(button, VIEWS[i] === view));
    this.layerButtons.forEach((button, i) => {
      setPressed(button, i === layer);
      button.hidden = i >= layers;
    });
  }
}
