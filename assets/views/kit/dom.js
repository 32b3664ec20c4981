// Elements of a page, and small tools. What people typed reaches the page as text nodes only, never as markup.

export const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  first: "M5 5h2.4v14H5zM19 5v14l-10-7z",
  previous: "M17 5v14L7 12z",
  next: "M7 5v14l10-7z",
  last: "M16.6 5H19v14h-2.4zM5 5v14l10-7z",
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  present: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18v-1.6a7.4 7.4 0 0 0 0-14.8z",
};

/** An element with attributes (on… are handlers, text is text) and children; what is false or null is left out.
 *  @template {keyof HTMLElementTagNameMap} K
 *  @param {K} tag
 *  @param {Record<string, any>} attributes
 *  @param {...(Node | string | false | null | undefined | 0 | "")} children
 *  @returns {HTMLElementTagNameMap[K]} */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(.../** @type {(Node | string)[]} */ (children.filter(Boolean)));
  return element;
}

export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  picture.append(path);
  return picture;
}

/** Set a text, attribute or class only where it changes: untouched elements cost no layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
export function setPressed(button, pressed) {
  setAttribute(button, "aria-pressed", pressed);
}

/** Buttons of which some are pressed, as one group. */
export function segments(label, buttons) {
  return make("div", { class: "segments", role: "group", "aria-label": label }, ...buttons);
}

/** Where a box is scrolled to. It is remembered: asking the box while painting would make the browser lay out the page. */
export class ScrollPlace {
  /** @param {HTMLElement} box
   *  @param {() => void} onScroll called when somebody has scrolled it */
  constructor(box, onScroll = () => {}) {
    this.box = box;
    this.x = 0;
    this.y = 0;
    box.onscroll = () => {
      const { x, y } = this;
      this.remember();
      if (x !== this.x || y !== this.y) onScroll();
    };
  }

  remember() {
    this.x = this.box.scrollLeft;
    this.y = this.box.scrollTop;
  }

  /** Scroll to a place; along an axis that is left out it stays.
   *  @param {{x?: number, y?: number}} place */
  to({ x, y }) {
    if (x !== undefined) {
      this.box.scrollLeft = x;
      this.x = this.box.scrollLeft;
    }
    if (y !== undefined) {
      this.box.scrollTop = y;
      this.y = this.box.scrollTop;
    }
  }
}

/** The element with the focus, in the page or the shadow tree that holds `element`; null where there is none.
 *  @param {Node} element
 *  @returns {HTMLElement | null} */
export function focusedBeside(element) {
  const { activeElement } = /** @type {Document | ShadowRoot} */ (element.getRootNode());
  return /** @type {HTMLElement | null} */ (activeElement);
}

/** The height that is left for pictures in the window, where the page is not scrolled.
 *  @param {HTMLElement} element whose top is theirs
 *  @param {number} below pixels to keep free
 *  @param {HTMLElement | null} outermost what fills the window, if not the page */
export function roomBelow(element, below, outermost = null) {
  let top = element.getBoundingClientRect().top;
  for (let node = /** @type {any} */ (element); node; node = node === outermost ? null : (node.parentElement ?? node.getRootNode().host)) top += node.scrollTop || 0;
  return window.innerHeight - top - below;
}

/** Let the keyboard scroll what is wider than its box: only then can the box be focused.
 *  @param {HTMLElement} box */
export function focusWhereItScrolls(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
export const range = (n) => Array.from({ length: n }, (_, i) => i);

export function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
