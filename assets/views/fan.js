// Heads together and side by side: what one word attends to in the encoder, a colour for each head, all maps of a layer beside it.

import { fanSheet, meanOf, mostDifferent } from "./fan/lines.js";
import { clamp, make, range, roomBelow, setAttribute, setPressed, setText } from "./kit/dom.js";
import { drawFan } from "./kit/fan.js";
import { fill, number } from "./kit/format.js";
import { cellPicture } from "./kit/heatmap.js";
import { Weights } from "./kit/trace.js";
import { mount, View } from "./kit/view.js";

const SIDE_GAP = 10; // pixels between two maps, and below the last
const LOWEST_SIDE = 96; // pixels: no map is lower, whatever the window

/** @extends {View<import("./kit/payloads.js").FanHeader, typeof import("./fan.json").en>} */
class Fan extends View {
  async read(bytes) {
    const weights = await Weights.read(bytes);
    return { header: weights.header, weights };
  }

  take({ header, weights }) {
    const w = this.words;
    this.weights = weights;
    this.view = weights.view("encoder_self", false, false);
    if (this.isNew) this.state = { ...header.state, heads: [...header.state.heads] };
    this.hover = null;
    const heads = range(header.heads);
    this.layerButtons = range(header.layers[0]).map((i) =>
      make("button", { type: "button", text: i + 1, "aria-label": fill(w.layer_n, { n: i + 1 }), onclick: () => this.change({ layer: i }) }),
    );
    this.presets = ["one", "two", "all"].map((name) =>
      make("button", { type: "button", text: w[name], onclick: () => this.change({ heads: this.preset(name) }) }),
    );
    this.keys = this.view.columns.map((word) => make("li", { class: word.special ? "special" : "" }, make("bdi", { text: word.label }), make("span", { class: "weight" })));
    this.queries = this.view.rows.map((word, at) => {
      const button = make("button", { type: "button", class: word.special ? "special" : "", onclick: () => this.change({ word: at }) }, make("bdi", { text: word.label }));
      button.onpointerenter = () => this.point(at);
      button.onkeydown = (event) => this.step(event, at);
      return make("li", {}, button);
    });
    this.lines = make("canvas", { role: "img" });
    this.sides = heads.map((head) => {
      const canvas = make("canvas", { "aria-hidden": "true" });
      const [read, weight] = [make("bdi"), make("span")];
      const most = make("span", { class: "most" }, read, weight);
      const name = make("span", { class: "name" }, make("i", { style: `background: var(--head-${head % 8})`, "aria-hidden": "true" }), make("span", { class: "wide", text: fill(w.head_n, { n: head + 1 }) }), make("span", { class: "brief", text: head + 1 }));
      const button = make("button", { type: "button", onclick: () => this.toggle(head) }, name, canvas, most);
      return { head, button, canvas, read, weight };
    });
    const right = make("ol", { class: "queries", "aria-label": w.queries }, ...this.queries);
    right.onpointerleave = () => this.point(null);
    this.body = make("div", { class: "lines" }, make("ol", { class: "keys", "aria-label": w.keys }, ...this.keys), this.lines, right);
    this.scroller = make("div", { class: "scroll" }, this.body);
    this.finding = make("p", { class: "finding" });
    const many = header.heads > 1;
    this.root = make(
      "div",
      { class: many ? "hl fan" : "hl fan single", role: "group", "aria-label": w.fan, lang: header.language === "zh" ? "zh-Hans" : "en" },
      make(
        "div",
        { class: "controls" },
        many && make("span", { class: "buttons", role: "group", "aria-label": w.how_many }, ...this.presets),
        make(
          "span",
          { class: "pair" },
          this.explained(w.layer, "layer"),
          make("span", { class: "buttons", role: "group", "aria-label": w.layer }, ...this.layerButtons),
        ),
        make("span", { class: "legend" }, make("span", { text: "0" }), make("span", { class: "ramp", "aria-hidden": "true" }), make("span", { text: "1" })),
        make("span", { class: "files" }, ...["svg", "png"].map((kind) => this.button(kind, () => this.download(kind), kind.toUpperCase()))),
      ),
      make(
        "div",
        { class: "body" },
        make("div", { class: "together" }, make("div", { class: "titles" }, make("span", { text: w.is_read }), make("span", { text: w.reads })), this.scroller),
        make("div", { class: "sides", role: "group", "aria-label": w.sides }, ...this.sides.map(({ button }) => button)),
      ),
      this.finding,
    );
  }

  // --- What is chosen

  change(more) {
    this.state = { ...this.state, ...more };
    this.tell(this.state);
    this.schedule();
  }

  /** A head more or less; one at least stays. */
  toggle(head) {
    const { heads } = this.state;
    const left = heads.includes(head) ? heads.filter((other) => other !== head) : [...heads, head].sort((a, b) => a - b);
    if (left.length) this.change({ heads: left });
  }

  /** One head: the first that is chosen. Two: that one and the head that differs most from it at this word. */
  preset(name) {
    const all = range(this.header.heads);
    if (name === "all") return all;
    const first = this.state.heads[0];
    if (name === "one") return [first];
    return [first, mostDifferent(first, all.map((head) => this.row(head, this.state.word)))].sort((a, b) => a - b);
  }

  step(event, at) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const next = clamp(at + by, 0, this.queries.length - 1);
    this.queries[next].firstChild.focus();
    this.change({ word: next });
  }

  point(word) {
    if (word === this.hover) return;
    this.hover = word;
    this.schedule();
  }

  // --- Numbers

  get word() {
    return this.hover ?? this.state.word;
  }

  row(head, word) {
    const width = this.view.columns.length;
    return this.weights.shown(this.view, this.state.layer, head).subarray(word * width, (word + 1) * width);
  }

  strongest(row) {
    return row.reduce((best, weight, i) => (weight > row[best] ? i : best), 0);
  }

  // --- Sizes

  layout() {
    const S = this.keys.length;
    this.root.classList.toggle("narrow", this.frame.clientWidth < 640);
    this.rowHeight = clamp(Math.floor(332 / S), 22, 34);
    this.root.style.setProperty("--row", `${this.rowHeight}px`);
    this.sideHeight = this.heightOfSides();
    this.schedule();
  }

  /** How high the map of each head is, so that all are seen at once: at most as high as it is wide. */
  heightOfSides() {
    if (this.root.classList.contains("narrow")) return Infinity;
    const buttons = this.sides.map(({ button }) => button);
    const [{ canvas }] = this.sides;
    const down = new Set(buttons.map((button) => button.offsetTop)).size;
    const around = buttons[0].offsetHeight - canvas.offsetHeight + SIDE_GAP;
    return Math.max(LOWEST_SIDE, Math.floor(roomBelow(buttons[0], SIDE_GAP) / down - around));
  }

  // --- Paint

  paint() {
    const { state, words: w } = this;
    const { heads, layer } = state;
    const label = this.view.rows[this.word].label;
    this.layerButtons.forEach((button, i) => setPressed(button, i === layer));
    const all = this.header.heads;
    const shown = heads.length === all ? "all" : heads.length === 1 ? "one" : heads.length === 2 ? "two" : "";
    this.presets.forEach((button, i) => setPressed(button, ["one", "two", "all"][i] === shown));
    this.queries.forEach((item, i) => {
      setPressed(item.firstChild, i === state.word);
      item.classList.toggle("now", i === this.word);
    });
    this.paintLines(heads);
    const mostly = this.sides.map(({ head }) => this.strongest(this.row(head, this.word)));
    this.sides.forEach((side, i) => this.paintSide(side, heads.includes(side.head), this.view.columns[mostly[i]].label, mostly[i]));
    const different = new Set(mostly).size;
    const values = { word: label, n: all, different, layer: layer + 1, piece: this.view.columns[mostly[0]].label, weight: number(this.row(0, this.word)[mostly[0]]) };
    setText(this.finding, fill(all > 1 ? (different > 1 ? w.finding : w.finding_same) : w.finding_one, values));
  }

  paintLines(heads) {
    const S = this.keys.length;
    const one = heads.length === 1;
    const rows = heads.map((head) => this.row(head, this.word));
    this.keys.forEach((item, k) => {
      const { text, large } = meanOf(rows, k);
      setText(item.lastChild, text);
      item.classList.toggle("attended", large);
    });
    setAttribute(this.lines, "aria-label", fill(one ? this.words.lines_one : this.words.lines, { word: this.view.rows[this.word].label, heads: heads.map((head) => head + 1).join(", ") }));
    const height = S * this.rowHeight;
    const width = this.lines.parentElement.clientWidth - this.keys[0].parentElement.offsetWidth - this.queries[0].parentElement.offsetWidth;
    this.sizeCanvas(this.lines, Math.max(40, width), height);
    const band = Math.min(9, Math.floor((width * 0.34) / heads.length));
    const g = { bands: 2, band, left: band * heads.length + 4, right: width - 4, pitch: this.rowHeight, top: 0 };
    if (this.scrolledTo !== this.view) {
      this.scrolledTo = this.view; // a new sentence: the chosen word is in the middle of what is seen
      this.scroller.scrollTop = (this.word + 0.5) * this.rowHeight - this.scroller.clientHeight / 2;
    }
    drawFan(this.context(this.lines), { heads, rows, word: this.word }, g, this.palette);
  }

  // --- Downloads

  /** What the chosen word attends to: words, bands, lines and numbers as they are on screen, for a paper. */
  download(kind) {
    const { header, view, words } = this;
    const { heads, layer, word } = this.state;
    const rows = heads.map((head) => this.row(head, word));
    const { paper, width, height } = fanSheet({ header, view, words, heads, layer, word, rows, palette: this.assets.palette });
    const which = heads.map((head) => head + 1).join("+");
    paper.save(kind, `headlight-encoder_self-layer${layer + 1}-head${which}-${word + 1}`, width, height);
  }

  paintSide({ head, button, canvas, ...side }, chosen, read, key) {
    setPressed(button, chosen);
    const S = this.keys.length;
    const map = this.weights.shown(this.view, this.state.layer, head);
    const weight = number(map[this.word * S + key]);
    setText(side.read, read);
    setText(side.weight, weight);
    setAttribute(button, "aria-label", fill(this.words.side, { n: head + 1, word: this.view.rows[this.word].label, read, weight }));
    const size = Math.max(40, canvas.parentElement.clientWidth - 14);
    const height = Math.min(size, this.sideHeight);
    this.sizeCanvas(canvas, size, height);
    const context = this.context(canvas);
    context.imageSmoothingEnabled = false;
    context.drawImage(cellPicture(map, this.view, this.table), 0, 0, size, height);
    context.strokeStyle = this.palette.border;
    context.strokeRect(0.5, 0.5, size - 1, height - 1);
    const [w, h] = [size / S, height / S];
    context.strokeStyle = this.palette.text;
    context.lineWidth = 1.5;
    context.strokeRect(0.75, this.word * h, size - 1.5, Math.max(h, 3));
    context.strokeStyle = this.palette.accent;
    context.lineWidth = 2.5;
    context.strokeRect(key * w, this.word * h, Math.max(w, 3), Math.max(h, 3));
  }
}

export default function view(component, assets) {
  return mount(Fan, component, assets);
}
