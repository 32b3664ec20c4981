// Numbers and symbols as they stand inside a head.

import { make, setAttribute, setText } from "../kit/dom.js";
import { number, significant } from "../kit/format.js";

/** As many digits as a float32 holds. */
export const full = (value) => significant(value, 7);

/** A letter of the paper in its colour. */
export const symbol = (letter) => make("i", { class: letter === "α" ? "a" : letter, text: letter });

/** Write a number into an element, all of its digits as its title. */
export function setFigure(element, value, before = "") {
  setText(element, `${before}${number(value)}`);
  setAttribute(element, "title", full(value));
}
