// The steps of decoding, what this one reads and predicts, and the tools of the view.

import { icon, make, segments, setPressed, setText } from "../kit/dom.js";
import { chance, fill, surface } from "../kit/format.js";
import { Transport } from "../kit/transport.js";
import { SHOWN } from "./state.js";

const TICKS = [1600, 800, 350]; // milliseconds a step, slow to fast

export class Steps {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w, header } = stage;
    this.transport = new Transport(stage, {
      last: stage.weights.T - 1,
      at: () => stage.state.step,
      show: (step) => stage.change({ step }),
      pace: () => TICKS[stage.speed],
      onward: () => stage.onward(),
      paused: () => {
        stage.schedule();
        stage.tell(stage.state);
      },
    });
    const speed = (i) => () => {
      stage.speed = i;
      stage.schedule();
    };
    this.speeds = w.speeds.map((name, i) => make("button", { type: "button", title: name, text: w.speed_marks[i], onclick: speed(i) }));
    this.reads = make("bdi", { class: "target", dir: "auto" });
    this.predicts = make("bdi", { class: "target strong", dir: "auto" });
    this.chance = make("span", { class: "chance" });
    const presentButton = stage.presentation.newButton();
    this.statement = make(
      "p",
      { class: "statement" },
      this.transport.text,
      make("span", { class: "pair" }, make("span", { text: w.reads }), this.reads),
      make("span", { class: "pair" }, make("span", { text: `→ ${w.predicts}` }), this.predicts, this.chance),
    );
    const still = !stage.weights.T; // of an encoder alone there are no steps
    this.statement.hidden = still;
    const pace = segments(w.speed, this.speeds);
    this.guessButton = stage.button("guess_alt", () => stage.change({ guess: !stage.state.guess }), w.guess, { class: "toggle" });
    this.turnButton = stage.button("turn_alt", () => stage.turnOver(), w.turn, { class: "toggle" });
    const tools = [
      this.guessButton,
      this.turnButton,
      stage.button("svg_alt", () => stage.download("svg"), w.svg, { class: "toggle" }),
      stage.button("png_alt", () => stage.download("png"), w.png, { class: "toggle" }),
      stage.button("slide_alt", () => stage.download("slide"), w.slide, { class: "toggle" }),
      stage.button("notes_alt", () => stage.notes.open(), w.notes, { class: "toggle" }),
      header.page && stage.button("theme", () => stage.switchTheme(), icon("theme"), { class: "icon" }),
      stage.button("help", () => stage.help.showModal(), "?", { class: "icon letter" }),
    ];
    this.element = make(
      "div",
      { class: "row transport" },
      this.transport.buttons,
      this.transport.slider,
      pace,
      make("span", { class: "space" }),
      ...tools,
      stage.more.element,
      presentButton,
    );
    for (const part of [this.transport.buttons, this.transport.slider, pace, this.guessButton]) part.hidden = still;
    stage.more.add(this.element, [presentButton, pace, ...tools]);
  }

  paint() {
    const { header, words: w, state, speed, selection } = this.stage;
    const { step } = state;
    const known = selection.shown > SHOWN.nothing;
    const piece = known ? surface(header.output[step]) : "?";
    const text = fill(w.step_of, { step: step + 1, steps: this.transport.last + 1 });
    this.transport.paint(text, `${text}: ${piece}`);
    setText(this.reads, surface(header.input[step]));
    setText(this.predicts, piece);
    setText(this.chance, known && header.chosen.length ? `p = ${chance(header.chosen[step])}` : "");
    setPressed(this.guessButton, state.guess);
    setPressed(this.turnButton, this.stage.turn.isBefore);
    this.turnButton.disabled = !this.stage.turn.other;
    this.speeds.forEach((button, i) => setPressed(button, i === speed));
  }
}
