// Two runs side by side: one step, one kind and one layer for both, a head of its own for each, one scale.
//
// The browser gets both packed Traces in one piece (pages/ui/pair.py); every step, hover and choice is answered here.

import { make, range, setAttribute, setText } from "./kit/dom.js";
import { fill } from "./kit/format.js";
import { Presentation } from "./kit/present.js";
import { KINDS, unpack, Weights } from "./kit/trace.js";
import { mount, View } from "./kit/view.js";
import { Controls } from "./pair/controls.js";
import { commonRows, DifferencePanel } from "./pair/difference.js";
import { findingOf } from "./pair/finding.js";
import { layoutMaps, projectedSize } from "./pair/layout.js";
import { Sentences } from "./pair/sentences.js";
import { ALL, Side } from "./pair/side.js";
import { SidePanel } from "./pair/side_panel.js";
import { possiblePair } from "./pair/state.js";

/** @extends {View<import("./kit/payloads.js").PairHeader, typeof import("./pair.json").en>} */
export class Pair extends View {
  constructor(parent, assets) {
    super(parent, assets);
    this.hover = null; // {row, column, at}: indices of the view and the panel under the pointer
    this.presentation = new Presentation(this);
    this.onResize = () => this.layout(); // pictures are as high as the window allows
    addEventListener("resize", this.onResize);
  }

  async read(data) {
    const { header, body } = unpack(data);
    const middle = header.lengths[0];
    const [a, b] = await Promise.all([Weights.read(body.subarray(0, middle)), Weights.read(body.subarray(middle))]);
    return { header, weights: [a, b] };
  }

  take({ header, weights }) {
    this.controls?.transport.stop();
    this.hover = null;
    this.sides = weights.map((one, at) => new Side(one, header.sides[at], at));
    const [a, b] = this.sides.map((side) => side.header);
    this.same = JSON.stringify([a.source, a.languages[0]]) === JSON.stringify([b.source, b.languages[0]]);
    this.linked = header.difference && this.sides[0].heads === this.sides[1].heads;
    this.state = possiblePair(this.isNew ? header.state : this.state, this.sides, this.linked);
    this.last = Math.max(...this.sides.map((side) => side.T)) - 1;
    this.common = commonRows(a, b);
    this.build();
  }

  destroy() {
    super.destroy();
    removeEventListener("resize", this.onResize);
    this.presentation.destroy();
    this.controls?.transport.stop();
  }

  // --- State

  headOf(side) {
    return side.at ? this.state.head_b : this.state.head_a;
  }

  change(patch) {
    const before = this.state;
    const next = possiblePair({ ...before, ...patch }, this.sides, this.linked);
    if (next.kind !== before.kind) this.hover = null;
    this.state = next;
    if (["kind", "view", "head_a", "head_b"].some((name) => next[name] !== before[name])) this.layout();
    this.follow = true;
    this.schedule();
    if (this.controls.transport.playing) this.tellLater(this.state);
    else this.tell(this.state);
  }

  chooseHead(side, head) {
    this.change(side.at && !this.linked ? { head_b: head } : { head_a: head, ...(this.linked ? { head_b: head } : {}) });
  }

  go(step) {
    this.controls.transport.go(step);
  }

  /** Look at a row: in the encoder there is no step that has one. */
  goToRow(row) {
    if (this.state.kind === "encoder_self") this.change({ row });
    else this.go(row);
  }

  /** From one head's map back to those of all heads, on both sides. */
  showAll() {
    this.change({ head_a: ALL, head_b: ALL, view: "maps" });
  }

  /** Whether a visitor can go back to the maps of all heads. */
  get isEnlarged() {
    return this.state.view === "lines" || this.sides.some((side) => side.heads > 1 && this.headOf(side) !== ALL);
  }

  /** What is under the pointer: indices of a panel's view and which panel, or null. */
  point(hover) {
    if (JSON.stringify(hover) === JSON.stringify(this.hover)) return;
    this.hover = hover;
    this.pendingHover ??= requestAnimationFrame(() => {
      this.pendingHover = null;
      if (!this.gone) this.paintMaps();
    });
  }

  onKey(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.tagName === "INPUT") return;
    if ([" ", "Enter"].includes(event.key) && target.tagName === "BUTTON") return event.stopPropagation();
    const { step, layer, view } = this.state;
    this.doKey(event, {
      ArrowLeft: () => this.go(step - 1),
      ArrowRight: () => this.go(step + 1),
      Home: () => this.go(0),
      End: () => this.go(this.last),
      ArrowUp: () => this.change({ layer: Math.min(layer + 1, this.layers - 1) }),
      ArrowDown: () => this.change({ layer: Math.max(0, layer - 1) }),
      1: () => this.change({ kind: KINDS[0] }),
      2: () => this.change({ kind: KINDS[1] }),
      3: () => this.change({ kind: KINDS[2] }),
      " ": () => this.controls.transport.toggle(),
      l: () => this.change({ view: view === "lines" ? "maps" : "lines" }),
      p: () => this.presentation.toggle(),
      ...(this.isEnlarged && { Escape: () => this.showAll() }),
      ...(this.presenting && { Escape: () => this.presentation.toggle() }),
    });
  }

  get layers() {
    return Math.max(...this.sides.map((side) => side.weights.layers(this.state.kind)));
  }

  /** Whether one map can be taken from the other, cell by cell. */
  get comparable() {
    return this.same && this.sides.every((side) => side.has(this.state.kind));
  }

  // --- Building

  build() {
    const { header, words: w, sides } = this;
    this.sentences = header.rollout ? null : new Sentences(this);
    this.controls = new Controls(this);
    this.sidePanels = sides.map((side) => new SidePanel(this, side));
    this.panels = [...this.sidePanels, ...(header.difference ? [new DifferencePanel(this)] : [])];
    this.announcement = make("p", { class: "announcement", "aria-live": "polite" });
    this.rules = make("p", { class: "rules" });
    this.finding = make("p", { class: "finding" });
    this.sidesElement = make("div", { class: "sides" }, ...this.panels.map((panel) => panel.element));
    this.controls.element.append(
      make(
        "span",
        { class: "scale", role: "img", "aria-label": w.scale, title: w.scale },
        make("span", { text: "0" }),
        make("i", { class: "ramp" }),
        make("span", { text: "1" }),
      ),
      this.presentation.newButton(),
    );
    this.root = make(
      "div",
      {
        class: `hl of${this.panels.length}${header.rollout ? " rollout" : ""}${sides.every((side) => side.heads > 1) ? " many" : ""}`,
        tabindex: "0",
        role: "group",
        "aria-label": fill(w.pair, { a: sides[0].name, b: sides[1].name }),
        lang: header.language === "zh" ? "zh-Hans" : "en",
        onkeydown: (event) => this.onKey(event),
      },
      this.sentences?.element,
      this.controls.element,
      !header.rollout && this.finding,
      this.sidesElement,
      this.rules,
      this.announcement,
    );
    this.presentation.paint();
    this.follow = true;
  }

  // --- Theme and size

  restyled() {
    for (const panel of this.panels) panel.restyled();
    this.hatch = null;
  }

  layout() {
    if (!this.root || !this.palette || !this.frame.clientWidth || this.presentation.follow(this.header.present)) return;
    const { innerWidth: width, innerHeight: height } = window;
    this.root.classList.toggle("narrow", (this.presenting ? width : this.frame.clientWidth) < 640);
    this.root.style.fontSize = this.presenting ? `${projectedSize(width, height)}px` : "";
    this.em = parseFloat(getComputedStyle(this.root).fontSize);
    this.fontSize = Math.max(14, Math.round(this.em * 0.78));
    this.sentences?.layout();
    this.paintWords(); // what stands above the maps has its height before they get theirs
    layoutMaps(this);
    this.follow = true;
    this.schedule();
  }

  /** Maps of the same sentence scroll together. */
  scrolled(panel) {
    const { x, y } = panel.map.scroll;
    for (const other of this.same ? this.panels : [panel]) {
      if (!other.map.geometry) continue;
      if (other !== panel) other.map.scroll.to({ x, y });
      other.draw();
    }
  }

  // --- Painting

  paint() {
    if (!this.em) return;
    this.paintWords();
    if (this.follow) {
      this.follow = false;
      this.scrollToStep();
    }
    this.paintMaps();
  }

  paintWords() {
    this.sentences?.paint();
    this.controls.paint();
    for (const panel of this.panels) panel.paint();
    setText(this.rules, this.rulesOf().join(" · "));
  }

  /** Rules that hold for what is shown, and what is particular to one of the sides. */
  rulesOf() {
    const { kind, layer, step } = this.state;
    const w = this.words;
    const rules = [this.header.rollout ? w.scale_rollout : w.scale];
    for (const side of this.sides) {
      if (!side.has(kind)) continue;
      const own = side.weights.layers(kind);
      if (layer >= own) rules.push(fill(w.fewer_layers, { side: side.letter, n: own }));
      const removed = range(side.heads).some((head) => side.change(kind, layer, head) === "zero");
      if (removed && typeof this.headOf(side) === "string" && this.sidePanels[side.at].mode === "map") rules.push(fill(w.average_without, { side: side.letter }));
      if (kind !== "encoder_self" && step >= side.T) rules.push(fill(w.ended, { side: side.letter, step: side.T }));
    }
    if (this.sides.some((side) => side.about.masked.length) && kind !== "decoder_self") rules.push(w.hatched);
    return rules;
  }

  /** The maps, and their difference: what changes under the pointer. */
  paintMaps() {
    for (const panel of this.panels) {
      panel.paintReadout();
      panel.draw();
    }
    const { kind, step } = this.state;
    if (!this.header.rollout) setText(this.finding, this.findingText());
    const parts = kind === "encoder_self" ? [] : [fill(this.words.step_of, { step: step + 1, steps: this.last + 1 })];
    for (const { map, side, finding } of this.sidePanels) if (map.geometry) parts.push(`${side.letter}: ${finding}`);
    parts.push(this.finding.textContent);
    setAttribute(this.announcement, "aria-live", this.controls.transport.playing || this.hover ? "off" : "polite");
    setText(this.announcement, parts.join(". "));
  }

  /** What the heads of both sides attend to in the row in question. */
  findingText() {
    const { kind, layer } = this.state;
    const there = this.sidePanels.filter((panel) => panel.row >= 0);
    const about = there.map(({ side, view, row }) => {
      const { rows, columns } = side.headsOf(kind, layer, row);
      return { letter: side.letter, label: view.rows[row].label, rows, keys: columns.map((c) => view.columns[c].label) };
    });
    return findingOf(about, this.words.finding, kind !== "encoder_self");
  }

  /** Fine slanted lines: where nothing may be attended to. */
  hatching() {
    if (!this.hatch) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 8;
      const context = tile.getContext("2d");
      context.strokeStyle = this.palette.border;
      context.lineWidth = 1;
      for (const shift of [-8, 0, 8]) {
        context.moveTo(shift, 8);
        context.lineTo(shift + 8, 0);
      }
      context.stroke();
      this.hatch = context.createPattern(tile, "repeat");
    }
    return this.hatch;
  }

  /** Bring what belongs to the step into sight, where not everything fits. */
  scrollToStep() {
    if (this.header.rollout) return;
    this.sentences.scrollTo(this.state.step);
    for (const panel of this.sidePanels) panel.scrollToStep();
  }
}

export default function view(component, assets) {
  return mount(Pair, component, assets);
}
