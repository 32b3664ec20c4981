// First, previous, play, next, last, and a slider: how a visitor goes through steps.

import { clamp, icon, make, setAttribute, setText } from "./dom.js";

export class Transport {
  /** @param {{words: any, button: Function}} view whose words and buttons these are
   *  @param {object} steps
   *  @param {number} steps.last the last step; the first is 0
   *  @param {() => number} steps.at the step that is shown
   *  @param {(step: number) => void} steps.show show a step, also while playing
   *  @param {() => number} steps.pace milliseconds a step takes while playing
   *  @param {() => void} steps.paused called where a visitor stops playing
   *  @param {() => void} [steps.onward] what the button for the next step does, if not that */
  constructor(view, { last, at, show, pace, paused, onward }) {
    const w = view.words;
    this.words = w;
    this.last = last;
    this.at = at;
    this.show = show;
    this.pace = pace;
    this.paused = paused;
    this.timer = null;
    const step = (name, to) => view.button(name, () => this.go(to()), icon(name), { class: "icon" });
    this.back = [step("first", () => 0), step("previous", () => at() - 1)];
    this.on = [view.button("next", onward ?? (() => this.go(at() + 1)), icon("next"), { class: "icon" }), step("last", () => last)];
    this.icons = { play: icon("play"), pause: icon("pause") };
    this.playButton = view.button("play", () => this.toggle(), this.icons.play, { class: "icon main" });
    this.buttons = make("div", { class: "buttons", role: "group", "aria-label": w.transport }, ...this.back, this.playButton, ...this.on);
    this.slider = make("input", {
      type: "range",
      min: 0,
      max: last,
      step: 1,
      "aria-label": w.step,
      oninput: () => this.go(Number(this.slider.value)),
      onkeydown: (event) => event.key !== "Escape" && event.stopPropagation(), // its keys are no one else's
    });
    this.text = make("span", { class: "step-text" });
  }

  get playing() {
    return this.timer !== null;
  }

  /** Show a step because a visitor asks for it: playing ends. */
  go(step) {
    this.stop();
    this.show(clamp(step, 0, this.last));
  }

  /** Play from here to the end, or from the beginning where this is the end; or pause. */
  toggle() {
    if (this.playing) {
      this.stop();
      this.paused();
      return;
    }
    const tick = (step) => {
      this.timer = step < this.last ? setTimeout(() => tick(step + 1), this.pace()) : null;
      this.show(step);
    };
    tick(this.at() >= this.last ? 0 : this.at() + 1);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  /** text: where it is, in words. spoken: the same for a screen reader, which may say more. */
  paint(text, spoken = text) {
    const at = this.at();
    if (Number(this.slider.value) !== at) this.slider.value = String(at);
    setText(this.text, text);
    setAttribute(this.slider, "aria-valuetext", spoken);
    for (const button of this.back) setAttribute(button, "aria-disabled", at === 0);
    for (const button of this.on) setAttribute(button, "aria-disabled", at === this.last);
    const state = this.playing ? "pause" : "play";
    if (this.playButton.firstChild === this.icons[state]) return;
    this.playButton.replaceChildren(this.icons[state]);
    this.playButton.title = this.words[state];
    setAttribute(this.playButton, "aria-label", this.words[state]);
  }
}
