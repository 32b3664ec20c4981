// The first picture: a sentence, its translation, and for one word at a time what it was read from.
//
// It goes from word to word by itself until somebody points at one or pauses it, and only while it is on the screen. For
// visitors who asked for less motion it starts paused.

import { make, range, setPressed, setText } from "./kit/dom.js";
import { fill, number } from "./kit/format.js";
import { mount, View } from "./kit/view.js";

const STAY = 2200; // milliseconds a word stays in the light
const SKY = 96; // pixels between the two lines

/** @extends {View<import("./kit/payloads.js").HomeHeader, typeof import("./home.json").en>} */
class Home extends View {
  take({ header }) {
    this.now = header.row;
    this.sources = header.source.map((word) => make("span", { class: "chip source" }, make("bdi", { text: word })));
    this.targets = header.output.map((word, i) => {
      const button = make("button", { type: "button", class: "chip target" }, make("bdi", { text: word }));
      button.onclick = button.onpointerenter = button.onfocus = () => this.hold(i);
      return button;
    });
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.finding = make("p", { class: "home-finding" });
    this.playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.toggle = make("button", { type: "button", class: "toggle", onclick: () => this.play(!this.playing) });
    this.root = make(
      "div",
      { class: "hl home", role: "group", "aria-label": header.title, lang: header.language === "zh" ? "zh-Hans" : "en" },
      make("div", { class: "home-line" }, ...this.sources),
      this.canvas,
      make("div", { class: "home-line" }, ...this.targets),
      make("div", { class: "home-foot" }, this.finding, this.toggle),
    );
    this.root.onpointerleave = () => this.go();
    this.watcher?.disconnect();
    this.watcher = new IntersectionObserver(([entry]) => {
      this.onScreen = entry.isIntersecting;
      this.go();
    });
    this.watcher.observe(this.root);
    this.play(this.playing);
    this.update();
  }

  play(playing) {
    this.playing = playing;
    const { words: w } = this;
    setText(this.toggle, playing ? w.pause : w.play);
    this.go();
  }

  /** From word to word, until somebody holds one. */
  go() {
    clearInterval(this.timer);
    if (!this.playing || !this.onScreen) return;
    this.timer = setInterval(() => {
      this.now = (this.now + 1) % this.header.output.length;
      this.update();
    }, STAY);
  }

  hold(row) {
    clearInterval(this.timer);
    this.now = row;
    this.update();
  }

  destroy() {
    clearInterval(this.timer);
    this.watcher?.disconnect();
    super.destroy();
  }

  update() {
    const { output, source, weights } = this.header;
    const row = weights[this.now];
    const most = row.indexOf(Math.max(...row));
    this.targets.forEach((button, i) => {
      button.classList.toggle("now", i === this.now);
      setPressed(button, i === this.now);
    });
    this.sources.forEach((label, i) => label.classList.toggle("glow", row[i] >= 0.15));
    this.sources.forEach((label, i) => (label.style.borderWidth = i === most ? "3px" : ""));
    setText(this.finding, fill(this.words.reads, { word: output[this.now], from: source[most], weight: number(row[most]) }));
    this.schedule();
  }

  paint() {
    const width = this.frame.clientWidth;
    this.sizeCanvas(this.canvas, width, SKY);
    const context = this.context(this.canvas);
    const left = this.canvas.getBoundingClientRect().left;
    const middle = (element) => {
      const box = element.getBoundingClientRect();
      return box.left - left + box.width / 2;
    };
    context.lineCap = "round";
    const rows = range(this.targets.length).sort((a, b) => Number(a === this.now) - Number(b === this.now)); // the one in the light on top
    for (const i of rows) {
      this.header.weights[i].forEach((weight, j) => {
        if (weight < 0.02) return;
        const [x1, x2] = [middle(this.sources[j]), middle(this.targets[i])];
        const light = i === this.now;
        context.strokeStyle = light ? this.palette.primary : this.palette.border;
        context.globalAlpha = light ? 0.35 + 0.65 * weight : 0.7;
        context.lineWidth = light ? 1 + 13 * weight : 1 + 3 * weight;
        context.beginPath();
        context.moveTo(x1, 0);
        context.bezierCurveTo(x1, SKY * 0.5, x2, SKY * 0.5, x2, SKY);
        context.stroke();
      });
    }
    context.globalAlpha = 1;
  }
}

export default function view(component, assets) {
  return mount(Home, component, assets);
}
