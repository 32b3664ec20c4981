// Controls that a row has no room for, in a menu.

import { make } from "../kit/dom.js";

export class More {
  /** @param {string} name */
  constructor(name) {
    this.menu = make("div", { class: "menu" });
    this.summary = make("summary", { "aria-label": name, title: name, text: "⋯" });
    this.element = make("details", { class: "more" }, this.summary, this.menu);
    this.element.onkeydown = (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      event.stopPropagation();
      this.close();
      this.summary.focus();
    };
    this.rows = [];
  }

  /** A row, and what of it may go into the menu, the first to go last. The row with the menu comes last. */
  add(row, items) {
    this.rows.push({ row, items: items.filter(Boolean).map((item) => ({ item, parent: item.parentElement, next: item.nextElementSibling })) });
  }

  close() {
    this.element.open = false;
  }

  /** Leave in each row what fits. A row that may wrap has room for all.
   *  @param {boolean} wide */
  fold(wide) {
    for (const { items } of this.rows) {
      for (const { item, parent, next } of [...items].reverse()) {
        if (item.parentElement !== parent) parent.insertBefore(item, next); // a move, even to where it is, lays the row out anew
      }
    }
    this.element.hidden = true;
    for (const { row, items } of this.rows) {
      if (!wide && !row.contains(this.element)) continue;
      const left = [...items];
      while (row.scrollWidth > row.clientWidth + 1 && left.length) {
        if (this.element.hidden) this.element.hidden = false; // it takes room itself
        else this.menu.prepend(left.pop().item);
      }
    }
    if (!this.menu.childElementCount) this.element.hidden = true;
    if (this.element.hidden) this.close();
  }
}
