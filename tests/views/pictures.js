// Pictures of views as files of golden: drawn on paper, with rounded numbers and texts of a fixed width.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { Paper } from "../../assets/views/kit/paper.js";
import { palette } from "./helpers.js";

const HOW = "To write the pictures anew: HEADLIGHT_GOLDEN=write node --test tests/views/snapshots.test.js; then look at those that changed.";
const WIDE = /[\u2e80-\u9fff\uff00-\uffef]/;
const DIGITS = { alpha: 2, width: 2 }; // of opacities and widths of lines; all else is a place or a size, with one

export const folder = new URL("golden/", import.meta.url);

/** Measures texts the same on every machine: a Chinese character is as wide as it is high, any other about half of that. */
export class FixedRuler {
  font = "16px serif";

  measureText(text) {
    const size = Number(this.font.match(/([\d.]+)px/)[1]);
    return { width: [...text].reduce((width, letter) => width + size * (WIDE.test(letter) ? 1 : 0.55), 0) };
  }
}

export const paperOf = () => new Paper(palette, new FixedRuler());

/** What is drawn with its numbers rounded, so that a picture is the same however the last digit of a sum falls. */
function rounded(value, digits = 1) {
  if (typeof value === "number") return Number(value.toFixed(digits));
  if (Array.isArray(value)) return value.map((part) => rounded(part));
  if (!value || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, rounded(part, DIGITS[name])]));
}

/** A sheet as the text of its file.
 *  @param {{paper: Paper, width: number, height: number}} sheet */
export function svgOf({ paper, width, height }) {
  paper.context.items = paper.context.items.map((item) => rounded(item));
  return `${paper.context.svg(Math.ceil(width), Math.ceil(height))}\n`;
}

/** Hold a picture against the stored one, or store it. */
export function assertPicture(name, svg) {
  const file = new URL(`${name}.svg`, folder);
  assert.ok(svg.length < 60_000, `${name}.svg would be too large to be looked at: ${svg.length} characters`);
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
  if (process.env.HEADLIGHT_GOLDEN === "write") return writeFileSync(file, svg);
  assert.ok(existsSync(file), `tests/views/golden/${name}.svg is missing. ${HOW}`);
  const [stored, now] = [readFileSync(file, "utf-8").split("\n"), svg.split("\n")];
  const at = now.findIndex((line, i) => line !== stored[i]);
  if (at < 0 && stored.length === now.length) return undefined;
  const changed = now.filter((line, i) => line !== stored[i]).length;
  const lines = `Line ${at + 1} is\n  ${now[at]}\nand was\n  ${stored[at]}`;
  return assert.fail(`The picture tests/views/golden/${name}.svg has changed, in ${changed} of ${now.length} lines. ${lines}\n${HOW}`);
}
