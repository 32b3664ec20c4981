// The panel of one side: the map of one head, the maps of all of them, or one row as lines.

import { make, range, segments, setAttribute, setPressed, setText } from "../kit/dom.js";
import { fill } from "../kit/format.js";
import { Overview } from "./overview.js";
import { MapPanel } from "./panel.js";
import { RowLines } from "./rows.js";
import { badge } from "./sentences.js";
import { ALL, AVERAGE } from "./side.js";

export class SidePanel extends MapPanel {
  /** @param {import("../pair.js").Pair} pair
   *  @param {import("./side.js").Side} side */
  constructor(pair, side) {
    const { words: w } = pair;
    super(pair, side.at, fill(w.map, { side: side.letter }), side.letter);
    this.side = side;
    this.ablate = !pair.header.ablation
      ? null
      : make("button", {
          type: "button",
          class: "toggle",
          text: w.ablate,
          title: w.ablate_alt,
          onclick: () => pair.act({ ablate: [side.at, pair.state.kind, side.layer(pair.state.kind, pair.state.layer), this.head] }),
        });
    this.overview = new Overview(this);
    this.lines = new RowLines(this);
    this.choices = side.heads > 1 ? [ALL, AVERAGE, ...range(side.heads)].map((head) => this.choice(head)) : [];
    this.picker = segments(fill(w.heads, { side: side.letter }), this.choices.map(({ button }) => button));
    const name = make("strong", { class: "name", text: side.name, title: side.name });
    this.heading = make("div", { class: "panel-head" }, badge(side), name, this.where, this.readout, this.ablate, this.choices.length > 0 && this.picker);
    this.element = make(
      "section",
      { class: "panel", "aria-label": `${side.letter}: ${side.name}` },
      this.heading,
      this.map.box,
      this.overview.element,
      this.lines.element,
      this.none,
    );
  }

  /** A button for one head, for the average of all, or for all of them. */
  choice(head) {
    const { words: w } = this.pair;
    const single = typeof head === "number";
    const text = single ? String(head + 1) : w[head];
    const title = single ? fill(w.head_n, { n: head + 1 }) : fill(head === AVERAGE ? w.average_alt : w.all_alt, { n: this.side.heads });
    const name = make("span", { text });
    const dot = single && make("i", { class: "dot", style: `--dot: var(--head-${head % 8})` });
    const button = make(
      "button",
      { type: "button", class: "head-choice", title, "aria-label": `${this.side.letter}: ${title}`, onclick: () => (head === ALL ? this.showAll() : this.pair.chooseHead(this.side, head)) },
      dot,
      name,
    );
    return { head, button, name };
  }

  get head() {
    return this.pair.headOf(this.side);
  }

  get isShown() {
    return this.side.has(this.pair.state.kind);
  }

  get view() {
    return this.side.view(this.pair.state.kind);
  }

  get visible() {
    const { kind, step } = this.pair.state;
    return this.side.visible(kind, step);
  }

  get current() {
    const { state } = this.pair;
    return this.side.current(state.kind, state);
  }

  /** The row under the pointer, else the current one; -1 where there is none. */
  get row() {
    if (!this.isShown) return -1;
    const row = this.hover?.row ?? this.current;
    return row < Math.min(this.visible, this.view.rows.length) ? row : -1;
  }

  get focus() {
    const { kind, layer } = this.pair.state;
    return this.side.map(kind, layer, this.head);
  }

  get look() {
    const { state, table } = this.pair;
    return { table, picture: () => this.side.picture(state.kind, state.layer, this.head, table) };
  }

  /** What a head attends to in the row in question: the piece under the pointer, else the one with the largest weight.
   *  @param {number} head
   *  @returns {{reader: string, key: string, weight: number} | null} null where there is no such row, or the head is removed */
  foundIn(head) {
    const { row, side, view, pair, hover } = this;
    if (row < 0) return null;
    const { rows, columns } = side.headsOf(pair.state.kind, pair.state.layer, row);
    const weights = rows[head];
    const pointed = columns.indexOf(hover?.column);
    const at = pointed >= 0 ? pointed : weights.indexOf(Math.max(...weights));
    if (!weights.some((weight) => weight > 0)) return null;
    return { reader: view.rows[row].label, key: view.columns[columns[at]].label, weight: weights[at] };
  }

  restyled() {
    this.side.pictures.clear();
  }

  // --- One head, or all of them

  /** Show one head's map alone. */
  enlarge(head) {
    this.pair.chooseHead(this.side, head);
    this.choices.find((choice) => choice.head === head)?.button.focus({ preventScroll: true });
  }

  showAll() {
    const { head } = this;
    this.pair.chooseHead(this.side, ALL);
    if (typeof head === "number") this.overview.tiles[head].element.focus({ preventScroll: true });
  }

  arrange() {
    const { pair, side, head } = this;
    super.arrange();
    if (this.isShown && pair.state.view === "lines") this.mode = "lines";
    else if (this.isShown && side.heads > 1 && head === ALL) this.mode = "all";
    const { mode } = this;
    this.map.box.hidden = mode !== "map";
    this.overview.element.hidden = mode !== "all";
    this.lines.element.hidden = mode !== "lines";
    this.heading.classList.toggle("choosing", mode === "map");
    this.picker.hidden = mode === "none" || mode === "lines";
    for (const choice of this.choices) {
      if (typeof choice.head === "number") choice.button.hidden = mode !== "map"; // else the maps themselves are the buttons
      setPressed(choice.button, choice.head === head);
    }
    if (this.ablate) this.ablate.hidden = mode !== "map" || typeof head === "string" || this.side.change(this.pair.state.kind, this.pair.state.layer, head) === "zero";
  }

  /** Layer and head in words. */
  whereOf() {
    const { side, head, mode } = this;
    const { words: w, header, state } = this.pair;
    const layer = side.layer(state.kind, state.layer) + 1;
    if (header.rollout) return fill(w.where_rollout, { layer });
    if (side.heads === 1) return fill(w.where_only, { layer });
    if (mode === "all" || mode === "lines") return fill(w.where_all, { layer, n: side.heads });
    if (head === AVERAGE || head === ALL) return fill(w.where_average, { layer, n: side.heads });
    return fill(w.where_head, { layer, head: head + 1 });
  }

  paint() {
    const { side, isShown } = this;
    const { words: w, state } = this.pair;
    this.showWhere(isShown ? this.whereOf() : "");
    for (const choice of this.choices) if (typeof choice.head === "number") this.paintChoice(choice);
    if (!isShown) setText(this.none, fill(w.none, { name: side.name, kind: w.kinds_long[state.kind] }));
  }

  /** A head that was changed in this run is marked. */
  paintChoice({ head, button, name }) {
    const { words: w, state } = this.pair;
    const change = this.isShown ? this.side.change(state.kind, state.layer, head) : undefined;
    setText(name, change ? `${head + 1} ✕` : String(head + 1));
    setAttribute(button, "aria-label", `${this.side.letter}: ${fill(w.head_n, { n: head + 1 })}${change ? `, ${w.changed[change]}` : ""}`);
  }

  paintReadout() {
    super.paintReadout();
    if (this.mode === "all") this.overview.paint();
    if (this.mode === "lines") this.lines.paint();
  }

  draw() {
    if (this.mode === "all") this.overview.draw();
    else if (this.mode === "lines") this.lines.draw();
    else super.draw();
  }

  /** Bring the row of the step into sight. */
  scrollToStep() {
    const { geometry: g, scroll } = this.map;
    const row = this.current;
    if (!g?.scrolls || row < 0) return;
    const y = row * g.ch;
    if (y < scroll.y || y + g.ch > scroll.y + g.height - g.y0) scroll.to({ y: y - (g.height - g.y0) / 2 });
  }
}
