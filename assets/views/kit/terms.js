// Explanations of terms, where a term stands: on hover, focus or tap. Escape closes them.

import { clamp, make } from "./dom.js";

const HOVER_SHOWS = 250; // milliseconds of rest: a pointer on its way shows nothing
const HOVER_HIDES = 200; // in which the pointer can reach the box, to select its text

/** What explains terms in one part of a page, by a box above all else.
 *  @typedef {{term: string, text: string, formula?: string}} Entry */
export class Terms {
  /** @param {HTMLElement | Document} ground where the terms stand
   *  @param {(element: Element) => {anchor: HTMLElement, entry: Entry} | null} find the term at an element, if there is one
   *  @param {() => HTMLElement} place what holds the box, for its colours */
  constructor(ground, find, place) {
    this.find = find;
    this.place = place;
    this.ground = ground;
    this.seen = new WeakSet(); // controls that a finger has pressed once
    this.box = make("div", { class: "hl-term", role: "tooltip", popover: "manual", id: "hl-term" });
    this.box.onpointerenter = () => this.later(null);
    this.box.onpointerleave = () => this.later(() => this.hide(), HOVER_HIDES);
    this.handlers = { pointerover: this.onOver, pointerout: this.onOut, focusin: this.onFocus, focusout: () => this.hide(), click: this.onClick };
    for (const [type, handler] of Object.entries(this.handlers)) ground.addEventListener(type, handler, true);
    this.moved = () => this.anchor && this.put();
    this.outer = { keydown: this.onKey, pointerdown: this.onPress, scroll: this.moved, resize: this.moved };
    for (const [type, handler] of Object.entries(this.outer)) addEventListener(type, handler, true);
  }

  destroy() {
    this.hide();
    for (const [type, handler] of Object.entries(this.handlers)) this.ground.removeEventListener(type, handler, true);
    for (const [type, handler] of Object.entries(this.outer)) removeEventListener(type, handler, true);
  }

  /** The term under an event: inside of a shadow tree the event's own target is the innermost one. */
  at(event) {
    const [inner] = event.composedPath();
    return inner.closest ? this.find(inner) : null; // the document itself is none
  }

  onOver = (event) => {
    const found = event.pointerType !== "touch" && !event.buttons && this.at(event);
    if (found) this.later(() => this.show(found), found.anchor === this.anchor ? 0 : HOVER_SHOWS);
  };

  onOut = (event) => {
    if (event.pointerType !== "touch" && this.at(event)) this.later(() => this.hide(), HOVER_HIDES);
  };

  onFocus = (event) => {
    const found = event.target.matches?.(":focus-visible") && this.at(event);
    if (found) this.show(found);
  };

  onPress = (event) => {
    this.touched = event.pointerType === "touch";
    if (!event.composedPath().includes(this.box)) this.hide();
  };

  /** A finger has no hover: a tap shows what a term means. A control does its work too, and explains itself once. */
  onClick = (event) => {
    const found = this.touched && this.at(event);
    this.later(null);
    if (!found) return;
    const { anchor } = found;
    if (anchor.localName === "a") event.preventDefault();
    else if (!anchor.matches(".hl-word") && this.seen.has(anchor)) return;
    this.seen.add(anchor);
    this.show(found);
  };

  onKey = (event) => {
    if (event.key !== "Escape" || !this.anchor) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // it closes the box alone
    this.hide();
  };

  later(action, after = 0) {
    clearTimeout(this.waiting);
    if (action) this.waiting = setTimeout(action, after);
  }

  show({ anchor, entry }) {
    this.hide();
    this.anchor = anchor;
    this.box.replaceChildren(
      make("strong", { text: entry.term }),
      make("span", { text: entry.text }),
      entry.formula ? make("code", { text: entry.formula }) : "",
    );
    this.place().append(this.box);
    this.box.showPopover();
    anchor.setAttribute("aria-describedby", this.box.id);
    this.put();
  }

  /** Below the term, or above it where there is no room below. */
  put() {
    const at = this.anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const below = at.bottom + 6;
    const top = below + height < window.innerHeight ? below : Math.max(4, at.top - height - 6);
    this.box.style.left = `${clamp(at.left, 4, Math.max(4, window.innerWidth - width - 4))}px`;
    this.box.style.top = `${top}px`;
  }

  hide() {
    this.later(null);
    this.anchor?.removeAttribute("aria-describedby");
    this.anchor = null;
    this.box.remove();
  }
}
