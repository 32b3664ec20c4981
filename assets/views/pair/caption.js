// A head in a line: its number in its colour, and a piece with the weight that the head gives it.

import { make, setText } from "../kit/dom.js";
import { number } from "../kit/format.js";

export class Caption {
  /** @param {number} head */
  constructor(head) {
    this.head = head;
    this.name = make("span", { class: "head-name", text: String(head + 1) });
    this.key = make("bdi", { class: "key", dir: "auto" });
    this.weight = make("span", { class: "weight" });
    this.element = make("span", { class: "caption" }, make("i", { class: "dot", style: `--dot: var(--head-${head % 8})` }), this.name, this.key, this.weight);
  }

  /** @param {{key: string, weight: number} | null} found
   *  @param {string | undefined} change how the head was changed in this run */
  paint(found, change) {
    setText(this.name, change ? `${this.head + 1} ✕` : String(this.head + 1));
    setText(this.key, found?.key ?? "");
    setText(this.weight, found ? number(found.weight) : "");
  }
}
