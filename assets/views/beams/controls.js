// The row on top: the steps of the search, what became of a step's candidates, and whether dropped ones are shown.

import { make, setPressed, setText } from "../kit/dom.js";
import { fill } from "../kit/format.js";
import { Transport } from "../kit/transport.js";

const PLAY_EVERY = 900; // milliseconds a step

export class Controls {
  /** @param {import("../beams.js").Beams} beams */
  constructor(beams) {
    this.beams = beams;
    const { words: w } = beams;
    this.transport = new Transport(beams, {
      last: beams.last,
      at: () => beams.step,
      show: (step) => beams.show(step),
      pace: () => PLAY_EVERY,
      paused: () => beams.schedule(),
    });
    this.summary = make("p", { class: "summary", "aria-live": "polite" });
    this.droppedButton = make("button", { type: "button", class: "toggle", text: w.dropped, onclick: () => beams.toggleDropped() });
    const { buttons, slider, text } = this.transport;
    this.element = make("div", { class: "row transport" }, buttons, slider, text, this.summary, this.droppedButton);
  }

  paint() {
    const { tree, step, last, dropped, words: w } = this.beams;
    this.transport.paint(fill(w.step_of, { step: step + 1, steps: last + 1 }));
    setPressed(this.droppedButton, dropped);
    const counts = {};
    for (const node of tree.levels[step]) counts[node.status] = (counts[node.status] ?? 0) + 1;
    const parts = Object.entries(w.counts)
      .filter(([status]) => counts[status])
      .map(([status, phrase]) => fill(phrase, { n: counts[status] }));
    const reason = step < last ? "" : counts.stopped ? w.stops : w.ends;
    setText(this.summary, `${parts.join(w.comma)}${w.stop}${reason}`.trim());
  }
}
