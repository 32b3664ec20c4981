// For one query every key in a row, from the product q · k to the weighted value.

import { clamp, make, setPressed, setText } from "../kit/dom.js";
import { fill, number, surface } from "../kit/format.js";
import { paintPixels, signedShade } from "../kit/strip.js";
import { full, setFigure, symbol } from "./format.js";

export class KeyTable {
  /** @param {import("../inside.js").Inside} inside */
  constructor(inside) {
    this.inside = inside;
    const { header, words: w, d } = inside;
    const { temperature, ablation } = header;
    this.scale = temperature === 1 ? `√${d}` : `(√${d} × ${full(temperature)})`;
    this.divisor = Math.sqrt(d) * temperature;
    this.weightName = { zero: w.zero, uniform: w.uniform }[ablation] ?? w.softmax;
    const heads = this.buildHeads();
    this.queryStrip = this.strip("k", "qk");
    this.queryStrip.box.classList.add("of-q");
    this.queryName = make("bdi", { dir: "auto" });
    const queryLine = make(
      "div",
      { class: "line query", role: "row" },
      make("span", { class: "c-name name q", role: "rowheader" }, symbol("q"), this.queryName),
      this.queryStrip.box,
      make("span", { class: "root-of-d", role: "cell", text: `${this.scale} = ${number(this.divisor)}` }),
    );
    this.rows = header.keys.map((piece, key) => this.buildRow(piece, key));
    this.outputStrip = this.strip("weighted", "v");
    this.outputStrip.box.classList.add("of-output");
    this.weightSum = make("span", { class: "figure" });
    const outputLine = make(
      "div",
      { class: "line sum", role: "row" },
      make("span", { class: "c-weight", role: "cell" }, make("span", { class: "muted", text: "Σ" }), this.weightSum),
      make("span", { class: "c-v muted", role: "cell" }, "Σ ", symbol("α"), " × ", symbol("v"), ` = ${w.output}`),
      this.outputStrip.box,
    );
    this.element = make("div", { class: "keys", role: "table", "aria-label": w.table }, heads, queryLine, ...this.rows.map(({ line }) => line), outputLine);
  }

  buildHeads() {
    const { words: w, d } = this.inside;
    const explain = (name) => fill(w.explain[name], { d, scale: `${this.scale} = ${full(this.divisor)}` });
    const head = (name, ...content) => make("span", { class: `c-${name}`, role: "columnheader", title: explain(name) }, ...content);
    return make(
      "div",
      { class: "line heads", role: "row" },
      make("span", { class: "c-name", role: "columnheader", text: w.key }),
      head("k", symbol("k")),
      head("product", symbol("q"), " × ", symbol("k")),
      head("score", "Σ = ", symbol("q"), "·", symbol("k")),
      head("scaled", `÷ ${this.scale}`),
      head("masked", w.mask),
      head("weight", this.weightName, " = ", symbol("α")),
      head("trace", w.trace),
      head("v", symbol("v")),
      head("weighted", symbol("α"), " × ", symbol("v")),
    );
  }

  /** A vector as coloured pixels, whose dimensions can be pointed at. */
  strip(name, space) {
    const { inside } = this;
    const canvas = make("canvas", { "aria-hidden": "true" });
    const box = make("span", { class: `strip c-${name} ${space}`, role: "cell" }, canvas, make("span", { class: "mark" }));
    box.onpointermove = (event) => inside.point(this.dimensionAt(event, space));
    box.onpointerleave = () => inside.point(null);
    box.onclick = (event) => inside.hold(this.dimensionAt(event, space));
    return { box, canvas };
  }

  buildRow(piece, key) {
    const { inside } = this;
    const { header, words: w } = inside;
    const kind = header.key_specials.includes(key) ? "special" : header.key_side;
    const name = make(
      "button",
      { type: "button", class: `name ${kind}`, onclick: () => inside.chooseKey(key) },
      make("bdi", { dir: "auto", text: surface(piece) }),
    );
    const cell = (of, label) => make("span", { class: `number c-${of}`, role: "cell", "data-label": label });
    const [k, product] = [this.strip("k", "qk"), this.strip("product", "qk")];
    const [v, weighted] = [this.strip("v", "v"), this.strip("weighted", "v")];
    k.box.classList.add("of-k");
    v.box.classList.add("of-v");
    const score = cell("score", "Σ");
    const scaled = cell("scaled", `÷ ${this.scale}`);
    const masked = cell("masked", w.mask);
    const level = make("span", { class: "level" });
    const weight = make("span", { class: "figure" });
    const weightCell = make(
      "span",
      { class: "c-weight", role: "cell", "data-label": this.weightName },
      make("span", { class: "well", "aria-hidden": "true" }, level),
      weight,
    );
    const trace = cell("trace", w.trace);
    const line = make(
      "div",
      { class: "line key", role: "row", onclick: () => inside.key !== key && inside.chooseKey(key) },
      make("span", { class: "c-name", role: "rowheader" }, name),
      k.box,
      product.box,
      score,
      scaled,
      masked,
      weightCell,
      trace,
      v.box,
      weighted.box,
    );
    return { line, name, k, product, score, scaled, masked, level, weight, trace, v, weighted };
  }

  /** The dimension under the pointer, or null. */
  dimensionAt(event, space) {
    const box = event.currentTarget.getBoundingClientRect();
    const { per, lines } = this.shape;
    const column = clamp(Math.floor(((event.clientX - box.left) / box.width) * per), 0, per - 1);
    const line = clamp(Math.floor(((event.clientY - box.top) / box.height) * lines), 0, lines - 1);
    const at = line * per + column;
    return at < this.inside.d ? { space, at } : null;
  }

  /** @param {{per: number, lines: number}} shape of a strip: dimensions in a line, and how many lines */
  layout(shape) {
    this.shape = shape;
    this.painted = false;
  }

  paintStrip({ canvas }, values, limit) {
    const { per, lines } = this.shape;
    paintPixels(canvas, per, lines, this.inside.differences, (i) => (i < values.length ? signedShade(values[i], limit) : null));
  }

  paint() {
    const { numbers, query, header, shownKey } = this.inside;
    const { vectorLimit, productLimit, K } = numbers;
    setText(this.queryName, surface(header.rows[query]));
    this.paintStrip(this.queryStrip, numbers.row("q", query), vectorLimit);
    if (!this.painted) {
      // Keys and values are the same for all queries.
      this.rows.forEach((row, key) => {
        this.paintStrip(row.k, numbers.row("k", key), vectorLimit);
        this.paintStrip(row.v, numbers.row("v", key), vectorLimit);
      });
      this.painted = true;
    }
    this.rows.forEach((row, key) => {
      const at = query * K + key;
      const weight = numbers.weights[at];
      const recorded = numbers.trace[at];
      row.line.classList.toggle("masked", numbers.masked[at] === -Infinity);
      row.line.classList.toggle("chosen", key === shownKey);
      setPressed(row.name, key === shownKey);
      this.paintStrip(row.product, numbers.products(query, key), productLimit);
      this.paintStrip(row.weighted, numbers.weighted(query, key), vectorLimit);
      setFigure(row.score, numbers.scores[at]);
      setFigure(row.scaled, numbers.scaled[at]);
      setFigure(row.masked, numbers.masked[at]);
      setFigure(row.weight, weight);
      row.level.style.transform = `scaleX(${weight})`;
      setFigure(row.trace, recorded, Math.abs(weight - recorded) < 1e-5 ? "= " : "≠ ");
    });
    setFigure(this.weightSum, numbers.row("weights", query).reduce((sum, weight) => sum + weight, 0));
    this.paintStrip(this.outputStrip, numbers.row("output", query), vectorLimit);
  }

  /** Scroll the table, and nothing around it, until the chosen key is seen between query and output. */
  reveal() {
    const { element } = this;
    const box = element.getBoundingClientRect();
    const line = this.rows[this.inside.shownKey].line.getBoundingClientRect();
    const heightOf = (name) => element.querySelector(name).getBoundingClientRect().height;
    const [top, bottom] = [box.top + heightOf(".heads") + heightOf(".query"), box.bottom - heightOf(".sum")];
    if (line.top < top) element.scrollTop -= top - line.top;
    else if (line.bottom > bottom) element.scrollTop += line.bottom - bottom;
  }

  /** Mark the dimension in question on all strips of its kind. */
  paintDimension() {
    const { root, dimension } = this.inside;
    const { per, lines } = this.shape;
    for (const space of ["qk", "v"]) root.classList.toggle(`on-${space}`, dimension?.space === space);
    if (!dimension) return;
    root.style.setProperty("--mark-x", `${((dimension.at % per) / per) * 100}%`);
    root.style.setProperty("--mark-y", `${(Math.floor(dimension.at / per) / lines) * 100}%`);
    root.style.setProperty("--mark-height", `${100 / lines}%`);
  }
}
