// Presentation: a view in full screen, or where that is not allowed, in the whole window.

import { icon, setPressed } from "./dom.js";

export class Presentation {
  on = false;

  /** @param {import("./view.js").View} view whose root has the class "presenting" meanwhile */
  constructor(view) {
    this.view = view;
    this.onFullscreen = () => this.set(this.isFullscreen);
    document.addEventListener("fullscreenchange", this.onFullscreen);
  }

  get isFullscreen() {
    const { parent, frame } = this.view;
    return (/** @type {ShadowRoot} */ (parent).fullscreenElement ?? document.fullscreenElement) === frame;
  }

  /** The button of a root that is newly built. */
  newButton() {
    this.button = this.view.button("present", () => this.toggle(), icon("present"), { class: "icon", "aria-pressed": "false" });
    return this.button;
  }

  /** Begin or end it. */
  async toggle() {
    if (this.on) {
      if (this.isFullscreen) await document.exitFullscreen();
      this.set(false);
      return;
    }
    try {
      await this.view.frame.requestFullscreen(); // it stays when another picture takes this one's place in it
    } catch {
      this.set(true); // not allowed here: fill the window instead
    }
  }

  /** @param {boolean} on */
  set(on) {
    if (this.on === on) return;
    this.on = on;
    this.paint();
    this.view.restyle();
    this.view.layout();
    this.view.root.focus({ preventScroll: true });
  }

  /** Show on the view's root whether it is on. */
  paint() {
    const { root, words } = this.view;
    root.classList.toggle("presenting", this.on);
    setPressed(this.button, this.on);
    this.button.title = this.on ? words.present_end : words.present;
  }

  /** Begin or end it where the server asks for that anew. -> whether it did, and the view is laid out
   *  @param {[opening: number, presenting: boolean]} [asked] */
  follow(asked) {
    const [opening, presenting] = asked ?? [];
    if (opening === this.opening) return false;
    this.opening = opening;
    if (presenting !== !this.on) return false;
    this.set(presenting);
    return true;
  }

  destroy() {
    document.removeEventListener("fullscreenchange", this.onFullscreen);
  }
}
