// Inside one head: for one query, every key in a row, from the product q · k to the weighted value; and for one of the keys
// all numbers in full, dimension by dimension.
//
// It gets all vectors and scores of the head once (pages/inside/view.py); what a query, a key or a dimension changes is
// worked out here. The products q_i × k_i and weight × v_i are not sent: they are multiplied here.

import { Dimensions } from "./inside/dimensions.js";
import { KeyTable } from "./inside/keys.js";
import { sizesOf } from "./inside/layout.js";
import { HeadNumbers } from "./inside/numbers.js";
import { Queries } from "./inside/queries.js";
import { clamp, make } from "./kit/dom.js";
import { floats, unpack } from "./kit/trace.js";
import { mount, View } from "./kit/view.js";

/** @extends {View<import("./kit/payloads.js").InsideHeader, typeof import("./inside.json").en>} */
export class Inside extends View {
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
    if (this.isNew) this.query = header.state.query;
    if (this.pieces !== pieces) this.key = null;
    if (this.d !== header.d_k) this.held = null;
    this.hover = null;
    this.pieces = pieces;
    this.d = header.d_k;
    this.numbers = new HeadNumbers(header, numbers);
    this.placed = false;
    this.queries = new Queries(this);
    this.dimensions = new Dimensions(this);
    this.keyTable = new KeyTable(this);
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
      this.queries.element,
      this.dimensions.element,
      this.keyTable.element,
      this.legend(),
    );
  }

  legend() {
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

  // --- State

  get shownKey() {
    return this.key ?? this.numbers.heaviest(this.query);
  }

  /** The dimension in question: under the pointer, else the chosen one. */
  get dimension() {
    return this.hover ?? this.held;
  }

  /** Whose dimensions are shown in full: "qk", of queries and keys, or "v", of values. */
  get space() {
    return this.part === "values" ? "v" : "qk";
  }

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
    if (this.held && this.held.space !== this.space) this.held = null;
    this.refresh();
  }

  toggleSorted() {
    this.sorted = !this.sorted;
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
    const beside = (by) => (this.held ? (this.held.at + by + this.d) % this.d : by > 0 ? 0 : this.d - 1);
    this.doKey(event, {
      ArrowLeft: () => this.chooseQuery(this.query - 1),
      ArrowRight: () => this.chooseQuery(this.query + 1),
      Home: () => this.chooseQuery(0),
      End: () => this.chooseQuery(this.numbers.R - 1),
      ArrowUp: () => this.chooseKey(this.shownKey - 1),
      ArrowDown: () => this.chooseKey(this.shownKey + 1),
      "[": () => this.hold({ space: this.space, at: beside(-1) }),
      "]": () => this.hold({ space: this.space, at: beside(1) }),
      Escape: () => {
        this.held = null;
        this.chooseKey(null);
      },
    });
  }

  // --- Sizes

  layout() {
    const width = this.frame.clientWidth;
    if (!this.keyTable || !width) return;
    const { narrow, strip, cells, style } = sizesOf(width, this.header, this.numbers, (text, size) => this.measure(text, size));
    this.root.classList.toggle("narrow", narrow);
    for (const [name, value] of Object.entries(style)) this.root.style.setProperty(name, value);
    this.dimensions.layout(cells);
    this.keyTable.layout(strip);
    this.placed = true;
    this.follow = true;
    this.followKey = true;
    this.refresh();
  }

  // --- Painting

  /** All but the dimension in question is to be painted anew. */
  refresh() {
    this.stale = true;
    this.schedule();
  }

  restyled() {
    this.keyTable.painted = false;
    this.stale = true;
  }

  paint() {
    if (!this.placed) return;
    if (this.stale) {
      this.stale = false;
      for (const part of [this.queries, this.keyTable, this.dimensions]) part.paint();
      if (this.follow) this.queries.reveal();
      if (this.followKey) this.keyTable.reveal();
      this.follow = this.followKey = false;
    }
    this.keyTable.paintDimension();
    this.dimensions.paintDimension();
  }
}

export default function view(component, assets) {
  return mount(Inside, component, assets);
}
