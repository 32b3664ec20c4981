// How a context vector is made, step by step: C_i = alpha_i1 h_1 + alpha_i2 h_2 + …, each vector a strip of colours.
//
// It gets all annotations, weights and contexts once (pages/why/sums.py). What is multiplied and added is worked out here, and
// held against the model's own context.

import { make, range, setPressed, setText } from "./kit/dom.js";
import { fill, number, surface } from "./kit/format.js";
import { paintPixels, signedShade } from "./kit/strip.js";
import { packedFloats } from "./kit/trace.js";
import { Transport } from "./kit/transport.js";
import { mount, View } from "./kit/view.js";

const PACE = 700; // milliseconds a step takes where it plays

/** alpha_ij h_j: each head's weight times its part of the annotation.
 *  @param {number[]} alphas of each head
 *  @param {Float32Array} annotation the heads' parts one after the other */
export function weightedTerm(alphas, annotation) {
  const width = annotation.length / alphas.length;
  return annotation.map((value, k) => alphas[Math.floor(k / width)] * value);
}

/** @extends {View<import("./kit/payloads.js").ContextsHeader, typeof import("./contexts.json").en>} */
class Contexts extends View {
  take({ header }) {
    this.annotations = packedFloats(header.annotations); // (S, d)
    this.contexts = packedFloats(header.contexts); // (T, d)
    this.weights = header.weights && packedFloats(header.weights); // (heads, T, S)
    this.S = header.keys.length;
    this.T = header.rows.length;
    this.d = this.annotations.length / this.S;
    this.limit = this.annotations.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    if (this.isNew) this.chosen = { row: header.state.row, added: this.S };
    /** @type {Map<number, number | null>} of rows whose weights are revealed: the source piece that was guessed, null for none */
    this.guessed = new Map();
    this.guessing &&= Boolean(this.weights);
    this.transport?.stop();
    this.transport = this.weights ? this.steps() : null;
    this.strips = [];
    this.root = make(
      "div",
      { class: "hl contexts", role: "group", "aria-label": header.title, lang: header.language === "zh" ? "zh-Hans" : "en" },
      this.outputs(),
      this.transport && make("div", { class: "line" }, this.transport.buttons, this.transport.slider, make("span", { class: "count" }, this.transport.text)),
      this.rows(),
      this.footer(),
    );
    this.update();
  }

  /** The output pieces: whose context is shown. */
  outputs() {
    this.chips = this.header.rows.map((piece, row) =>
      make("button", { type: "button", class: "chip target", onclick: () => this.choose(row) }, make("bdi", { text: surface(piece) })),
    );
    const w = this.words;
    this.guessButton = this.weights && make("button", { type: "button", class: "toggle", text: w.guess, title: w.guess_alt, onclick: () => this.guessFirst() });
    return make(
      "div",
      { class: "line" },
      make("span", { class: "muted" }, this.explained(w.of, "context")),
      make("div", { class: "scroller" }, make("div", { class: "chips" }, ...this.chips)),
      this.guessButton,
    );
  }

  /** The weights of an output piece stay hidden until somebody guesses the source piece that has the largest. */
  guessFirst() {
    this.guessing = !this.guessing;
    this.guessed.clear();
    this.update();
  }

  guess(j) {
    this.guessed.set(this.chosen.row, j);
    this.update();
  }

  get isHidden() {
    return Boolean(this.guessing) && !this.guessed.has(this.chosen.row);
  }

  /** What a guess was worth; "" where nobody guessed. */
  verdict() {
    const guess = this.guessed.get(this.chosen.row);
    if (!this.guessing || guess === undefined) return "";
    const means = range(this.S).map((j) => this.mean(j));
    const best = means.indexOf(Math.max(...means));
    const [piece, guessed] = [best, guess].map((j) => surface(this.header.keys[j]));
    return fill(guess === best ? this.words.guess_right : this.words.guess_other, { piece, guessed, weight: number(means[best]) });
  }

  choose(row) {
    this.chosen.row = row;
    this.update();
    this.tell({ row });
  }

  /** One term after the other is added. */
  steps() {
    return new Transport(this, {
      last: this.S,
      at: () => this.chosen.added,
      show: (added) => {
        this.chosen.added = added;
        this.update();
      },
      pace: () => PACE,
      paused: () => this.update(),
    });
  }

  destroy() {
    this.transport?.stop();
    super.destroy();
  }

  strip(name, values) {
    const canvas = make("canvas", { class: "strip", role: "img", "aria-label": name });
    this.strips.push({ canvas, values });
    return canvas;
  }

  head(text, kind) {
    return make("div", { class: `head ${kind ?? ""}`, text });
  }

  rows() {
    const { symbol, keys } = this.header;
    const plain = !this.weights;
    /** @type {(HTMLElement | false | null)[]} */
    const cells = [
      this.head(this.words.source, "source"),
      !plain && this.head("αᵢⱼ", "centre"),
      this.head(`${symbol}ⱼ`, symbol === "v" ? "value" : "source-vector"),
      !plain && this.head(`αᵢⱼ ${symbol}ⱼ`),
    ];
    this.lines = keys.map((key, j) => {
      const own = () => this.annotations.subarray(j * this.d, (j + 1) * this.d);
      const name = make("button", { type: "button", class: "source piece-name", onclick: () => this.guess(j) }, make("bdi", { text: surface(key) }));
      const alpha = make("span", { class: "alpha" });
      const bar = make("span", { class: "bar" });
      const annotation = this.strip(`${symbol} ${j + 1}: ${surface(key)}`, own);
      const term = plain ? null : this.strip(`α ${symbol} ${j + 1}`, () => (j < this.chosen.added && !this.isHidden ? this.term(j) : null));
      const weight = make("div", { class: "weight" }, make("span", { class: "track", "aria-hidden": "true" }, bar), alpha);
      cells.push(name, !plain && weight, make("div", { class: "held" }, annotation, plain && this.taken(j)), term);
      return { j, name, alpha, bar };
    });
    const scrolls = keys.length > 12 ? { tabindex: 0, role: "group", "aria-label": this.words.all } : {};
    return make("div", { class: "scroll-rows", ...scrolls }, make("div", { class: plain ? "grid plain" : "grid" }, ...cells));
  }

  /** Without attention: a frame around the halves of h that C is made of. */
  taken(j) {
    const { first, last } = this.header;
    const frames = [j === last && make("span", { class: "frame left", title: this.words.forward }), j === first && make("span", { class: "frame right", title: this.words.backward })].filter(Boolean);
    return frames.length ? make("span", { class: "frames" }, ...frames) : null;
  }

  footer() {
    const grid = make("div", { class: this.weights ? "grid sum" : "grid sum plain" });
    this.name = make("div", { class: "name" });
    this.sum = this.strip(this.words.context, () => (this.isHidden ? null : this.total()));
    this.finding = make("p", { class: "finding", "aria-live": "polite" });
    if (this.weights) grid.append(this.name, make("div", {}), make("div", { class: "equals", text: "Σ =" }), this.sum);
    else grid.append(this.name, make("div", { class: "held" }, this.sum));
    const ends = `${number(-this.limit)}`;
    const legend = make("span", { class: "legend" }, make("span", { text: ends }), make("span", { class: "ramp", "aria-hidden": "true" }), make("span", { text: number(this.limit) }));
    return make("div", { class: "foot" }, grid, make("div", { class: "under" }, this.finding, legend));
  }

  weight(head, j) {
    return this.weights[(head * this.T + this.chosen.row) * this.S + j];
  }

  /** alpha_ij of each head. */
  alphas(j) {
    return range(this.header.heads).map((head) => this.weight(head, j));
  }

  /** alpha_ij, mean of the heads. */
  mean(j) {
    const alphas = this.alphas(j);
    return alphas.reduce((sum, value) => sum + value, 0) / alphas.length;
  }

  /** alpha_ij h_j: where heads stand beside each other, each has its own weight. */
  term(j) {
    return weightedTerm(this.alphas(j), this.annotations.subarray(j * this.d, (j + 1) * this.d));
  }

  /** The sum of what has been added so far; without weights the model's own C. */
  total() {
    if (!this.weights) return this.contexts.subarray(this.chosen.row * this.d, (this.chosen.row + 1) * this.d);
    const sum = new Float32Array(this.d);
    for (let j = 0; j < this.chosen.added; j++) this.term(j).forEach((value, k) => (sum[k] += value));
    return sum;
  }

  /** The largest difference between two rows of numbers. */
  apart(one, other) {
    return one.reduce((most, value, k) => Math.max(most, Math.abs(value - other[k])), 0);
  }

  update() {
    const { row, added } = this.chosen;
    const { symbol } = this.header;
    this.chips.forEach((chip, i) => {
      setPressed(chip, i === row);
      chip.classList.toggle("now", i === row);
    });
    const context = (i) => this.contexts.subarray(i * this.d, (i + 1) * this.d);
    setText(this.name, this.weights ? `C${subscript(row + 1)}` : `C${subscript(row + 1)} = C`);
    if (this.weights) {
      this.transport.paint(fill(this.words.so_far, { added, all: this.S }));
      setPressed(this.guessButton, Boolean(this.guessing));
      this.root.classList.toggle("guessing", Boolean(this.guessing));
      for (const line of this.lines) {
        const mean = this.mean(line.j);
        setText(line.alpha, this.isHidden ? "?" : number(mean));
        line.bar.style.width = this.isHidden ? "0" : `${100 * mean}%`;
        line.name.disabled = !this.isHidden;
        line.name.classList.toggle("waits", line.j >= added && !this.isHidden);
        line.name.classList.toggle("guessed", Boolean(this.guessing) && this.guessed.get(row) === line.j);
      }
      const left = this.apart(this.total(), context(row));
      const sum = added < this.S ? fill(this.words.missing, { n: this.S - added }) : fill(this.words.same, { difference: small(left) });
      const piece = surface(this.header.rows[row]);
      setText(this.finding, this.isHidden ? fill(this.words.guess_which, { piece }) : [this.verdict(), sum].filter(Boolean).join(" "));
    } else {
      const most = range(this.T).reduce((so, i) => Math.max(so, this.apart(context(i), context(0))), 0);
      setText(this.finding, fill(this.words.fixed, { n: this.T, difference: most, symbol }));
    }
    this.schedule();
  }

  paint() {
    for (const { canvas, values } of this.strips) {
      const row = values();
      canvas.classList.toggle("empty", !row);
      if (!row) continue;
      paintPixels(canvas, row.length, 1, this.differences, (k) => signedShade(row[k], this.limit));
    }
  }
}

/** A small number as people write it: 6 × 10⁻⁸. */
function small(value) {
  if (!value) return "0";
  const [mantissa, exponent] = value.toExponential(0).split("e");
  const power = [...String(Number(exponent))].map((digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit])).join("");
  return `${mantissa} × 10${power}`;
}

const subscript = (n) => [...String(n)].map((digit) => "₀₁₂₃₄₅₆₇₈₉"[digit]).join("");

export default function view(component, assets) {
  return mount(Contexts, component, assets);
}
