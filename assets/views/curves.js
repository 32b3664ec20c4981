// Curves over one axis, drawn at once: a figure's lines without the library of charts, which takes a second to be read in.
//
// It gets the lines as core/plots made them (pages/ui/curves.py): numbers, names, colours, dashes and sizes of markers.

import { axesOf, curvesSheet, drawCurves, drawPointer, drawSample } from "./curves/drawing.js";
import { make, setText, SVG } from "./kit/dom.js";
import { fill, number, significant } from "./kit/format.js";
import { Recorder } from "./kit/paper.js";
import { mount, View } from "./kit/view.js";

/** Show what was recorded in an SVG element. */
function show(svg, recorder, width, height) {
  const drawn = new DOMParser().parseFromString(recorder.svg(width, height, null), "image/svg+xml").documentElement;
  for (const { name, value } of drawn.attributes) svg.setAttribute(name, value);
  svg.replaceChildren(...drawn.childNodes);
}

/** @extends {View<import("./kit/payloads.js").CurvesHeader, typeof import("./curves.json").en>} */
class Curves extends View {
  take({ header }) {
    const { series, title } = header;
    this.at = null;
    this.places = [...new Set(series.flatMap(({ x }) => x).filter(Number.isInteger))].sort((a, b) => a - b);
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("role", "img");
    this.svg.setAttribute("aria-label", title);
    this.svg.onpointermove = (event) => this.point(event.clientX - this.svg.getBoundingClientRect().left);
    this.svg.onpointerleave = () => this.point(null);
    this.readout = make("p", { class: "readout", text: "\u00a0" });
    const legend = series.length > 1 && make("p", { class: "legend", "aria-hidden": "true" }, ...series.map((line) => this.entry(line)));
    const file = this.button("svg", () => this.download(), "SVG", { class: "file" });
    this.root = make(
      "div",
      { class: "hl curves", lang: header.language === "zh" ? "zh-Hans" : "en" },
      make("div", { class: "above" }, legend || make("span"), file),
      this.svg,
      this.readout,
    );
  }

  /** A line of the legend: its look and its name. */
  entry(line) {
    const sample = document.createElementNS(SVG, "svg");
    const recorder = new Recorder("");
    drawSample(recorder, line, 1, 4);
    show(sample, recorder, 30, 8);
    return make("span", {}, sample, make("bdi", { text: line.name }));
  }

  layout() {
    this.width = Math.max(200, this.frame.clientWidth);
    this.height = this.header.height - 36; // of the figure's height the legend and the readout take their part
    this.axes = axesOf(this.header, this.width, this.height);
    this.schedule();
  }

  // --- Pointing

  /** Choose the whole number next to a place on screen; null for none. */
  point(x) {
    const { left, right } = this.axes.box;
    const [low, high] = this.axes.xRange;
    const value = low + ((x - left) / (right - left)) * (high - low);
    const at = x === null ? null : this.places.reduce((best, place) => (Math.abs(place - value) < Math.abs(best - value) ? place : best), this.places[0] ?? null);
    if (at === this.at) return;
    this.at = at;
    this.schedule();
  }

  /** Each line's value at a place. */
  values(place) {
    return this.header.series.map((line) => ({ ...line, value: line.y[line.x.indexOf(place)] })).filter(({ value }) => value !== undefined);
  }

  // --- Painting

  paint() {
    if (!this.axes) return;
    const recorder = new Recorder(this.fonts);
    drawCurves(recorder, this.header, this.axes, this);
    const found = this.at === null ? [] : this.values(this.at);
    if (this.at !== null) drawPointer(recorder, this.axes, this.at, found, this.palette);
    show(this.svg, recorder, this.width, this.height);
    const values = found.map(({ name, value }) => (found.length > 1 ? `${name} = ${number(value, 3)}` : number(value, 3))).join(", ");
    setText(this.readout, found.length ? fill(this.words.read, { axis: this.header.x, x: significant(this.at, 6), values }) : "\u00a0");
  }

  /** The picture as a file, with its legend below it. */
  download() {
    const { paper, width, height } = curvesSheet(this.header, this.width, this.height, this.assets.palette, this.palette);
    paper.save("svg", this.header.file, width, height);
  }
}

export default function view(component, assets) {
  return mount(Curves, component, assets);
}
