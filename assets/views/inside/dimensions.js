// For one key all numbers in full, dimension by dimension: q, k and their products, or v, the weighted value and the output.

import { make, range, setPressed, setText } from "../kit/dom.js";
import { fill, number, signed, surface } from "../kit/format.js";
import { signedShade } from "../kit/strip.js";
import { full, setFigure, symbol } from "./format.js";

export class Dimensions {
  /** @param {import("../inside.js").Inside} inside */
  constructor(inside) {
    this.inside = inside;
    const { words: w } = inside;
    const part = (name, ...content) =>
      make("button", { type: "button", "aria-pressed": String(inside.part === name), onclick: () => inside.choosePart(name) }, ...content);
    this.partButtons = {
      products: part("products", symbol("q"), " × ", symbol("k")),
      values: part("values", symbol("α"), " × ", symbol("v")),
    };
    this.title = make("span", { class: "title" });
    this.sortButton = make("button", { type: "button", class: "toggle", text: w.largest_first, onclick: () => inside.toggleSorted() });
    this.cells = make("div", { class: "cells" });
    this.cells.onpointerleave = () => inside.point(null);
    this.readout = make("p", { class: "readout", role: "status" });
    this.element = make(
      "div",
      { class: "full" },
      make(
        "div",
        { class: "full-head" },
        make("div", { class: "parts", role: "group", "aria-label": w.parts }, ...Object.values(this.partButtons)),
        this.title,
        this.sortButton,
      ),
      this.cells,
      this.readout,
    );
  }

  /** Tables of numbers, as many lines as the width asks for.
   *  @param {{per: number, lines: number, shown: number, fits: boolean}} shape dimensions in a line, lines, dimensions that
   *  are shown, and whether these are all */
  layout(shape) {
    if (this.shape && Object.keys(shape).every((part) => shape[part] === this.shape[part])) return;
    this.shape = shape;
    const { per, lines, shown } = shape;
    this.lines = range(lines).map((line) => this.buildLine(line * per, Math.min(per, shown - line * per), per));
    this.cells.replaceChildren(...this.lines.map(({ table }) => table));
  }

  /** One line: `count` dimensions from the place `first` on, filled up to `per` so that all lines have the same columns. */
  buildLine(first, count, per) {
    const { inside } = this;
    const names = [0, 1, 2];
    const heads = range(count).map(() => make("th", { scope: "col" }));
    const labels = names.map(() => make("th", { scope: "row" }));
    const rows = names.map(() => range(count).map(() => make("td")));
    const rest = () => range(per - count).map(() => make("td"));
    const table = make(
      "table",
      { "aria-label": inside.words.dimension },
      make("thead", {}, make("tr", {}, make("td", { class: "corner" }), ...heads, ...rest())),
      make("tbody", {}, ...names.map((i) => make("tr", {}, labels[i], ...rows[i], ...rest()))),
    );
    const dimension = (i) => ({ space: inside.space, at: this.order[first + i] });
    heads.forEach((head, i) => {
      for (const cell of [head, ...rows.map((row) => row[i])]) {
        cell.onpointerenter = () => inside.point(dimension(i));
        cell.onclick = () => inside.hold(dimension(i));
      }
    });
    return { table, heads, labels, rows };
  }

  paint() {
    const { inside, shape } = this;
    const { numbers, query, shownKey: key, words: w, header, d } = inside;
    const { vectorLimit, productLimit } = numbers;
    const values = inside.part === "values";
    for (const [name, button] of Object.entries(this.partButtons)) setPressed(button, name === inside.part);
    const main = values ? numbers.weighted(query, key) : numbers.products(query, key);
    const rows = values
      ? [numbers.row("v", key), main, numbers.row("output", query)]
      : [numbers.row("q", query), numbers.row("k", key), main];
    const limits = values ? [vectorLimit, vectorLimit, vectorLimit] : [vectorLimit, vectorLimit, productLimit];
    const ranked = range(d).sort((a, b) => Math.abs(main[b]) - Math.abs(main[a]) || a - b);
    const sorted = inside.sorted || !shape.fits;
    setPressed(this.sortButton, sorted);
    this.sortButton.disabled = !shape.fits;
    this.order = sorted ? ranked : range(d);
    this.shown = { rows, main, ranked };
    this.paintLabels(values);
    const strongest = new Set(ranked.slice(0, 3));
    this.lines.forEach(({ heads, rows: cells }, line) => {
      heads.forEach((head, column) => {
        const at = this.order[line * shape.per + column];
        setText(head, String(at + 1));
        head.classList.toggle("strong", strongest.has(at));
        cells.forEach((row, i) => this.paintCell(row[column], rows[i][at], limits[i], strongest.has(at) && rows[i] === main));
      });
    });
    const names = { query: surface(header.rows[query]), key: surface(header.keys[key]) };
    setText(this.title, fill(values ? w.values : w.products, names));
  }

  paintLabels(values) {
    const { numbers, query, shownKey, words: w } = this.inside;
    const weight = number(numbers.weights[query * numbers.K + shownKey]);
    const symbols = values
      ? [[symbol("v")], [weight, " × ", symbol("v")], [w.output]]
      : [[symbol("q")], [symbol("k")], [symbol("q"), " × ", symbol("k")]];
    this.lines.forEach(({ labels }, line) => {
      labels.forEach((label, i) => {
        const name = symbols[i].map((part) => part.textContent ?? part).join("");
        if (label.textContent !== name || line) label.replaceChildren(...symbols[i].map((part) => (part.cloneNode ? part.cloneNode(true) : part)));
      });
    });
  }

  paintCell(cell, value, limit, strong) {
    const { differences } = this.inside;
    const level = signedShade(value, limit);
    setFigure(cell, value);
    cell.style.background = differences.css[level];
    cell.style.color = differences.ink[level];
    cell.classList.toggle("strong", strong);
  }

  /** A sentence: the dimension in question, or those that matter most. */
  sentence() {
    const { inside } = this;
    const { numbers, query, shownKey: key, words: w, dimension, d } = inside;
    const { rows, main, ranked } = this.shown;
    const values = inside.part === "values";
    if (dimension?.space === inside.space) {
      const { at } = dimension;
      const weight = numbers.weights[query * numbers.K + key];
      return values
        ? fill(w.value_readout, { n: at + 1, weight: full(weight), v: full(rows[0][at]), weighted: full(main[at]), output: full(rows[2][at]) })
        : fill(w.product_readout, { n: at + 1, q: full(rows[0][at]), k: full(rows[1][at]), product: full(main[at]) });
    }
    const source = values ? rows[2] : main;
    const order = values ? range(d).sort((a, b) => Math.abs(source[b]) - Math.abs(source[a])) : ranked;
    const named = order.slice(0, 3).map((at) => fill(w.dimension_value, { n: at + 1, value: signed(source[at]) }));
    if (values) return `${fill(w.output_readout, { n: numbers.K })} ${named.join(" · ")}`;
    const parts = [...named];
    if (!this.shape.fits) {
      const rest = ranked.slice(this.shape.shown).reduce((sum, at) => sum + main[at], 0);
      parts.push(fill(w.others, { n: d - this.shape.shown, sum: signed(rest) }));
    }
    const sum = number(numbers.scores[query * numbers.K + key]);
    return `${w.most} ${parts.join(" · ")} · ${fill(w.sum_of, { n: d, sum })}`;
  }

  /** Mark the dimension in question among the numbers. */
  paintDimension() {
    const { dimension, space } = this.inside;
    setText(this.readout, this.sentence());
    const place = dimension?.space === space ? this.order.indexOf(dimension.at) : -1;
    this.lines.forEach(({ heads, rows }, line) => {
      heads.forEach((head, column) => {
        const now = line * this.shape.per + column === place;
        for (const cell of [head, ...rows.map((row) => row[column])]) cell.classList.toggle("now", now);
      });
    });
  }
}
