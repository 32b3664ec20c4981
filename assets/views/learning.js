// A training that goes on: its curves, and the attention and the predictions of one example at a moment that is chosen.
//
// It gets all measurements so far (pages/training/picture.py), each second anew while the training runs. The moment that a
// visitor has chosen stays chosen; otherwise it is the newest one.

import { axesOf } from "./curves/axes.js";
import { drawCurves, drawPointer } from "./curves/drawing.js";
import { clamp, make, range, setAttribute, setPressed, setText, SVG } from "./kit/dom.js";
import { fill, number, surface } from "./kit/format.js";
import { Recorder } from "./kit/paper.js";
import { floats, unpack } from "./kit/trace.js";
import { mount, View } from "./kit/view.js";

/**
 * The body holds for each moment cross-attention (layers, heads, T, S) and probabilities (T, V), as float32.
 * @typedef {import("./kit/payloads.js").Visit & {
 *   id: string,
 *   title: string,
 *   source: string[],
 *   inputs: string[],
 *   target: string[],
 *   vocabulary: string[],
 *   layers: number,
 *   heads: number,
 *   steps: number,
 *   measured: number,
 *   reversing: boolean,
 *   state_text: string,
 *   lines: {step: number[], loss: number[], accuracy: number[]},
 *   moments: {step: number, loss: number, accuracy: number}[],
 * }} LearningHeader
 */

/** @typedef {{heads: number, rows: number, columns: number}} MapSize heads, T and S */

const CHART = { usual: 118, wide: 178 }; // pixels high, each of the two
const WIDE = 1500; // pixels: from here on all is larger
const NUMBERED = 34; // pixels: from here on a cell has room for its number
const SHOWN = 11; // bars: the pieces with the largest probability, and the target
const NEVER = 3; // ids of <pad>, <unk> and <s>, which are no target

/** The average of several heads' weights, (T, S).
 *  @param {ArrayLike<number>} weights (layers, heads, T, S)
 *  @param {MapSize} size
 *  @param {number} layer
 *  @param {number[]} heads */
export function averaged(weights, { heads: H, rows: T, columns: S }, layer, heads) {
  const size = T * S;
  return Float32Array.from({ length: size }, (_, at) => heads.reduce((sum, head) => sum + weights[(layer * H + head) * size + at], 0) / heads.length);
}

/** The mean weight on the anti-diagonal: of the query that predicts symbol t on symbol n - 1 - t, over the n symbols.
 *  @param {ArrayLike<number>} weights (T, S), n symbols and </s> on both sides
 *  @param {Pick<MapSize, "rows" | "columns">} size */
export function antiDiagonal(weights, { rows: T, columns: S }) {
  const n = T - 1;
  return range(n).reduce((sum, t) => sum + weights[t * S + n - 1 - t], 0) / n;
}

/** The ids of the bars of a position, in the order of the vocabulary: the target's, and those with the largest probability.
 *  @param {ArrayLike<number>} probabilities (V,)
 *  @param {number} target */
export function barsOf(probabilities, target, count = SHOWN) {
  const others = range(probabilities.length).filter((id) => id >= NEVER && id !== target);
  others.sort((a, b) => probabilities[b] - probabilities[a] || a - b);
  return [target, ...others.slice(0, count - 1)].sort((a, b) => a - b);
}

/** The recorded moment next to a step.
 *  @param {{step: number}[]} moments */
export function nearest(moments, step) {
  return moments.reduce((best, moment, i) => (Math.abs(moment.step - step) < Math.abs(moments[best].step - step) ? i : best), 0);
}

/** @extends {View<LearningHeader, typeof import("./learning.json").en>} */
class Learning extends View {
  async read(bytes) {
    const { header, body } = unpack(bytes);
    return { header, numbers: floats(body) };
  }

  take({ header, numbers }) {
    this.numbers = numbers;
    if (this.isNew) {
      this.moment = null; // the newest
      this.layer = header.layers - 1;
      this.position = 0;
      this.head = null; // the average
    }
    this.size = { heads: header.heads, rows: header.target.length, columns: header.source.length };
    const shape = JSON.stringify([header.source, header.target, header.layers, header.language]);
    if (shape === this.shape && !this.isNew) return; // the elements stay: a slider that is held keeps being held
    this.shape = shape;
    this.build();
  }

  build() {
    const { header, words: w } = this;
    this.charts = ["accuracy", "loss"].map((name) => this.chart(name));
    this.slider = make("input", {
      type: "range", min: 0, max: 1, step: 1, "aria-label": w.moment,
      oninput: () => this.choose(Number(this.slider.value)),
      onkeydown: (event) => event.stopPropagation(),
    });
    this.at = make("span", { class: "at" });
    this.newest = make("button", { type: "button", class: "newest", text: w.newest, onclick: () => this.choose(null) });
    this.layerButtons = range(header.layers).map((layer) => make("button", { type: "button", text: String(layer + 1), onclick: () => this.show({ layer }) }));
    this.heads = range(header.heads).map((head) => this.smallMap(head));
    this.map = this.largeMap();
    this.bars = make("tbody");
    this.barsTitle = make("p", { class: "title" });
    this.finding = make("span");
    this.progress = make("span", { class: "progress", "aria-live": "polite" });
    this.rest = make("p", { class: "key muted" });
    this.root = make(
      "div",
      { class: "hl learning", role: "group", "aria-label": header.title, lang: header.language === "zh" ? "zh-Hans" : "en" },
      make("p", { class: "finding" }, this.progress, " ", this.finding),
      make(
        "div",
        { class: "columns" },
        make("div", { class: "curves-part" }, ...this.charts.map(({ box }) => box), make("div", { class: "line controls" }, make("span", { text: w.moment }), this.slider, this.at, this.newest)),
        make(
          "div",
          { class: "maps" },
          make("div", { class: "line" }, make("span", { class: "title", text: w.cross }), make("span", { text: w.layer }), make("span", { class: "layers", role: "group", "aria-label": w.layer }, ...this.layerButtons)),
          this.map.table,
          make("div", { class: "heads" }, ...this.heads.map(({ button }) => button)),
        ),
        make("div", { class: "predicted" }, this.barsTitle, make("table", { class: "bars" }, this.bars), this.rest),
      ),
    );
  }

  // --- Curves

  chart(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", this.words[name]);
    const point = (event) => {
      const { axes } = this.charts.find((chart) => chart.svg === svg);
      const { left, right } = axes.box;
      const x = event.clientX - svg.getBoundingClientRect().left;
      const [low, high] = axes.xRange;
      this.choose(nearest(this.header.moments, low + ((x - left) / (right - left)) * (high - low)));
    };
    svg.onpointerdown = point;
    svg.onpointermove = (event) => event.buttons && point(event);
    const value = make("span", { class: "value" });
    return { name, svg, value, axes: null, box: make("div", { class: "chart" }, make("p", { class: "title" }, make("span", { text: this.words[name] }), value), svg) };
  }

  /** The figure's lines as assets/views/curves draws them.
   *  @returns {import("./curves/payloads.js").CurvesHeader} */
  figure(name) {
    const { steps, lines } = this.header;
    /** @type {import("./curves/payloads.js").Curve} */
    const line = { name: "", x: lines.step, y: lines[name], colour: this.palette[name === "loss" ? "accent" : "primary"], dash: "solid", width: 2.5, legend: false, sizes: null, symbols: null, texts: null, told: null, below: null };
    const axis = { title: "", log: false, zero: false, range: null, ticks: null, labels: null };
    const most = Math.max(1, ...lines[name]);
    return {
      ...this.header, file: name, height: this.chartHeight, square: false, bare: false, x: axis, y: name === "loss" ? { ...axis, range: [0, most] } : { ...axis, range: [0, 1], ticks: [0, 0.5, 1] }, bands: [], places: [],
      series: [line, { ...line, x: [0, 1.04 * steps], y: [0, 0], width: 0 }], // the axis of steps has its whole length from the start
    };
  }

  paintChart(chart) {
    const figure = this.figure(chart.name);
    const width = Math.max(200, chart.box.clientWidth);
    chart.axes = axesOf(figure, width, this.chartHeight);
    const recorder = new Recorder(this.fonts);
    const real = { ...figure, series: figure.series.slice(0, 1) };
    drawCurves(recorder, real, chart.axes, this);
    const value = this.current[chart.name];
    drawPointer(recorder, chart.axes, this.current.step, [{ y: value, colour: figure.series[0].colour }], this.palette);
    recorder.show(chart.svg, width, this.chartHeight);
    setText(chart.value, chart.name === "loss" ? number(value, 3) : `${Math.round(100 * value)} %`);
  }

  // --- Maps

  largeMap() {
    const { source, target, inputs } = this.header;
    const cells = [];
    const rows = target.map((piece, t) => {
      const row = source.map((key) => make("td", { title: `${surface(piece)} → ${surface(key)}` }));
      cells.push(...row);
      const name = make("button", { type: "button", onclick: () => this.show({ position: t }) }, make("bdi", { class: "reads", text: surface(inputs[t]) }), make("span", { class: "muted", text: " → " }), make("bdi", { text: surface(piece) }));
      return make("tr", {}, make("th", { scope: "row" }, name), ...row);
    });
    const head = make("tr", {}, make("td", { class: "corner", text: this.words.corner }), ...source.map((key) => make("th", { scope: "col" }, make("bdi", { text: surface(key) }))));
    return { rows, cells, table: make("table", { class: source.length > 6 ? "map" : "map few" }, make("thead", {}, head), make("tbody", {}, ...rows)) };
  }

  smallMap(head) {
    const canvas = make("canvas", { width: this.size.columns, height: this.size.rows, "aria-hidden": "true" });
    const button = make("button", { type: "button", title: fill(this.words.only, { head: head + 1 }), onclick: () => this.show({ head: this.head === head ? null : head }) }, canvas, make("span", { text: fill(this.words.head, { head: head + 1 }) }));
    return { head, canvas, button };
  }

  paintMap(weights) {
    this.map.cells.forEach((cell, at) => {
      const shade = Math.round(255 * clamp(weights[at], 0, 1));
      cell.style.background = this.table.css[shade];
      cell.style.color = this.table.ink[shade];
      setText(cell, number(weights[at]));
    });
    this.map.rows.forEach((row, t) => row.classList.toggle("chosen", t === this.position));
  }

  paintSmall({ head, canvas, button }) {
    const { rows, columns } = this.size;
    const weights = averaged(this.cross, this.size, this.layer, [head]);
    const pixels = new ImageData(columns, rows);
    const packed = new Uint32Array(pixels.data.buffer);
    weights.forEach((weight, at) => (packed[at] = this.table.packed[Math.round(255 * clamp(weight, 0, 1))]));
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    setPressed(button, this.head === head);
  }

  // --- Predictions

  paintBars() {
    const { vocabulary, target, inputs } = this.header;
    const V = vocabulary.length;
    const probabilities = this.probabilities.subarray(this.position * V, (this.position + 1) * V);
    const right = vocabulary.indexOf(target[this.position]);
    setText(this.barsTitle, fill(this.words.bars, { reads: surface(inputs[this.position]), target: surface(target[this.position]) }));
    const shown = barsOf(probabilities, right);
    setText(this.rest, fill(this.words.key, { rest: number(1 - shown.reduce((sum, id) => sum + probabilities[id], 0)) }));
    this.bars.replaceChildren(
      ...shown.map((id) => {
        const p = probabilities[id];
        const bar = make("span", { class: "bar", style: `width: ${100 * p}%` });
        return make(
          "tr",
          { class: id === right ? "right" : "" },
          make("th", { scope: "row" }, make("bdi", { text: surface(vocabulary[id]) })),
          make("td", {}, make("span", { class: "track" }, id === right && make("span", { class: "wanted" }), bar)),
          make("td", { class: "number", text: number(p) }),
        );
      }),
    );
    return probabilities[right];
  }

  // --- What is chosen

  /** @param {number | null} moment null for the newest */
  choose(moment) {
    this.moment = moment;
    this.schedule();
  }

  /** @param {{layer?: number, position?: number, head?: number | null}} chosen */
  show(chosen) {
    Object.assign(this, chosen);
    this.schedule();
  }

  layout() {
    const width = this.frame.clientWidth;
    this.root.classList.toggle("narrow", width < 820);
    this.root.classList.toggle("wide", width >= WIDE);
    this.chartHeight = width >= WIDE ? CHART.wide : CHART.usual;
    this.root.classList.toggle("tight", this.map.cells[0].clientWidth < NUMBERED);
    this.schedule();
  }

  paint() {
    const { header, words: w, size } = this;
    const last = header.moments.length - 1;
    const at = Math.min(this.moment ?? last, last);
    const [crossSize, ownSize] = [header.layers * size.heads * size.rows * size.columns, size.rows * header.vocabulary.length];
    const start = at * (crossSize + ownSize);
    this.current = header.moments[at];
    this.cross = this.numbers.subarray(start, start + crossSize);
    this.probabilities = this.numbers.subarray(start + crossSize, start + crossSize + ownSize);
    this.charts.forEach((chart) => this.paintChart(chart));
    setAttribute(this.slider, "max", Math.max(1, last));
    this.slider.value = String(at);
    setText(this.progress, header.state_text);
    setText(this.at, fill(w.step, { step: this.current.step.toLocaleString("en") }));
    setAttribute(this.slider, "aria-valuetext", this.at.textContent);
    this.newest.disabled = this.moment === null;
    const chosen = this.head === null ? range(size.heads) : [this.head];
    const weights = averaged(this.cross, size, this.layer, chosen);
    this.paintMap(weights);
    this.heads.forEach((map) => this.paintSmall(map));
    this.layerButtons.forEach((button, layer) => setPressed(button, layer === this.layer));
    const p = this.paintBars();
    const values = {
      step: this.current.step.toLocaleString("en"), right: Math.round(this.current.accuracy * header.measured), count: header.measured,
      p: number(p), target: surface(header.target[this.position]), position: this.position + 1,
      diagonal: number(100 * antiDiagonal(weights, size), 0), even: number(100 / size.columns, 0), layer: this.layer + 1,
    };
    setText(this.finding, fill(header.reversing ? w.found_reverse : w.found_pairs, values));
  }
}

export default function view(component, assets) {
  return mount(Learning, component, assets);
}
