// The attention view: one linked picture of all layers, heads and steps of a Trace.
//
// It gets the packed Trace once (core/export/packed.py); from then on everything happens here. The same file serves the
// app, where it is called again whenever data or theme change, and the offline page, where it is called once.

import { clamp, make, setAttribute, setText } from "./kit/dom.js";
import { fill } from "./kit/format.js";
import { cellPicture } from "./kit/heatmap.js";
import { Presentation } from "./kit/present.js";
import { Weights } from "./kit/trace.js";
import { mount, View } from "./kit/view.js";
import { Candidates } from "./stage/candidates.js";
import { Controls } from "./stage/controls.js";
import { Guess } from "./stage/guess.js";
import { HeadGrid } from "./stage/heads.js";
import { helpOf, onKey } from "./stage/keys.js";
import { arrange } from "./stage/layout.js";
import { Lines } from "./stage/lines.js";
import { MapPanel } from "./stage/map.js";
import { More } from "./stage/more.js";
import { Notes } from "./stage/notes.js";
import { saveSheet } from "./stage/paper.js";
import { Room } from "./stage/room.js";
import { Sentences } from "./stage/sentences.js";
import { changed, possible, Selection, SHOWN } from "./stage/state.js";
import { Steps } from "./stage/steps.js";
import { differs, Turn } from "./stage/turn.js";
import { findingOf, rulesOf } from "./stage/words.js";

/** @extends {View<import("./kit/payloads.js").TraceHeader, typeof import("./stage.json").en>} */
export class Stage extends View {
  /** Whether picture and controls stand beside each other. */
  wide = true;
  /** The base size of type, and that of names in pictures, in pixels. */
  em = 18;
  fontSize = 14;

  constructor(parent, assets) {
    super(parent, assets);
    this.speed = 1;
    this.several = false;
    this.hover = null; // {row, column}: indices of the view, either may be missing
    this.pictures = new Map();
    this.turn = new Turn();
    this.presentation = new Presentation(this);
    this.room = new Room(this.frame, () => this.layout());
  }

  async read(data) {
    const weights = await Weights.read(data);
    return { header: weights.header, weights };
  }

  take({ header, weights }) {
    const requested = this.isNew ? header.state : this.state;
    if (this.weights && this.isNew) this.turn.remember(this.shown);
    this.turn.begin();
    this.guess = new Guess();
    this.show({ header, weights, state: possible(requested, weights) });
  }

  /** @param {import("./kit/payloads.js").Shown} shown */
  show({ header, weights, state }) {
    this.transport?.stop();
    this.hover = null;
    this.header = header;
    this.weights = weights;
    this.pictures.clear();
    this.state = state;
    this.build();
  }

  get shown() {
    const { weights, state } = this;
    return { header: weights.header, weights, state };
  }

  /** Before and after: show what was before the last change, or again what is now. */
  turnOver() {
    if (!this.turn.other) return;
    this.tellNow();
    this.show(this.turn.swap(this.shown));
    this.restyle();
    this.frame.replaceChildren(this.root);
    this.layout();
    this.root.focus({ preventScroll: true });
  }

  destroy() {
    super.destroy();
    this.room.destroy();
    this.transport?.stop();
    this.presentation.destroy();
  }

  // --- State

  get state() {
    return this.selection?.state;
  }

  set state(state) {
    this.selection = new Selection(this.weights, state, this.guess.shown(state, Boolean(this.transport?.playing)));
  }

  change(patch) {
    const before = this.state;
    this.state = changed(before, patch, this.weights);
    if (differs(before, this.state)) this.turn.remember({ ...this.shown, state: before });
    const isNew = (name) => this.state[name] !== before[name];
    const shape = ["kind", "merged", "hidden", "view"].some(isNew);
    if (shape) {
      this.hover = null;
      this.layout();
    }
    if (shape || isNew("step")) this.follow = true;
    this.schedule();
    if (this.turn.isBefore) return; // the server keeps what is now
    if (this.transport.playing) this.tellLater(this.state);
    else this.tell(this.state);
  }

  act(what) {
    if (!this.turn.isBefore) super.act(what);
  }

  /** What is under the pointer: indices of the view, or null. */
  point(hover) {
    const same = (a, b) => a?.row === b?.row && a?.column === b?.column;
    if (same(hover, this.hover)) return;
    this.hover = hover;
    this.pendingHover ??= requestAnimationFrame(() => {
      this.pendingHover = null;
      if (!this.gone) this.paintLinked();
    });
  }

  // --- Actions

  go(step) {
    this.transport.go(step);
  }

  /** One press further: what is hidden of this step, else the next step. */
  onward() {
    if (this.selection.shown < SHOWN.all) this.reveal();
    else this.go(this.state.step + 1);
  }

  reveal() {
    this.guess.reveal(this.state.step, this.isBlind);
    this.change({});
  }

  /** Whether the model has no attention at all. */
  get isBlind() {
    return !this.header.layers.some(Boolean);
  }

  chooseHead(head, more) {
    if (!more) return this.change({ heads: [head] });
    return this.change({ heads: this.selection.withHead(head) });
  }

  /** Whether a click adds a head to those chosen. */
  isSeveral(event) {
    return this.several || event.shiftKey || event.ctrlKey || event.metaKey;
  }

  toggleSeveral() {
    this.several = !this.several;
    this.schedule();
  }

  moveHead(by) {
    this.change({ heads: this.selection.headBeside(by) });
  }

  moveLayer(by) {
    const held = this.weights.layersOf(this.state.kind);
    this.change({ layer: held[clamp(held.indexOf(this.state.layer) + by, 0, held.length - 1)] });
  }

  togglePin(side, word) {
    const pins = this.state.pinned;
    const own = pins.filter((pin) => pin[0] === side && word.from <= Number(pin.slice(1)) && Number(pin.slice(1)) < word.to);
    this.change({ pinned: own.length ? pins.filter((pin) => !own.includes(pin)) : [...pins, `${side}${word.from}`] });
  }

  /** Whether the app around the view performs an action: remove heads, force another piece. */
  can(act) {
    return (this.header.acts ?? []).includes(act);
  }

  // --- Building

  build() {
    const { header, words: w } = this;
    const blind = this.isBlind;
    this.root = make("div", {
      class: blind ? "hl blind" : "hl",
      tabindex: "0",
      role: "group",
      "aria-label": w.stage,
      lang: header.language === "zh" ? "zh-Hans" : "en",
      onkeydown: (event) => onKey(this, event),
    });
    this.help = helpOf(w);
    this.notes = new Notes(this);
    this.more = new More(w.more);
    this.sentences = new Sentences(this);
    this.controls = new Controls(this);
    this.steps = new Steps(this);
    this.transport = this.steps.transport;
    this.lines = new Lines(this);
    this.map = new MapPanel(this);
    this.grid = new HeadGrid(this);
    this.candidates = new Candidates(this);
    this.revealButton = make("button", { type: "button", class: "toggle reveal", text: w.reveal, onclick: () => this.reveal() });
    this.finding = make("p", { class: "finding", "aria-live": "polite" });
    this.rules = make("p", { class: "rules" });
    const side = make("div", { class: "side" }, this.grid.element, this.candidates.element);
    this.panels = make("div", { class: "panels" }, this.map.element, make("div", { class: "desk" }, this.steps.element, this.controls.element, side));
    this.root.append(
      this.sentences.element,
      make("div", { class: "headline" }, this.finding, this.revealButton, make("strong", { class: "before-mark", text: w.turn }), this.steps.statement),
      ...(blind ? [make("p", { class: "blind-note", text: w.blind })] : []),
      this.panels,
      this.rules,
      this.help,
      this.notes.element,
    );
    this.root.onclick = (event) => event.composedPath().includes(this.more.element) || this.more.close();
    this.presentation.paint();
    this.follow = true;
  }

  // --- Theme and size

  switchTheme() {
    this.chosenTheme = this.themeName() === "dark" ? "light" : "dark";
    this.restyle();
  }

  restyled() {
    if (this.header.page) document.documentElement.style.background = this.palette.background;
    this.pictures.clear();
  }

  /** Everything that depends on sizes. */
  layout() {
    if (!this.root || !this.palette || !this.frame.clientWidth) return;
    if (this.presentation.follow(this.header.present)) return;
    arrange(this);
    const size = `${this.frame.clientWidth} ${this.frame.clientHeight}`;
    if (size !== this.size) this.follow = true; // other lines of words, other parts of the map are in sight
    this.size = size;
    this.placed = true;
    this.schedule();
  }

  // --- Painting

  paint() {
    if (!this.palette || !this.placed) return;
    const finding = findingOf(this.selection, this.words);
    this.sentences.paint(this.selection.sourceWeights());
    this.steps.paint();
    this.controls.paint();
    this.candidates.paint();
    this.lines.paint();
    this.map.paint(finding);
    this.grid.paint();
    this.paintFinding(finding);
    if (this.follow) {
      this.follow = false;
      this.scrollToStep();
    }
    this.paintLinked();
  }

  /** The pictures: what changes together under the pointer. */
  paintLinked() {
    this.lines.draw();
    if (this.state.view === "map") this.map.draw();
    this.grid.draw();
    this.map.paintReadout();
    const { lines, selection } = this;
    const sums = lines.isShown && { drawn: lines.drawn, all: lines.all, isMean: lines.isNumbered && selection.heads.length > 1 && !selection.isAverage };
    setText(this.rules, rulesOf(selection, this.words, { lines: sums, unseen: this.map.unseen }).join(" · "));
  }

  paintFinding(finding) {
    const { words: w, selection } = this;
    const { shown } = selection;
    this.root.classList.toggle("guessing", shown < SHOWN.all);
    this.root.classList.toggle("guessing-piece", shown === SHOWN.nothing);
    this.revealButton.hidden = shown === SHOWN.all;
    this.root.classList.toggle("before", this.turn.isBefore);
    // A screen reader says single steps, not those of playing.
    setAttribute(this.finding, "aria-live", this.transport.playing ? "off" : "polite");
    setText(this.finding, finding);
    const names = { kind: w.kinds_long[selection.state.kind], where: selection.where(w), finding };
    setAttribute(this.lines.canvas, "aria-label", fill(w.lines_alt, names));
  }

  /** Bring what belongs to the step into sight, where not everything fits. */
  scrollToStep() {
    this.sentences.scrollToStep();
    const row = this.selection.currentRow;
    if (row < 0) return;
    this.lines.scrollTo(row);
    this.map.scrollTo(row);
  }

  /** A map's picture, made once. */
  picture(name, map, view) {
    const key = `${name} ${view.key}`;
    if (!this.pictures.has(key)) {
      if (this.pictures.size > Math.max(400, 2 * this.weights.mapsOfAKind)) this.pictures.clear();
      this.pictures.set(key, cellPicture(map, view, this.table));
    }
    return this.pictures.get(key);
  }

  download(kind) {
    saveSheet(this, kind);
  }
}

export default function view(component, assets) {
  return mount(Stage, component, assets);
}
