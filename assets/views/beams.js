// A beam search as a tree that grows by step: what each step kept, finished and dropped, and the numbers that decided.
//
// Steps stand side by side, the candidates of each below one another, best first: above the dashed line is what the beam
// took, below it what it dropped.

import { Controls } from "./beams/controls.js";
import { legendOf } from "./beams/legend.js";
import { Lists } from "./beams/lists.js";
import { TreePicture } from "./beams/picture.js";
import { Readout } from "./beams/readout.js";
import { Tree } from "./beams/tree.js";
import { focusedBeside, make } from "./kit/dom.js";
import { mount, View } from "./kit/view.js";

/** @extends {View<import("./kit/payloads.js").BeamsHeader, typeof import("./beams.json").en>} */
export class Beams extends View {
  constructor(parent, assets) {
    super(parent, assets);
    this.dropped = true; // whether what was dropped is shown
    this.hovered = null; // what the pointer is on: a node's id, "greedy", or null
    this.focused = null; // the same, for the keyboard
  }

  destroy() {
    this.controls?.transport.stop();
    super.destroy();
  }

  take({ header }) {
    const name = `${header.language} ${header.search}`;
    const again = this.search === header.search; // only what is chosen, or the language, is new
    this.chosen = header.chosen;
    if (again) this.keep();
    if (name === this.name) return;
    this.controls?.transport.stop();
    if (!again) {
      const last = header.widths.length - 1;
      this.step = this.step === undefined || this.step === this.last ? last : Math.min(this.step, last);
      this.last = last;
      this.hovered = this.focused = null;
    }
    this.name = name;
    this.search = header.search;
    this.tree = new Tree(header);
    this.build();
  }

  /** What the browser forgets when an element is put on the page anew. */
  keep() {
    const focused = focusedBeside(this.root);
    this.kept = {
      left: this.picture.element.scrollLeft,
      top: this.picture.element.scrollTop,
      list: this.lists.levelList.scrollTop,
      focused: this.root.contains(focused) ? focused : null,
    };
  }

  restore() {
    if (!this.kept) return;
    const { left, top, list, focused } = this.kept;
    this.kept = null;
    this.picture.element.scrollTo({ left, top, behavior: "instant" });
    this.lists.levelList.scrollTop = list;
    if (focused?.isConnected) focused.focus({ preventScroll: true });
  }

  build() {
    const { header, words: w } = this;
    this.controls = new Controls(this);
    this.readout = new Readout(this);
    this.picture = new TreePicture(this);
    this.lists = new Lists(this);
    this.root = make(
      "div",
      { class: "hl", role: "group", "aria-label": w.beams, lang: header.language === "zh" ? "zh-Hans" : "en" },
      this.controls.element,
      this.readout.element,
      this.picture.element,
      legendOf(this.tree, w),
      this.lists.element,
    );
    this.root.onpointerover = (event) => this.onHover(event);
    this.root.onpointerleave = () => this.onHover(null);
    this.root.addEventListener("focusin", (event) => this.onFocus(event)); // no browser has a property for these two
    this.root.addEventListener("focusout", () => this.onFocus(null));
    this.root.onclick = (event) => this.onClick(event);
  }

  // --- State

  /** What is in question: by pointer, else by keyboard, else nothing. */
  get pointed() {
    return this.hovered ?? this.focused;
  }

  isShown(node) {
    return this.dropped || node.status !== "pruned" || this.tree.greedy.has(node.id) || node.id === this.chosen;
  }

  go(step) {
    this.controls.transport.go(step);
  }

  show(step) {
    if (step === this.step) return;
    this.step = step;
    this.picture.scrollTo(step);
    this.schedule();
  }

  toggleDropped() {
    this.dropped = !this.dropped;
    this.layout();
    this.picture.scrollTo(this.step, "instant");
  }

  /** The node that an event is about, "greedy", or null. */
  at(event) {
    const found = event?.target?.closest?.("[data-at]")?.dataset.at;
    return found === undefined ? null : found === "greedy" ? found : Number(found);
  }

  onHover(event) {
    const at = this.at(event);
    if (at === this.hovered) return;
    this.hovered = at;
    this.schedule();
  }

  onFocus(event) {
    const at = this.at(event);
    if (at === this.focused) return;
    this.focused = at;
    if (at !== null && at !== "greedy" && event.target.classList.contains("node")) this.picture.reach(at);
    this.schedule();
  }

  onClick(event) {
    const at = this.at(event);
    if (at === null || at === this.chosen) return;
    this.chosen = at;
    this.act({ choose: this.tree.pieces(at) });
    this.layout(); // what was dropped and is chosen stays in sight
  }

  // --- Painting

  layout() {
    if (!this.root || !this.fonts) return;
    const width = this.frame.clientWidth;
    this.root.classList.toggle("narrow", width < 640);
    this.root.classList.toggle("wide", width >= 860);
    this.picture.layout();
    this.restore();
    this.schedule();
  }

  paint() {
    if (!this.picture.places) return this.layout();
    for (const part of [this.controls, this.picture, this.readout, this.lists]) part.paint();
  }
}

export default function view(component, assets) {
  return mount(Beams, component, assets);
}
