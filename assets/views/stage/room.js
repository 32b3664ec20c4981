// The room that the page leaves a view: its width, and the window's height below its top.

const BELOW = 8; // pixels left below
const LEAST_ROOM = 0.55; // of the window: a view that begins farther below is scrolled to, and then has so much at least

/** Elements around one, through shadow trees, from the inside out.
 *  @param {Element} element
 *  @returns {Element[]} */
function around(element) {
  const found = [];
  let next = element;
  while ((next = next.parentElement ?? /** @type {ShadowRoot} */ (next.getRootNode()).host)) found.push(next);
  return found;
}

export class Room {
  /** @param {HTMLElement} frame of the view
   *  @param {() => void} onChange called where what stands above has grown or shrunk, or the window */
  constructor(frame, onChange) {
    this.frame = frame;
    this.around = around(frame);
    this.onChange = () => {
      const before = this.height;
      if (Math.abs(this.measure() - before) > 1) onChange();
    };
    this.observer = new ResizeObserver(this.onChange);
    for (const element of this.around) this.observer.observe(element);
    addEventListener("resize", this.onChange);
    this.measure();
  }

  /** The height below the view's top, wherever the page is scrolled to. A view's own height does not change it. */
  measure() {
    let top = this.frame.getBoundingClientRect().top;
    for (const element of this.around) top += element.scrollTop;
    this.height = Math.round(Math.max(window.innerHeight - top - BELOW, window.innerHeight * LEAST_ROOM));
    return this.height;
  }

  destroy() {
    this.observer.disconnect();
    removeEventListener("resize", this.onChange);
  }
}
