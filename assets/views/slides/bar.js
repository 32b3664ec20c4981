// Going through the states of a lecture: the line that says where one is, and the keys.
//
// The same line serves the app, where the server opens a state, and the offline page. The index is kept here, so that fast
// presses of a presenter's remote all count.

import { clamp, icon, make, setAttribute, setText } from "../kit/dom.js";
import { View } from "../kit/view.js";

/** What a presenter's remote sends; they count everywhere, also in a text box. */
const PAGE_KEYS = { PageUp: -1, PageDown: 1 };

/** These count only where nothing with keys of its own has the focus. */
const OTHER_KEYS = { ArrowLeft: -1, ArrowRight: 1 };

const OWN_KEYS = [
  ".hl:not(.slides)", "input", "textarea", "select", "[contenteditable]", "[role=dialog]",
  ...["radio", "tab", "option", "slider", "menuitem", "combobox", "grid"].map((role) => `[role=${role}]`),
].join();

/** Whether a key goes to something that has keys of its own.
 *  @param {KeyboardEvent} event */
const isTaken = (event) => event.composedPath().some((/** @type {any} */ element) => element.matches?.(OWN_KEYS));

/** @extends {View<import("../kit/payloads.js").SlidesHeader, typeof import("../slides.json").en>} */
export class Slides extends View {
  constructor(parent, assets) {
    super(parent, assets);
    /** @type {number | null} the state that the server was asked for and has not opened yet */
    this.asked = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.asking = undefined;
    this.onPageKey = (/** @type {KeyboardEvent} */ event) => this.step(event, PAGE_KEYS[event.key]);
    this.onOtherKey = (/** @type {KeyboardEvent} */ event) => {
      if (event.defaultPrevented || isTaken(event)) return;
      if (event.key === "Escape" && this.header?.app && !document.querySelector("[role=dialog]")) this.leave();
      else this.step(event, OTHER_KEYS[event.key]);
    };
    addEventListener("keydown", this.onPageKey, { capture: true });
    addEventListener("keydown", this.onOtherKey);
  }

  destroy() {
    clearTimeout(this.asking);
    removeEventListener("keydown", this.onPageKey, { capture: true });
    removeEventListener("keydown", this.onOtherKey);
    super.destroy();
  }

  async receive(component) {
    await super.receive(component);
    if (this.asked !== null && this.asked !== this.header?.at) this.ask();
  }

  /** Ask for a state. A server is asked until it has opened it: a request may be lost while it answers the one before.
   *  @param {number} patience milliseconds until it is asked again; they double, so that a slow server gets its time */
  ask(patience = 2000) {
    clearTimeout(this.asking);
    this.act({ go: this.asked });
    if (this.header.app) this.asking = setTimeout(() => this.asked === null || this.ask(2 * patience), patience);
  }

  take({ header }) {
    const w = this.words;
    this.at = header.at;
    this.asked = null;
    const step = (name, by) => this.button(name, () => this.go(this.at + by), icon(name), { class: "icon" });
    this.back = step("previous", -1);
    this.on = step("next", 1);
    const options = header.names.map((name, i) => make("option", { value: i, text: `${i + 1} / ${header.names.length} · ${name}` }));
    this.list = make("select", { "aria-label": w.states, onchange: () => this.choose() }, ...options);
    this.spoken = make("p", { class: "spoken", "aria-live": "polite" });
    const text = (text, title, action) => make("button", { type: "button", class: "toggle", text, title, onclick: action });
    this.root = make(
      "div",
      { class: "hl slides", role: "navigation", "aria-label": header.title, lang: header.language === "zh" ? "zh-Hans" : "en" },
      this.back,
      this.list,
      this.on,
      header.app && text(w.share, w.share_alt, () => this.act({ share: true })),
      header.app && text(w.leave, w.leave_alt, () => this.leave()),
      this.spoken,
    );
  }

  /** @param {KeyboardEvent} event
   *  @param {number | undefined} by */
  step(event, by) {
    if (!by || !this.root || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(this.at + by);
  }

  choose() {
    const to = Number(this.list.value);
    this.list.blur(); // so that the arrow keys go through the states again
    this.go(to);
  }

  go(to) {
    const at = clamp(to, 0, this.header.names.length - 1);
    if (at === this.at) return;
    this.at = this.asked = at;
    this.schedule();
    this.ask();
  }

  leave() {
    this.asked = null;
    this.act({ leave: true });
  }

  layout() {
    if (this.asked === null || this.asked === this.header.at) {
      this.at = this.header.at;
      this.asked = null;
    }
    this.schedule();
  }

  paint() {
    const { names } = this.header;
    if (Number(this.list.value) !== this.at) this.list.value = String(this.at);
    setText(this.spoken, `${this.at + 1} / ${names.length} · ${names[this.at]}`);
    setAttribute(this.back, "aria-disabled", this.at === 0);
    setAttribute(this.on, "aria-disabled", this.at === names.length - 1);
  }
}
