// The frame that a view lives in: data from the server, sizes, theme, and what goes back.

import { colourTable, headColour, luminance } from "./colour.js";
import { make } from "./dom.js";
import { holdLinks } from "./links.js";
import { Terms } from "./terms.js";

const REPORT_AFTER = 500; // milliseconds of rest before the server hears of a change

/** A view: one picture on the page with a frame of its own, in the app's colours, that draws what the server sends.
 *
 *  A view says how it reads data (`read`), takes it over (`take`), finds its sizes (`layout`) and paints (`paint`). It
 *  sends the server its selection after a pause (`tell`), and actions at once (`act`). `header` holds language, theme,
 *  and an `id` that is the same for the same data only.
 *  @template {import("./payloads.js").Visit} [Header=any]
 *  @template [Words=any] the view's words in one language */
export class View {
  /** @type {Header} */
  header;
  /** @type {Words} */
  words;
  /** @type {HTMLElement} */
  root;
  /** @type {import("./payloads.js").Palette} */
  palette;
  /** @type {import("./payloads.js").ColourTable} from 0 to 1 */
  table;
  /** @type {import("./payloads.js").ColourTable} from -1 to 1 */
  differences;
  /** @type {"light" | "dark" | undefined} what a visitor has chosen here */
  chosenTheme;
  /** @type {CanvasRenderingContext2D} */
  ruler;
  /** @type {import("./present.js").Presentation | undefined} of a view that can fill the window */
  presentation;

  /** @param {ShadowRoot | HTMLElement} parent
   *  @param {import("./payloads.js").Assets} assets */
  constructor(parent, assets) {
    this.parent = parent;
    this.assets = assets;
    this.frame = make("div", { class: "hl-frame" });
    parent.append(make("style", { text: assets.css, "data-stage": true }), this.frame);
    this.ratio = window.devicePixelRatio || 1;
    this.observer = new ResizeObserver(() => {
      if (this.frameSize() === this.laidOut) return; // an observer begins with what is known already
      this.ratio = window.devicePixelRatio || 1; // it changes with the zoom, as the size does
      this.layout();
      this.laidOut = this.frameSize();
    });
    this.terms = new Terms(this.frame, (element) => this.termAt(element), () => this.root);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => this.restyle();
    this.scheme.addEventListener("change", this.onScheme);
    this.onElsewhere = (event) => {
      if (event.type === "pointerdown" || event.key === "Enter") event.composedPath().includes(this.frame) || this.tellNow();
    };
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, this.onElsewhere, { capture: true });
  }

  /** Called for new data, a new theme, or for nothing new at all. */
  async receive({ data, setStateValue, setTriggerValue }) {
    this.send = setStateValue ? (state) => setStateValue("state", state) : null;
    this.call = setTriggerValue ? (act) => setTriggerValue("act", act) : null;
    if (!data || this.data === data) return this.restyle();
    this.data = data;
    const content = await this.read(data); // newer data may come meanwhile, so that nothing of the view changes in there
    if (this.data !== data || this.gone) return;
    const before = this.header;
    this.header = content.header;
    this.words = this.assets.words[this.header.language] ?? this.assets.words.en;
    if (["id", "shown", "language"].some((name) => before?.[name] !== this.header[name])) {
      this.isNew = before?.shown !== this.header.shown || !before;
      if (this.isNew) this.tellLater(null);
      this.take(content);
      this.restyle(); // what is not yet on the page has its style computed once, when it gets there
      if (this.root.parentElement !== this.frame) this.frame.replaceChildren(this.root); // one that is kept keeps its place
      this.observer.disconnect();
      this.observer.observe(this.frame);
    } else this.restyle();
    this.layout();
    this.laidOut = this.frameSize();
  }

  frameSize() {
    return `${this.frame.clientWidth} ${this.frame.clientHeight} ${window.devicePixelRatio}`;
  }

  /** -> {header, …} for `take`. The app sends a plain object, or bytes where there are many numbers.
   *  @param {any} data
   *  @returns {Promise<any>} */
  async read(data) {
    return { header: data };
  }

  /** Make `root`, the element that shows this content: a div of class "hl". Where it `isNew`, the header's `state` is the
   *  selection to begin with; else the visitor's own stays.
   *  @param {{header: Header} & Record<string, any>} content */
  take(content) {} // eslint-disable-line no-unused-vars

  /** Forget what was painted in other colours. */
  restyled() {}

  layout() {
    this.schedule();
  }

  paint() {}

  // --- Canvases, sharp on any screen

  sizeCanvas(canvas, width, height) {
    const [w, h] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }

  context(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    return context;
  }

  // --- What goes to the server

  // A message that arrives while the server begins to answer another one interrupts it, and the other's action is lost.
  // So a selection that waits is sent before any other request of this view or of the page.

  /** Send the selection once it has not changed for a while. */
  tell(state) {
    this.tellLater(state);
    this.resting = setTimeout(() => this.tellNow(), REPORT_AFTER);
  }

  /** Send the selection only before something else is sent, as while playing. */
  tellLater(state) {
    clearTimeout(this.resting);
    this.unsent = state && { ...state, shown: this.header.shown };
  }

  tellNow() {
    const state = this.unsent;
    this.tellLater(null);
    if (!state || this.gone || !this.send) return;
    this.send(state);
    holdLinks();
  }

  /** Something for the server to do now. */
  act(what) {
    this.tellNow();
    this.call?.(what);
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.resting);
    for (const name of ["pointerdown", "keydown"]) removeEventListener(name, this.onElsewhere, { capture: true });
    this.observer.disconnect();
    this.terms.destroy();
    this.scheme.removeEventListener("change", this.onScheme);
    this.frame.remove();
  }

  schedule() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      if (!this.gone && this.palette) this.paint();
    });
  }

  /** How wide a text is, in pixels, in the view's letters. */
  measure(text, size, weight = 400) {
    this.ruler ??= document.createElement("canvas").getContext("2d");
    this.ruler.font = `${weight} ${size}px ${this.fonts ?? "sans-serif"}`;
    return this.ruler.measureText(text).width;
  }

  /** Do what a key stands for, if anything. */
  doKey(event, actions) {
    const action = Object.hasOwn(actions, event.key) && actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // or the app would take the key for one of its own
    action();
  }

  /** How much larger type is than in an ordinary window: pictures that are drawn for that are shown so much larger. */
  typeScale() {
    return parseFloat(getComputedStyle(this.root).fontSize) / 18;
  }

  button(name, action, content, more = {}) {
    const label = this.words[name] ?? name;
    return make("button", { type: "button", "aria-label": label, title: label, onclick: action, ...more }, content);
  }

  // --- Terms of the glossary: what has the attribute data-term explains itself

  /** A word beside controls that explains a term. */
  explained(text, term) {
    return make("button", { type: "button", class: "hl-word", "data-term": term, text });
  }

  termAt(element) {
    const anchor = element.closest("[data-term]");
    return anchor && { anchor, entry: (this.assets.terms[this.header.language] ?? this.assets.terms.en)[anchor.dataset.term] };
  }

  // --- Theme

  /** @returns {"light" | "dark"} */
  themeName() {
    if (this.chosenTheme) return this.chosenTheme;
    const { theme, page } = this.header;
    const own = getComputedStyle(this.frame).getPropertyValue("--st-background-color").trim();
    if (own && !page) {
      const probe = make("span", { style: `color: ${own}; display: none` });
      this.frame.append(probe);
      const colour = getComputedStyle(probe).color.match(/[\d.]+/g)?.map(Number);
      probe.remove();
      if (colour) return luminance(colour) < 0.3 ? "dark" : "light";
    }
    if (theme === "light" || theme === "dark") return theme;
    return this.scheme.matches ? "dark" : "light";
  }

  /** Whether the view fills the window. */
  get presenting() {
    return Boolean(this.presentation?.on);
  }

  /** The palette of a theme; on a projector all text is strong.
   *  @param {"light" | "dark"} name
   *  @returns {import("./payloads.js").Palette} */
  colours(name) {
    const palette = this.assets.palette[name];
    return this.presenting ? { ...palette, muted: palette.text, border: palette.muted } : palette;
  }

  restyle() {
    if (!this.root) return;
    const name = this.themeName();
    const { language } = this.header;
    const palette = this.colours(name);
    const style = `${name} ${palette.muted} ${language}`;
    this.fonts = this.assets.palette.fonts[language] ?? this.assets.palette.fonts.text;
    this.palette = palette;
    if (style !== this.style || this.root.dataset.theme !== name) {
      this.style = style;
      this.theme = name;
      this.root.dataset.theme = name;
      for (const [colour, value] of Object.entries(palette)) {
        if (typeof value === "string") this.root.style.setProperty(`--${colour}`, value);
      }
      for (const [role, colour] of Object.entries(palette.roles)) this.root.style.setProperty(`--role-${role}`, colour);
      palette.heads.forEach((colour, head) => this.root.style.setProperty(`--head-${head}`, colour));
      this.root.style.setProperty("--ramp", palette.sequential.join(","));
      this.root.style.setProperty("--ramp-difference", palette.diverging.join(","));
      this.root.style.setProperty("--fonts", this.fonts);
      this.root.style.colorScheme = name;
      this.table = colourTable(palette);
      this.differences = colourTable(palette, "diverging");
      this.restyled();
    }
    this.schedule();
  }

  headColour(head) {
    return headColour(this.palette, head);
  }
}

const mounted = new WeakMap(); // one view a place on the page

/** Show `component.data` in `component.parentElement`. Called again it updates; it returns the way out.
 *  Without assets there is nothing to show: so the app calls it where it only brings the sources to the browser. */
export function mount(Kind, component, assets) {
  if (!assets) return undefined;
  const { parentElement } = component;
  if (!mounted.has(parentElement)) mounted.set(parentElement, new Kind(parentElement, assets));
  const own = mounted.get(parentElement);
  own.receive(component);
  return () => {
    own.destroy();
    mounted.delete(parentElement);
  };
}
