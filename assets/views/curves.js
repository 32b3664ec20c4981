// Curves over one axis, drawn at once: a figure's lines without the library of charts, which takes a second to be read in.
//
// It gets the lines as core/plots made them (pages/ui/curves.py): numbers, names, colours, dashes and sizes of markers.

import { axesOf } from "./curves/axes.js";
import { curvesSheet, drawCurves, drawPointer, drawSample, sampleWidth } from "./curves/drawing.js";
import { make, setText, SVG } from "./kit/dom.js";
import { fill, number, significant } from "./kit/format.js";
import { Recorder } from "./kit/paper.js";
import { mount, View } from "./kit/view.js";

/** @extends {View<import("./curves/payloads.js").CurvesHeader, typeof import("./curves.json").en>} */
class Curves extends View {
  take({ header }) {
    const { series, title } = header;
    this.at = null;
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("role", "img");
    this.svg.setAttribute("aria-label", title);
    this.svg.onpointermove = (event) => this.point((event.clientX - this.svg.getBoundingClientRect().left) / this.scale);
    this.svg.onpointerleave = () => this.point(null);
    this.readout = make("p", { class: "readout", text: "\u00a0" });
    const named = series.filter((line) => line.legend);
    const legend = named.length > 1 && make("p", { class: "legend", "aria-hidden": "true" }, ...named.map((line) => this.entry(line)));
    const file = this.button("svg", () => this.download(), "SVG", { class: "file" });
    this.root = make(
      "div",
      { class: "hl plotted curves", lang: header.language === "zh" ? "zh-Hans" : "en" },
      make("div", { class: !legend && header.y.title ? "above beside" : "above" }, legend || make("span"), file),
      this.svg,
      this.readout,
    );
  }

  /** A line of the legend: its look and its name. */
  entry(line) {
    const sample = document.createElementNS(SVG, "svg");
    const recorder = new Recorder("");
    drawSample(recorder, line, 1, 8);
    recorder.show(sample, sampleWidth(line) + 2, 16);
    return make("span", {}, sample, make("bdi", { text: line.name }));
  }

  layout() {
    this.scale = this.typeScale();
    this.width = Math.max(200, this.frame.clientWidth / this.scale);
    this.height = this.header.height - 36; // of the figure's height the legend and the readout take their part
    this.axes = axesOf(this.header, this.width, this.height);
    this.schedule();
  }

  // --- Pointing

  /** Choose the place next to one on screen; null for none. */
  point(x) {
    const { px } = this.axes;
    const { places } = this.header;
    const at = x === null ? null : places.reduce((best, place) => (Math.abs(px(place) - x) < Math.abs(px(best) - x) ? place : best), places[0] ?? null);
    if (at === this.at) return;
    this.at = at;
    this.schedule();
  }

  /** Each line's point at a place, and what is told of it. */
  values(place) {
    return this.header.series
      .map((line) => ({ ...line, i: line.x.indexOf(place) }))
      .filter(({ i }) => i >= 0)
      .map((line) => ({ ...line, y: line.y[line.i], value: line.told?.[line.i] ?? number(line.y[line.i], 3) }));
  }

  /** The name of a place on the x axis: that of the tick next to it, or its number. */
  place(at) {
    const { ticks, labels } = this.header.x;
    if (!labels) return significant(at, 6);
    return labels[ticks.reduce((best, tick, i) => (Math.abs(tick - at) < Math.abs(ticks[best] - at) ? i : best), 0)];
  }

  // --- Painting

  paint() {
    if (!this.axes) return;
    const recorder = new Recorder(this.fonts);
    drawCurves(recorder, this.header, this.axes, this);
    const found = this.at === null ? [] : this.values(this.at);
    if (this.at !== null) drawPointer(recorder, this.axes, this.at, found, this.palette);
    recorder.show(this.svg, this.width, this.height, this.scale);
    const told = found.filter(({ value }) => value);
    const values = told.map(({ name, value }) => (this.header.series.length > 1 ? `${name} = ${value}` : value)).join(", ");
    setText(this.readout, told.length ? fill(this.words.read, { axis: this.header.x.title, x: this.place(this.at), values }).trim() : "\u00a0");
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
