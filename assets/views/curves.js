// Curves over one axis, drawn at once: a figure's lines without the library of charts, which takes a second to be read in.
//
// It gets the lines as core/plots made them (pages/ui/curves.py): numbers, names, colours, dashes and sizes of markers.

import { clamp, make, range, save, setText, SVG } from "./kit/dom.js";
import { fill, number, significant } from "./kit/format.js";
import { mount, View } from "./kit/view.js";

const DASHES = { solid: "", dot: "1.5 5", dash: "8 6" };
const LABEL = 14; // pixels: the least that is read from the back of a hall

/** Round numbers from low to high, about `count` of them. */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((size) => size * unit >= rough) * unit;
  const first = Math.ceil(low / step - 1e-9);
  return range(Math.floor(high / step + 1e-9) - first + 1).map((i) => (first + i) * step);
}

/** Where a value of [low, high] stands between the pixels of the two ends. */
export const along = (value, [low, high], from, to) => from + ((value - low) / (high - low)) * (to - from);

export class Curves extends View {
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
    const file = this.button("svg", () => this.save(), "SVG", { class: "file" });
    this.root = make(
      "div",
      { class: "hl curves", lang: header.language === "zh" ? "zh-Hans" : "en" },
      make("div", { class: "above" }, legend || make("span"), file),
      this.svg,
      this.readout,
    );
  }

  /** A line of the legend: its look and its name. */
  entry({ name, colour, dash }) {
    const sample = document.createElementNS(SVG, "svg");
    sample.setAttribute("viewBox", "0 0 30 8");
    this.add(sample, "path", { d: "M1 4H29", stroke: colour, "stroke-width": 3, "stroke-dasharray": DASHES[dash], fill: "none" });
    return make("span", {}, sample, make("bdi", { text: name }));
  }

  add(parent, tag, attributes, text) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  }

  // --- The scales

  layout() {
    const { series, y, x, height } = this.header;
    this.width = Math.max(200, this.frame.clientWidth);
    this.height = height - 36; // of the figure's height the legend and the readout take their part
    const spread = (values) => [Math.min(...values), Math.max(...values)];
    const values = series.flatMap((line) => line.y);
    const [low, high] = spread(values.length ? values : [0, 1]);
    const room = (high - low || 1) * 0.06;
    this.yRange = y.range ?? [low >= 0 ? 0 : low - room, high + room];
    const all = series.flatMap((line) => line.x);
    this.xRange = all.length ? spread(all) : [0, 1];
    if (this.xRange[0] === this.xRange[1]) this.xRange[1] += 1;
    this.yTicks = y.ticks ?? ticks(...this.yRange, 5);
    const longest = Math.max(...this.yTicks.map((value) => significant(value, 6).length));
    this.box = { left: 10 + longest * LABEL * 0.62, right: this.width - 14, top: 8, bottom: this.height - LABEL * 2 - (x ? LABEL * 1.6 : 0) };
    this.schedule();
  }

  px(value) {
    return along(value, this.xRange, this.box.left, this.box.right);
  }

  py(value) {
    return along(value, this.yRange, this.box.bottom, this.box.top);
  }

  // --- Pointing

  point(x) {
    const { left, right } = this.box;
    const [low, high] = this.xRange;
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
    if (!this.box) return;
    this.svg.replaceChildren();
    this.draw(this.svg, this.palette);
    const found = this.at === null ? [] : this.values(this.at);
    const values = found.map(({ name, value }) => (found.length > 1 ? `${name} = ${number(value, 3)}` : number(value, 3))).join(", ");
    setText(this.readout, found.length ? fill(this.words.read, { axis: this.header.x, x: significant(this.at, 6), values }) : "\u00a0");
    if (this.at === null) return;
    const x = this.px(this.at);
    this.add(this.svg, "line", { x1: x, x2: x, y1: this.box.top, y2: this.box.bottom, stroke: this.palette.muted, "stroke-width": 1 });
    for (const { value, colour } of found) this.add(this.svg, "circle", { cx: x, cy: this.py(value), r: 5, fill: colour });
  }

  draw(svg, palette) {
    const { left, right, top, bottom } = this.box;
    const text = (x, y, anchor, content) => this.add(svg, "text", { x, y, "text-anchor": anchor, fill: palette.text, "font-size": LABEL }, content);
    const line = (x1, y1, x2, y2) => this.add(svg, "line", { x1, y1, x2, y2, stroke: palette.border, "stroke-width": 1 });
    for (const [name, value] of Object.entries({ width: this.width, height: this.height, viewBox: `0 0 ${this.width} ${this.height}`, "font-family": this.fonts })) svg.setAttribute(name, value);
    line(left, top, left, bottom);
    line(left, bottom, right, bottom);
    if (this.yRange[0] < 0) line(left, this.py(0), right, this.py(0));
    if (this.xRange[0] < 0) line(this.px(0), top, this.px(0), bottom);
    for (const value of this.yTicks) text(left - 6, this.py(value) + LABEL * 0.35, "end", significant(value, 6));
    for (const value of ticks(...this.xRange, clamp((right - left) / 60, 2, 8))) text(this.px(value), bottom + LABEL * 1.4, "middle", significant(value, 6));
    if (this.header.x) text((left + right) / 2, this.height - LABEL * 0.5, "middle", this.header.x);
    for (const { x, y, colour, dash, width, sizes } of this.header.series) {
      const d = x.map((value, i) => `${i ? "L" : "M"}${this.px(value).toFixed(1)} ${this.py(y[i]).toFixed(1)}`).join("");
      this.add(svg, "path", { d, fill: "none", stroke: colour, "stroke-width": width, "stroke-dasharray": DASHES[dash], "stroke-linejoin": "round", "stroke-linecap": "round" });
      x.forEach((value, i) => sizes?.[i] && this.add(svg, "circle", { cx: this.px(value).toFixed(1), cy: this.py(y[i]).toFixed(1), r: sizes[i] / 2, fill: colour }));
    }
  }

  /** The picture as a file, with its legend below it. */
  save() {
    const svg = document.createElementNS(SVG, "svg");
    this.draw(svg, this.palette);
    const { series, file } = this.header;
    const below = series.length > 1 ? 30 : 0;
    svg.setAttribute("height", this.height + below);
    svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height + below}`);
    const ground = this.add(svg, "rect", { width: "100%", height: "100%", fill: this.palette.background });
    svg.prepend(ground);
    if (below) {
      const wide = (this.width - 20) / series.length;
      series.forEach(({ name, colour, dash }, i) => {
        const [x, y] = [10 + i * wide, this.height + 14];
        this.add(svg, "path", { d: `M${x} ${y}h28`, stroke: colour, "stroke-width": 3, "stroke-dasharray": DASHES[dash] });
        this.add(svg, "text", { x: x + 34, y: y + LABEL * 0.35, fill: this.palette.text, "font-size": LABEL }, name);
      });
    }
    save(new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" }), `${file}.svg`);
  }
}

export default function view(component, assets) {
  return mount(Curves, component, assets);
}
