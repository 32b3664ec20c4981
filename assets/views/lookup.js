// Attention as a search: one query is compared with every key, the scores become weights, the weights mix the values.
//
// It gets the scores and values of a head once (pages/attention/search.py); weights at another sharpness are worked out here.

import { clamp, make, range, setAttribute, setPressed, setText } from "./kit/dom.js";
import { fill, number, surface } from "./kit/format.js";
import { paintPixels, signedShade } from "./kit/strip.js";
import { mount, View } from "./kit/view.js";

const SHARPNESS = [0, 0.1, 0.25, 0.5, 1, 2, 4, 10, Infinity]; // what scores are multiplied by; infinite: the best key alone
const AS_THE_MODEL = SHARPNESS.indexOf(1);

/** The softmax of scores times a sharpness, null for hidden keys: they get exactly 0. */
function softmax(scores, sharpness) {
  const seen = scores.filter((score) => score !== null);
  const most = Math.max(...seen);
  const power = (score) => {
    if (score === null) return 0;
    if (sharpness === Infinity) return score === most ? 1 : 0;
    return Math.exp((score - most) * sharpness);
  };
  const powers = scores.map(power);
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => (total ? value / total : 0));
}

/** The key with the largest weight; -1 where several get a weight, all the same. */
function bestOf(weights) {
  const most = Math.max(...weights);
  const seen = weights.filter((weight) => weight > 0);
  return seen.length > 1 && seen.every((weight) => weight === most) ? -1 : weights.indexOf(most);
}

/** What a query attends to, in words. */
export function resultOf(query, keys, weights, w) {
  const best = bestOf(weights);
  const values = { query: surface(query), percent: Math.round(100 * Math.max(...weights)) };
  if (best >= 0) return fill(w.result, { ...values, key: surface(keys[best]) });
  const n = weights.filter((weight) => weight > 0).length;
  return fill(n < keys.length ? w.result_even_masked : w.result_even, { ...values, n });
}

/** The sum of vectors, each times its weight. */
function mixed(weights, vectors) {
  return vectors[0].map((_, i) => weights.reduce((sum, weight, j) => sum + weight * vectors[j][i], 0));
}

/** @extends {View<import("./kit/payloads.js").LookupHeader, typeof import("./lookup.json").en>} */
class Lookup extends View {
  take({ header }) {
    if (this.isNew) this.query = clamp(header.state.query, 0, header.queries.length - 1);
    this.sharpness ??= AS_THE_MODEL;
    this.mixing = header.mode === "mix";
    const largest = (rows) => rows.reduce((most, row) => row.reduce((so, value) => Math.max(so, Math.abs(value ?? 0)), most), 0);
    this.valueLimit = largest(header.values) || 1;
    this.scoreLimit = largest(header.scores) || 1;
    this.root = make(
      "div",
      { class: "hl lookup", role: "group", "aria-label": this.words.label, lang: header.language === "zh" ? "zh-Hans" : "en" },
      this.buildQueries(),
      this.buildTable(),
      this.buildControls(),
      (this.result = make("p", { class: "result", "aria-live": "polite" })),
    );
  }

  buildQueries() {
    const { queries, query_side: side, predicts } = this.header;
    this.chips = queries.map((piece, i) =>
      make(
        "button",
        { type: "button", class: `chip ${side}`, onclick: () => this.choose(i), onkeydown: (event) => this.move(event, i) },
        make("bdi", { dir: "auto", text: surface(piece) }),
      ),
    );
    this.predicted = make("bdi", { class: "target", dir: "auto" });
    return make(
      "div",
      { class: "queries" },
      make("strong", { class: "q", text: this.words.query }),
      (this.scroller = make("div", { class: "scroller", role: "group", "aria-label": this.words.query }, make("div", { class: "chips" }, ...this.chips))),
      predicts && make("span", { class: "predicts" }, make("span", { text: `→ ${this.words.predicts}` }), this.predicted),
    );
  }

  buildTable() {
    const { keys, key_side: side, kept } = this.header;
    const w = this.words;
    const head = (number, title, formula, tone) =>
      make("th", { scope: "col" }, number && make("span", { class: "stage", text: number }), make("span", { class: tone, text: title }), make("i", { text: formula }));
    const strip = (values) => {
      const canvas = make("canvas", { width: this.header.values[0].length, height: 1, "aria-hidden": "true" });
      return { canvas, values, cell: make("td", { class: "strip" }, canvas) };
    };
    this.strips = [];
    const values = kept ?? this.header.values;
    this.rows = keys.map((piece, j) => {
      const [score, weight] = [make("span", { class: "number" }), make("span", { class: "number" })];
      const [scoreBar, weightBar] = [make("span", { class: "bar" }), make("span", { class: "bar" })];
      const value = strip(() => values[j]);
      const term = strip(() => values[j].map((part) => part * this.weights[j]));
      this.strips.push(value, ...(this.mixing ? [term] : []));
      const line = make(
        "tr",
        {},
        make("th", { scope: "row", class: side }, make("bdi", { dir: "auto", text: surface(piece) })),
        !this.mixing && make("td", { class: "score" }, make("span", { class: "signed" }, scoreBar), score),
        make("td", { class: "weight" }, make("span", { class: "track" }, weightBar), weight),
        value.cell,
        this.mixing && term.cell,
      );
      return { line, score, weight, scoreBar, weightBar };
    });
    this.body = make("tbody", {}, ...this.rows.map(({ line }) => line));
    const sum = (title, from, tone) => {
      const output = strip(() => mixed(this.weights, from));
      this.strips.push(output);
      return make("tr", { class: `sum ${tone}` }, make("th", { scope: "row", colspan: 3, text: title }), output.cell);
    };
    const titles = this.mixing
      ? [make("td"), head("", w.weight, "αⱼ", "a"), head("", kept ? fill(w.short, { n: this.header.n }) : w.value, "vⱼ", "v"), head("", w.weighted, "αⱼ vⱼ", "v")]
      : [make("td"), head("1", w.compare, "q · kⱼ / √dₖ", "k"), head("2", w.weigh, "αⱼ = softmax", "a"), head("3", w.hand_over, "vⱼ", "v")];
    return make(
      "div",
      { class: "table", tabindex: "0", role: "group", "aria-label": w.label },
      make(
        "table",
        { class: this.mixing ? "mixing" : "" },
        make("thead", {}, make("tr", {}, ...titles)),
        this.body,
        make("tfoot", {}, sum(kept ? fill(w.sum_short, { n: this.header.n }) : w.sum, values, "used"), kept && sum(w.sum_full, this.header.values, "full")),
      ),
    );
  }

  buildControls() {
    const w = this.words;
    this.slider = make("input", {
      type: "range", min: 0, max: SHARPNESS.length - 1, step: 1, value: this.sharpness, "aria-label": w.sharpness,
      oninput: () => {
        this.sharpness = Number(this.slider.value);
        this.schedule();
      },
      onkeydown: (event) => event.stopPropagation(),
    });
    this.slider.value = this.sharpness;
    this.sharpnessText = make("span", { class: "sharpness-text" });
    this.sorting = make("input", { type: "checkbox", onchange: () => this.sort(this.sorting.checked), onkeydown: (event) => event.stopPropagation() });
    this.sorting.checked = Boolean(this.sorted);
    return make(
      "div",
      { class: "controls" },
      make("label", {}, make("span", { text: w.sharpness }), this.slider, this.sharpnessText),
      make("label", {}, this.sorting, make("span", { text: w.sorted })),
    );
  }

  choose(query) {
    this.query = query;
    this.schedule();
    this.tell({ query });
  }

  move(event, i) {
    const to = { ArrowLeft: i - 1, ArrowRight: i + 1 }[event.key];
    if (!this.chips[to]) return;
    event.preventDefault();
    event.stopPropagation();
    this.chips[to].focus();
    this.choose(to);
  }

  sort(sorted) {
    this.sorted = sorted;
    this.schedule();
  }

  layout() {
    this.root.classList.toggle("narrow", this.frame.clientWidth < 600);
    this.schedule();
  }

  paint() {
    const { header, words: w } = this;
    const scores = header.scores[this.query];
    const sharpness = SHARPNESS[this.sharpness];
    this.weights = softmax(scores, sharpness);
    const order = range(scores.length);
    if (this.sorted) order.sort((a, b) => (scores[b] ?? -Infinity) - (scores[a] ?? -Infinity) || a - b);
    if (order.some((j, at) => this.body.children[at] !== this.rows[j].line)) this.body.replaceChildren(...order.map((j) => this.rows[j].line));
    const best = bestOf(this.weights);
    this.rows.forEach(({ line, score, weight, scoreBar, weightBar }, j) => {
      setText(score, scores[j] === null ? "−∞" : number(scores[j]));
      setText(weight, number(this.weights[j]));
      const share = (scores[j] ?? 0) / this.scoreLimit / 2;
      scoreBar.style.left = `${50 + 100 * Math.min(share, 0)}%`;
      scoreBar.style.width = `${100 * Math.abs(share)}%`;
      weightBar.style.width = `${100 * this.weights[j]}%`;
      line.classList.toggle("best", j === best && this.weights[j] > 0);
    });
    this.chips.forEach((chip, i) => {
      setPressed(chip, i === this.query);
      setAttribute(chip, "tabindex", i === this.query ? "0" : "-1");
    });
    if (header.predicts) setText(this.predicted, surface(header.predicts[this.query]));
    for (const { canvas, values } of this.strips) this.paintStrip(canvas, values());
    const name = { 0: "even", 1: "model", Infinity: "hard" }[sharpness];
    setText(this.sharpnessText, name ? w[name] : fill(w.times, { times: sharpness }));
    setAttribute(this.slider, "aria-valuetext", this.sharpnessText.textContent);
    setText(this.result, resultOf(header.queries[this.query], header.keys, this.weights, w));
  }

  paintStrip(canvas, values) {
    paintPixels(canvas, values.length, 1, this.differences, (i) => signedShade(values[i], this.valueLimit));
  }
}

export default function view(component, assets) {
  return mount(Lookup, component, assets);
}
