// All heads of one attention, a lane each, from the layer's input to its output: every matrix with its real numbers.

import { clamp, make, range, setText } from "./kit/dom.js";
import { fill, significant, surface } from "./kit/format.js";
import { paintPixels, shade, signedShade } from "./kit/strip.js";
import { floats, unpack } from "./kit/trace.js";
import { mount, View } from "./kit/view.js";

/** @extends {View<import("./kit/payloads.js").LanesHeader, typeof import("./lanes.json").en>} */
class Lanes extends View {
  /** The numbers are float32: X, then q, k, v, weights and output of each head, then W^O and the result. */
  async read(bytes) {
    const { header, body } = unpack(bytes);
    const numbers = floats(body);
    const { n_heads: h, d_k, d_model } = header;
    const S = header.pieces.length;
    let at = 0;
    const next = (rows, columns) => {
      const values = numbers.subarray(at, at + rows * columns);
      at += rows * columns;
      return { rows, columns, values };
    };
    const x = next(S, d_model);
    const heads = range(h).map(() => ({ q: next(S, d_k), k: next(S, d_k), v: next(S, d_k), a: next(S, S), head: next(S, d_k) }));
    const concat = { rows: S, columns: d_model, values: new Float32Array(S * d_model) };
    heads.forEach(({ head }, i) => {
      for (let r = 0; r < S; r++) concat.values.set(head.values.subarray(r * d_k, (r + 1) * d_k), r * d_model + i * d_k);
    });
    return { header, x, heads, concat, w_o: next(d_model, d_model), out: next(S, d_model) };
  }

  take({ header, x, heads, concat, w_o, out }) {
    const w = this.words;
    this.word = header.word;
    this.drawn = [];
    this.readout = make("p", { class: "readout", text: "\u00a0" });
    const sized = ({ rows, columns }) => `${rows}×${columns}`;
    const name = (tone, letter, index, matrix) =>
      make("span", { class: "head" }, make("b", { class: tone }, make("i", { text: letter }), index && make("sub", { text: index })), make("small", { text: sized(matrix) }));
    const column = (letter, part) => ({ letter, limit: part === "a" ? 1 : this.limit(heads.map((head) => head[part])), part });
    const columns = [column("Q", "q"), column("K", "k"), column("V", "v"), column("A", "a"), column("head", "head")];
    const tones = { q: "query", k: "key", v: "value", a: "", head: "" };
    const lanes = heads.flatMap((head, i) => [
      make("span", { class: "lane" }, make("i", { style: `background: var(--head-${i % 8})`, "aria-hidden": "true" }), make("span", { text: fill(w.head_n, { n: i + 1 }) })),
      ...columns.map(({ letter, limit, part }) => this.canvas(head[part], `${letter}${heads.length > 1 ? ` ${i + 1}` : ""}`, limit, part === "a")),
    ]);
    const index = heads.length > 1 ? "i" : "";
    const part = (title, matrix, extra) => make("figure", { class: extra ?? "" }, title, this.canvas(matrix, title.textContent, this.limit([matrix]), false));
    const joined = part(name("", heads.length > 1 ? "Concat(head₁ … headₕ)" : "head", "", concat), concat);
    joined.append(make("span", { class: "stripe", "aria-hidden": "true" }, ...heads.map((_, i) => make("i", { style: `background: var(--head-${i % 8})` }))));
    this.root = make(
      "div",
      { class: heads.length > 1 ? "hl all-lanes" : "hl all-lanes single", role: "group", "aria-label": w.lanes, lang: header.language === "zh" ? "zh-Hans" : "en" },
      make(
        "div",
        { class: "flow" },
        make("figure", { class: "x" }, name("", "X", "", x), this.canvas(x, "X", this.limit([x]), false)),
        make(
          "div",
          { class: "grid" },
          make("span", { class: "head" }),
          ...columns.map(({ letter, part: key }) => name(tones[key], letter, index, heads[0][key])),
          ...lanes,
        ),
      ),
      make("div", { class: "joined" }, joined, make("span", { class: "sign", text: "×" }), part(name("", "Wᴼ", "", w_o), w_o, "square"), make("span", { class: "sign", text: "+ bᴼ =" }), part(name("", "MultiHead", "", out), out)),
      this.readout,
    );
    this.root.onpointerleave = () => this.point(null);
  }

  /** The largest absolute value of some matrices. */
  limit(matrices) {
    return Math.max(1e-9, ...matrices.map(({ values }) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)));
  }

  canvas(matrix, name, limit, weights) {
    const { rows, columns, values } = matrix;
    const pieces = this.header.pieces;
    const canvas = make("canvas", { role: "img", "aria-label": fill(this.words.picture, { name, rows, columns }) });
    const entry = { matrix, canvas, limit, weights, mine: rows === pieces.length };
    canvas.onpointermove = (event) => {
      const box = canvas.getBoundingClientRect();
      const r = clamp(Math.floor(((event.clientY - box.top) / box.height) * rows), 0, rows - 1);
      const c = clamp(Math.floor(((event.clientX - box.left) / box.width) * columns), 0, columns - 1);
      const value = significant(values[r * columns + c], 3);
      this.point(entry.mine ? r : null, fill(this.words.cell, { name, row: entry.mine ? surface(pieces[r]) : r + 1, column: weights ? surface(pieces[c]) : c + 1, value }));
    };
    this.drawn.push(entry);
    return canvas;
  }

  point(row, text) {
    setText(this.readout, text ?? "\u00a0");
    if (row === this.hover) return;
    this.hover = row;
    this.schedule();
  }

  layout() {
    this.root.classList.toggle("narrow", this.frame.clientWidth < 640);
    this.schedule();
  }

  picture(entry) {
    const { matrix, limit, weights } = entry;
    const table = weights ? this.table : this.differences;
    if (entry.table === table) return entry.picture;
    const { rows, columns, values } = matrix;
    const canvas = make("canvas");
    paintPixels(canvas, columns, rows, table, (i) => (weights ? shade(values[i]) : signedShade(values[i], limit)));
    Object.assign(entry, { table, picture: canvas });
    return canvas;
  }

  paint() {
    const word = this.hover ?? this.word;
    // All sizes are read before the first canvas changes: each read after a change would lay the page out anew.
    const sizes = this.drawn.map(({ canvas }) => [canvas.clientWidth, canvas.clientHeight]);
    for (const [i, entry] of this.drawn.entries()) {
      const { canvas, matrix, mine } = entry;
      const [width, height] = sizes[i];
      const [w, h] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
      if (canvas.width !== w) canvas.width = w;
      if (canvas.height !== h) canvas.height = h;
      const context = this.context(canvas);
      context.imageSmoothingEnabled = false;
      context.drawImage(this.picture(entry), 0, 0, width, height);
      if (!mine) continue;
      const row = height / matrix.rows;
      const thick = Math.max(row, 4);
      context.strokeStyle = this.palette.text;
      context.lineWidth = 1.25;
      context.strokeRect(0.6, clamp((word + 0.5) * row - thick / 2, 0.6, height - thick - 0.6), width - 1.2, thick);
    }
  }
}

export default function view(component, assets) {
  return mount(Lanes, component, assets);
}
