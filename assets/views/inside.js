// Inside one head: for one query, every key in a row, from the product q · k to the weighted value; and for one of the keys
// all numbers in full, dimension by dimension.
//
// It gets all vectors and scores of the head once (pages/inside/view.py); what a query, a key or a dimension changes is
// worked out here. The products q_i × k_i and weight × v_i are not sent: they are multiplied here.

import { clamp, make, range, setAttribute, setPressed, setText } from "./kit/dom.js";
import { fill, number, signed, significant, surface } from "./kit/format.js";
import { paintPixels, signedShade } from "./kit/strip.js";
import { floats, unpack } from "./kit/trace.js";
import { mount, View } from "./kit/view.js";

const NUMBERS = [15, 20]; // pixels: the size of the table's numbers, by the width there is
const CELL_GAP = 10; // pixels between the columns of the table
const NARROW = 760; // pixels: below, a key's row stands in three lines
const FINEST = 3; // pixels: a dimension on a strip is no narrower; strips of more dimensions have several lines

/** As many digits as a float32 holds. */
const full = (value) => significant(value, 7);

/** The least of 1, 1.5, 2, 3, … 9, times a power of ten, that covers `most`. */
function roundLimit(most) {
  if (!(most > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(most));
  return [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10].find((step) => step * unit >= most * 0.99999) * unit;
}

/** A head's arrays, unpacked: one row after the other. */
class HeadNumbers {
  constructor(header, numbers) {
    this.R = header.rows.length;
    this.K = header.keys.length;
    this.d = header.d_k;
    const { R, K, d } = this;
    const sizes = { q: R * d, k: K * d, v: K * d, output: R * d };
    for (const name of ["scores", "scaled", "masked", "weights", "trace"]) sizes[name] = R * K;
    let at = 0;
    for (const [name, size] of Object.entries(sizes)) {
      this[name] = numbers.subarray(at, at + size);
      at += size;
    }
    const largest = (...arrays) => arrays.reduce((most, array) => array.reduce((so, value) => Math.max(so, Math.abs(value)), most), 0);
    this.vectorLimit = roundLimit(largest(this.q, this.k, this.v, this.output));
    this.productLimit = roundLimit(range(R).reduce((most, query) => range(K).reduce((so, key) => Math.max(so, largest(this.products(query, key))), most), 0));
  }

  row(name, r) {
    const width = this[name].length / (name === "k" || name === "v" ? this.K : this.R);
    return this[name].subarray(r * width, (r + 1) * width);
  }

  /** q × k, dimension by dimension. */
  products(query, key) {
    const k = this.row("k", key);
    return Float64Array.from(this.row("q", query), (value, i) => value * k[i]);
  }

  /** weight × v, dimension by dimension. */
  weighted(query, key) {
    const weight = this.weights[query * this.K + key];
    return Float64Array.from(this.row("v", key), (value) => value * weight);
  }

  /** The key that this query weighs most. */
  heaviest(query) {
    const weights = this.row("weights", query);
    return weights.indexOf(Math.max(...weights));
  }
}

class Inside extends View {
  constructor(parent, assets) {
    super(parent, assets);
    this.part = "products"; // what is shown in full: "products" or "values"
    this.sorted = false;
    this.key = null; // the key that was chosen; null: the one that weighs most
    this.held = null; // {space: "qk" or "v", at}: the dimension that was chosen
    this.hover = null; // the same, under the pointer
  }

  async read(bytes) {
    const { header, body } = unpack(bytes);
    return { header, numbers: floats(body) };
  }

  /** A query or key that was chosen stays chosen while the pieces are the same: only the head is another. */
  take({ header, numbers }) {
    const { pieces } = header;
    if (this.shown !== header.shown) this.query = header.state.query;
    if (this.pieces !== pieces) this.key = null;
    if (this.d !== header.d_k) this.held = null;
    this.hover = null;
    this.pieces = pieces;
    this.shown = header.shown;
    this.d = header.d_k;
    this.numbers = new HeadNumbers(header, numbers);
    this.shape = null;
    this.painted = null;
    this.root = make(
      "div",
      {
        class: "hl",
        tabindex: "0",
        role: "group",
        "aria-label": this.words.inside,
        lang: header.language === "zh" ? "zh-Hans" : "en",
        onkeydown: (event) => this.onKey(event),
        onpointerleave: () => this.point(null),
      },
      this.buildQueries(),
      this.buildFull(),
      this.buildTable(),
      this.buildLegend(),
    );
  }

  get shownKey() {
    return this.key ?? this.numbers.heaviest(this.query);
  }

  get dimension() {
    return this.hover ?? this.held;
  }

  // --- Choices

  chooseQuery(query) {
    const next = clamp(query, 0, this.numbers.R - 1);
    if (next === this.query) return;
    this.query = next;
    this.follow = true;
    this.followKey = this.key === null;
    this.refresh();
    this.tell({ query: next });
  }

  chooseKey(key) {
    this.key = key === null ? null : clamp(key, 0, this.numbers.K - 1);
    this.followKey = true;
    this.refresh();
  }

  hold(dimension) {
    this.held = dimension;
    if (dimension) this.choosePart(dimension.space === "v" ? "values" : "products");
    this.schedule();
  }

  choosePart(part) {
    this.part = part;
    const space = part === "values" ? "v" : "qk";
    if (this.held && this.held.space !== space) this.held = null;
    this.refresh();
  }

  point(dimension) {
    if (this.hover?.space === dimension?.space && this.hover?.at === dimension?.at) return;
    this.hover = dimension;
    this.schedule();
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if ([" ", "Enter"].includes(event.key) && event.target.tagName === "BUTTON") return event.stopPropagation();
    const space = this.part === "values" ? "v" : "qk";
    const next = (by) => () => this.hold({ space, at: this.held ? (this.held.at + by + this.d) % this.d : by > 0 ? 0 : this.d - 1 });
    const actions = {
      ArrowLeft: () => this.chooseQuery(this.query - 1),
      ArrowRight: () => this.chooseQuery(this.query + 1),
      Home: () => this.chooseQuery(0),
      End: () => this.chooseQuery(this.numbers.R - 1),
      ArrowUp: () => this.chooseKey(this.shownKey - 1),
      ArrowDown: () => this.chooseKey(this.shownKey + 1),
      "[": next(-1),
      "]": next(1),
      Escape: () => {
        this.held = null;
        this.chooseKey(null);
      },
    };
    const action = Object.hasOwn(actions, event.key) && actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // or the app would take the key for one of its own
    action();
  }

  // --- Building

  /** The queries as chips: the pieces of a word hang together. */
  buildQueries() {
    const { rows, row_words: words, row_specials: specials, row_side: side } = this.header;
    const w = this.words;
    this.chips = rows.map((piece, i) =>
      make(
        "button",
        { type: "button", class: `chip ${side}${specials.includes(i) ? " special" : ""}`, onclick: () => this.chooseQuery(i) },
        make("bdi", { dir: "auto", text: surface(piece) }),
      ),
    );
    const groups = words.map(([from, to]) =>
      make("span", { class: "word" }, make("span", { class: "pieces" }, ...this.chips.slice(from, to))),
    );
    this.queries = make("div", { class: "scroller", role: "group", "aria-label": w.queries }, make("div", { class: "chips" }, ...groups));
    this.predicted = make("bdi", { class: "target", dir: "auto" });
    this.statement = this.header.predicts && make("span", { class: "statement" }, make("span", { text: `→ ${w.predicts}` }), this.predicted);
    return make(
      "div",
      { class: "queries" },
      make("strong", { class: "q", text: w.query }),
      this.header.predicts && make("span", { class: "muted", text: w.reads }),
      this.queries,
      this.statement,
    );
  }

  /** For one key all numbers: its frame, filled by `buildCells` once the width is known. */
  buildFull() {
    const w = this.words;
    const part = (name, ...content) =>
      make("button", { type: "button", "aria-pressed": String(this.part === name), onclick: () => this.choosePart(name) }, ...content);
    this.partButtons = {
      products: part("products", symbol("q"), " × ", symbol("k")),
      values: part("values", symbol("α"), " × ", symbol("v")),
    };
    this.fullTitle = make("span", { class: "title" });
    this.sortButton = make("button", {
      type: "button",
      class: "toggle",
      text: w.largest_first,
      onclick: () => {
        this.sorted = !this.sorted;
        this.refresh();
      },
    });
    this.cells = make("div", { class: "cells" });
    this.readout = make("p", { class: "readout", role: "status" });
    return make(
      "div",
      { class: "full" },
      make(
        "div",
        { class: "full-head" },
        make("div", { class: "parts", role: "group", "aria-label": w.parts }, ...Object.values(this.partButtons)),
        this.fullTitle,
        this.sortButton,
      ),
      this.cells,
      this.readout,
    );
  }

  /** The tables of numbers, as many lines as the width asks for. */
  buildCells({ per, lines }) {
    const names = [0, 1, 2];
    this.lines = range(lines).map((line) => {
      const count = Math.min(per, this.shape.shown - line * per);
      const heads = range(count).map(() => make("th", { scope: "col" }));
      const labels = names.map(() => make("th", { scope: "row" }));
      const rows = names.map(() => range(count).map(() => make("td")));
      const rest = () => range(per - count).map(() => make("td")); // so that all lines have the same columns
      const table = make(
        "table",
        { "aria-label": this.words.dimension },
        make("thead", {}, make("tr", {}, make("td", { class: "corner" }), ...heads, ...rest())),
        make("tbody", {}, ...names.map((i) => make("tr", {}, labels[i], ...rows[i], ...rest()))),
      );
      heads.forEach((head, i) => {
        for (const cell of [head, ...rows.map((row) => row[i])]) {
          cell.onpointerenter = () => this.point(this.dimensionOf(line * per + i));
          cell.onclick = () => this.hold(this.dimensionOf(line * per + i));
        }
      });
      return { table, heads, labels, rows };
    });
    this.cells.onpointerleave = () => this.point(null);
    this.cells.replaceChildren(...this.lines.map(({ table }) => table));
  }

  dimensionOf(place) {
    return { space: this.part === "values" ? "v" : "qk", at: this.order[place] };
  }

  buildTable() {
    const { keys, key_specials: specials, key_side: side, temperature, ablation } = this.header;
    const w = this.words;
    const weightName = { zero: w.zero, uniform: w.uniform }[ablation] ?? w.softmax;
    const scale = temperature === 1 ? `√${this.d}` : `(√${this.d} × ${full(temperature)})`;
    const explain = (name) => fill(w.explain[name], { d: this.d, scale: `${scale} = ${full(Math.sqrt(this.d) * temperature)}` });
    const head = (name, ...content) => make("span", { class: `c-${name}`, role: "columnheader", title: explain(name) }, ...content);
    const heads = make(
      "div",
      { class: "line heads", role: "row" },
      make("span", { class: "c-name", role: "columnheader", text: w.key }),
      head("k", symbol("k")),
      head("product", symbol("q"), " × ", symbol("k")),
      head("score", "Σ = ", symbol("q"), "·", symbol("k")),
      head("scaled", `÷ ${scale}`),
      head("masked", w.mask),
      head("weight", weightName, " = ", symbol("α")),
      head("trace", w.trace),
      head("v", symbol("v")),
      head("weighted", symbol("α"), " × ", symbol("v")),
    );
    const strip = (name, space) => {
      const canvas = make("canvas", { "aria-hidden": "true" });
      const box = make("span", { class: `strip c-${name} ${space}`, role: "cell" }, canvas, make("span", { class: "mark" }));
      box.onpointermove = (event) => this.point(this.dimensionAt(event, space));
      box.onpointerleave = () => this.point(null);
      box.onclick = (event) => this.hold(this.dimensionAt(event, space));
      return { box, canvas };
    };
    const cell = (name, label) => make("span", { class: `number c-${name}`, role: "cell", "data-label": label });
    this.queryStrip = strip("k", "qk");
    this.queryName = make("bdi", { dir: "auto" });
    const queryLabel = make("span", { class: "c-name name q", role: "rowheader" }, symbol("q"), this.queryName);
    this.queryStrip.box.classList.add("of-q");
    const queryLine = make(
      "div",
      { class: "line query", role: "row" },
      queryLabel,
      this.queryStrip.box,
      make("span", { class: "root-of-d", role: "cell", text: `${scale} = ${number(Math.sqrt(this.d) * temperature)}` }),
    );
    this.rows = keys.map((piece, key) => {
      const name = make(
        "button",
        { type: "button", class: `name ${specials.includes(key) ? "special" : side}`, onclick: () => this.chooseKey(key) },
        make("bdi", { dir: "auto", text: surface(piece) }),
      );
      const [k, product, v, weighted] = [strip("k", "qk"), strip("product", "qk"), strip("v", "v"), strip("weighted", "v")];
      k.box.classList.add("of-k");
      v.box.classList.add("of-v");
      const score = cell("score", "Σ");
      const scaled = cell("scaled", `÷ ${scale}`);
      const masked = cell("masked", w.mask);
      const level = make("span", { class: "level" });
      const weight = make("span", { class: "figure" });
      const weightCell = make(
        "span",
        { class: "c-weight", role: "cell", "data-label": weightName },
        make("span", { class: "well", "aria-hidden": "true" }, level),
        weight,
      );
      const trace = cell("trace", w.trace);
      const line = make(
        "div",
        { class: "line key", role: "row", onclick: () => this.key !== key && this.chooseKey(key) },
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
      return { line, name, k, product, score, scaled, masked, level, weight, weightCell, trace, v, weighted };
    });
    this.outputStrip = strip("weighted", "v");
    this.outputStrip.box.classList.add("of-output");
    this.weightSum = make("span", { class: "figure" });
    const outputLine = make(
      "div",
      { class: "line sum", role: "row" },
      make("span", { class: "c-weight", role: "cell" }, make("span", { class: "muted", text: "Σ" }), this.weightSum),
      make("span", { class: "c-v muted", role: "cell" }, "Σ ", symbol("α"), " × ", symbol("v"), ` = ${w.output}`),
      this.outputStrip.box,
    );
    this.keyTable = make("div", { class: "keys", role: "table", "aria-label": w.table }, heads, queryLine, ...this.rows.map(({ line }) => line), outputLine);
    return this.keyTable;
  }

  buildLegend() {
    const w = this.words;
    const { vectorLimit, productLimit } = this.numbers;
    const ramp = (name, limit) =>
      make(
        "span",
        { class: "scale" },
        make("span", { class: "muted", text: name }),
        make("span", { text: `−${limit}` }),
        make("span", { class: "ramp", "aria-hidden": "true" }),
        make("span", { text: `+${limit}` }),
      );
    return make(
      "div",
      { class: "legend" },
      ramp(w.scale_vectors, vectorLimit),
      ramp(w.scale_products, productLimit),
      make("span", { class: "muted", text: w.scale_note }),
      make("span", { class: "muted hint", text: w.keys_hint }),
    );
  }

  // --- Sizes

  layout() {
    if (!this.rows) return;
    const width = this.frame.clientWidth;
    if (!width) return;
    const narrow = width < NARROW;
    this.root.classList.toggle("narrow", narrow);
    const ruler = (this.ruler ??= document.createElement("canvas").getContext("2d"));
    const size = clamp(Math.round(width / 88), ...NUMBERS);
    ruler.font = `${size}px ${this.fonts ?? "sans-serif"}`;
    const measure = (text) => Math.ceil(ruler.measureText(text).width);
    const pieces = [...this.header.keys, ...this.header.rows].map((piece) => measure(surface(piece)) * 1.08);
    const name = clamp(Math.max(...pieces) + 14, 52, narrow ? width : 118);
    const figure = Math.ceil((measure(number(-this.numbers.productLimit)) * (size - 0.5)) / size); // .cells table is half a pixel smaller
    const least = measure("−100.00");
    const figures = Math.max(least, measure(number(Math.min(...this.numbers.scores))));
    const bar = clamp(width * 0.075, 60, 140);
    const [weight, trace] = [measure("0.00") + 6, measure("= 0.00") + 2];
    const fixedWidth = name + 3 * figures + bar + weight + trace + 9 * CELL_GAP;
    const strip = narrow ? Math.floor((width - CELL_GAP - 12) / 2) : Math.max(60, Math.floor((width - fixedWidth) / 4));
    const stripLines = Math.ceil((this.d * FINEST) / strip);
    const stripPer = Math.ceil(this.d / stripLines);
    this.strip = { per: stripPer, lines: stripLines };
    const style = this.root.style;
    style.setProperty("--size", `${size}px`);
    style.setProperty("--weight", `${weight}px`);
    style.setProperty("--trace", `${trace}px`);
    style.setProperty("--name", `${Math.round(name)}px`);
    style.setProperty("--number", `${figures}px`);
    style.setProperty("--bar", `${Math.round(bar)}px`);
    style.setProperty("--strip", `${strip}px`);
    style.setProperty("--strip-height", `${stripLines === 1 ? Math.round(size * 1.27) : stripLines * 5}px`);
    style.setProperty("--dimension", `${100 / stripPer}%`);

    const label = narrow ? 46 : measure("0.00 × v") + 12;
    const most = Math.max(1, Math.floor((width - label) / Math.max(figure, 44)));
    const fits = Math.ceil(this.d / most) <= (narrow ? 6 : 3);
    const lines = fits ? Math.ceil(this.d / most) : narrow ? 4 : 2;
    const per = fits ? Math.ceil(this.d / lines) : most;
    const shape = { per, lines, shown: Math.min(this.d, per * lines), fits };
    if (!this.shape || Object.keys(shape).some((part) => shape[part] !== this.shape[part])) {
      this.shape = shape;
      this.buildCells(shape);
    }
    style.setProperty("--label", `${label}px`);
    this.follow = true;
    this.followKey = true;
    this.painted = null;
    this.refresh();
  }

  dimensionAt(event, space) {
    const box = event.currentTarget.getBoundingClientRect();
    const { per, lines } = this.strip;
    const column = clamp(Math.floor(((event.clientX - box.left) / box.width) * per), 0, per - 1);
    const line = clamp(Math.floor(((event.clientY - box.top) / box.height) * lines), 0, lines - 1);
    const at = line * per + column;
    return at < this.d ? { space, at } : null;
  }

  // --- Painting

  /** All but the dimension in question is to be painted anew. */
  refresh() {
    this.stale = true;
    this.schedule();
  }

  restyled() {
    this.painted = null;
    this.stale = true;
  }

  paint() {
    if (!this.shape) return;
    if (this.stale) {
      this.stale = false;
      this.paintQueries();
      this.paintTable();
      this.paintFull();
    }
    this.paintDimension();
  }

  paintQueries() {
    this.chips.forEach((chip, i) => {
      setAttribute(chip, "aria-pressed", i === this.query);
    });
    if (this.statement) setText(this.predicted, surface(this.header.predicts[this.query]));
    if (this.follow) this.reveal(this.queries, this.chips[this.query]);
    this.follow = false;
  }

  /** Scroll a box sideways, and nothing around it, until a chip in it is seen. */
  reveal(scroller, chip) {
    const [outer, inner] = [scroller.getBoundingClientRect(), chip.getBoundingClientRect()];
    if (inner.left < outer.left) scroller.scrollLeft -= outer.left - inner.left + 12;
    else if (inner.right > outer.right) scroller.scrollLeft += inner.right - outer.right + 12;
  }

  paintStrip({ canvas }, values, limit) {
    const { per, lines } = this.strip;
    paintPixels(canvas, per, lines, this.differences, (i) => (i < values.length ? signedShade(values[i], limit) : null));
  }

  figure(element, value, before = "") {
    setText(element, `${before}${number(value)}`);
    setAttribute(element, "title", full(value));
  }

  paintTable() {
    const { numbers, query } = this;
    const { vectorLimit, productLimit, K } = numbers;
    setText(this.queryName, surface(this.header.rows[query]));
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
      const hidden = numbers.masked[at] === -Infinity;
      row.line.classList.toggle("masked", hidden);
      row.line.classList.toggle("chosen", key === this.shownKey);
      setPressed(row.name, key === this.shownKey);
      this.paintStrip(row.product, numbers.products(query, key), productLimit);
      this.paintStrip(row.weighted, numbers.weighted(query, key), vectorLimit);
      this.figure(row.score, numbers.scores[at]);
      this.figure(row.scaled, numbers.scaled[at]);
      this.figure(row.masked, numbers.masked[at]);
      this.figure(row.weight, weight);
      row.level.style.transform = `scaleX(${weight})`;
      this.figure(row.trace, recorded, Math.abs(weight - recorded) < 1e-5 ? "= " : "≠ ");
    });
    this.figure(this.weightSum, numbers.row("weights", query).reduce((sum, weight) => sum + weight, 0));
    this.paintStrip(this.outputStrip, numbers.row("output", query), vectorLimit);
    if (this.followKey) this.revealKey();
    this.followKey = false;
  }

  /** Scroll the table, and nothing around it, until the chosen key is seen between query and output. */
  revealKey() {
    const box = this.keyTable.getBoundingClientRect();
    const line = this.rows[this.shownKey].line.getBoundingClientRect();
    const part = (name) => this.keyTable.querySelector(name).getBoundingClientRect().height;
    const [top, bottom] = [box.top + part(".heads") + part(".query"), box.bottom - part(".sum")];
    if (line.top < top) this.keyTable.scrollTop -= top - line.top;
    else if (line.bottom > bottom) this.keyTable.scrollTop += line.bottom - bottom;
  }

  paintFull() {
    const { numbers, query, shownKey: key, words: w } = this;
    const { vectorLimit, productLimit } = numbers;
    const values = this.part === "values";
    for (const [name, button] of Object.entries(this.partButtons)) setPressed(button, name === this.part);
    const main = values ? numbers.weighted(query, key) : numbers.products(query, key);
    const rows = values
      ? [numbers.row("v", key), main, numbers.row("output", query)]
      : [numbers.row("q", query), numbers.row("k", key), main];
    const limits = values ? [vectorLimit, vectorLimit, vectorLimit] : [vectorLimit, vectorLimit, productLimit];
    const weight = numbers.weights[query * numbers.K + key];
    const symbols = values
      ? [[symbol("v")], [number(weight), " × ", symbol("v")], [w.output]]
      : [[symbol("q")], [symbol("k")], [symbol("q"), " × ", symbol("k")]];
    const ranked = range(this.d).sort((a, b) => Math.abs(main[b]) - Math.abs(main[a]) || a - b);
    const sorted = this.sorted || !this.shape.fits;
    setPressed(this.sortButton, sorted);
    this.sortButton.disabled = !this.shape.fits;
    this.order = sorted ? ranked : range(this.d);
    const strongest = new Set(ranked.slice(0, 3));
    this.lines.forEach(({ heads, labels, rows: cells }, line) => {
      labels.forEach((label, i) => {
        const name = symbols[i].map((part) => part.textContent ?? part).join("");
        if (label.textContent !== name || line) label.replaceChildren(...symbols[i].map((part) => (part.cloneNode ? part.cloneNode(true) : part)));
      });
      heads.forEach((head, column) => {
        const at = this.order[line * this.shape.per + column];
        setText(head, String(at + 1));
        head.classList.toggle("strong", strongest.has(at));
        cells.forEach((row, i) => {
          const value = rows[i][at];
          const level = signedShade(value, limits[i]);
          this.figure(row[column], value);
          row[column].style.background = this.differences.css[level];
          row[column].style.color = this.differences.ink[level];
          row[column].classList.toggle("strong", strongest.has(at) && rows[i] === main);
        });
      });
    });
    const names = { query: surface(this.header.rows[query]), key: surface(this.header.keys[key]) };
    setText(this.fullTitle, fill(values ? w.values : w.products, names));
    this.full = { rows, main, ranked };
  }

  /** A sentence: the dimension in question, or those that matter most. */
  say({ rows, main, ranked }) {
    const { numbers, query, shownKey: key, words: w } = this;
    const values = this.part === "values";
    const asked = this.dimension;
    const n = (at) => at + 1;
    if (asked && (asked.space === "v") === values) {
      const { at } = asked;
      const weight = numbers.weights[query * numbers.K + key];
      return values
        ? fill(w.value_readout, { n: n(at), weight: full(weight), v: full(rows[0][at]), weighted: full(main[at]), output: full(rows[2][at]) })
        : fill(w.product_readout, { n: n(at), q: full(rows[0][at]), k: full(rows[1][at]), product: full(main[at]) });
    }
    const source = values ? rows[2] : main;
    const order = values ? range(this.d).sort((a, b) => Math.abs(source[b]) - Math.abs(source[a])) : ranked;
    const named = order.slice(0, 3).map((at) => fill(w.dimension_value, { n: n(at), value: signed(source[at]) }));
    if (values) return `${fill(w.output_readout, { n: numbers.K })} ${named.join(" · ")}`;
    const parts = [...named];
    if (!this.shape.fits) {
      const rest = ranked.slice(this.shape.shown).reduce((sum, at) => sum + main[at], 0);
      parts.push(fill(w.others, { n: this.d - this.shape.shown, sum: signed(rest) }));
    }
    const sum = number(numbers.scores[query * numbers.K + key]);
    return `${w.most} ${parts.join(" · ")} · ${fill(w.sum_of, { n: this.d, sum })}`;
  }

  /** Mark the dimension in question on all strips of its kind, and among the numbers. */
  paintDimension() {
    const asked = this.dimension;
    const { per, lines } = this.strip;
    setText(this.readout, this.say(this.full));
    for (const space of ["qk", "v"]) this.root.classList.toggle(`on-${space}`, asked?.space === space);
    if (asked) {
      const style = this.root.style;
      style.setProperty("--mark-x", `${((asked.at % per) / per) * 100}%`);
      style.setProperty("--mark-y", `${(Math.floor(asked.at / per) / lines) * 100}%`);
      style.setProperty("--mark-height", `${100 / lines}%`);
    }
    const space = this.part === "values" ? "v" : "qk";
    const place = asked?.space === space ? this.order.indexOf(asked.at) : -1;
    this.lines.forEach(({ heads, rows }, line) => {
      heads.forEach((head, column) => {
        const on = line * this.shape.per + column === place;
        for (const cell of [head, ...rows.map((row) => row[column])]) cell.classList.toggle("now", on);
      });
    });
  }
}

/** A letter of the paper in its colour. */
function symbol(letter) {
  return make("i", { class: letter === "α" ? "a" : letter, text: letter });
}

export default function view(component, assets) {
  return mount(Inside, component, assets);
}
