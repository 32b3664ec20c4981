// As much of a page as the views need that draw without one: elements that keep what they are given.

class Element {
  constructor(tag) {
    this.tag = tag;
    this.attributes = {};
    this.children = [];
    this.style = { setProperty: (name, value) => (this.style[name] = value) };
    const names = () => (this.attributes.class ?? "").split(" ").filter(Boolean);
    const keep = (kept) => (this.attributes.class = kept.join(" "));
    const toggle = (name, on = !names().includes(name)) => keep([...names().filter((other) => other !== name), ...(on ? [name] : [])]);
    this.classList = { toggle, add: (name) => toggle(name, true), remove: (name) => toggle(name, false), contains: (name) => names().includes(name) };
  }

  get textContent() {
    return this.children.map((child) => child.textContent ?? child).join("");
  }

  set textContent(text) {
    this.children = [String(text)];
  }

  setAttribute(name, value) {
    this.attributes[name] = String(value);
  }

  getAttribute(name) {
    return this.attributes[name] ?? null;
  }

  append(...children) {
    this.children.push(...children);
  }

  replaceChildren(...children) {
    this.children = children;
  }

  /** The first element below this one that has a class, or is of a kind. */
  find(name) {
    for (const child of this.children.filter((one) => one instanceof Element)) {
      const found = child.tag === name || child.classList.contains(name) ? child : child.find(name);
      if (found) return found;
    }
    return null;
  }
}

/** What `document` is to a view. */
export const page = { createElement: (tag) => new Element(tag), createElementNS: (_, tag) => new Element(tag) };
