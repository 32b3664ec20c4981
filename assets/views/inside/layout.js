// The sizes of the table and of the numbers in full, by the width there is.

import { clamp } from "../kit/dom.js";
import { number, surface } from "../kit/format.js";

const NUMBERS = [15, 20]; // pixels: the size of the table's numbers
const CELL_GAP = 10; // pixels between the columns of the table
const NARROW = 760; // pixels: below, a key's row stands in three lines
const FINEST = 3; // pixels: a dimension on a strip is no narrower; strips of more dimensions have several lines

/** @param {number} width
 *  @param {import("../kit/payloads.js").InsideHeader} header
 *  @param {import("./numbers.js").HeadNumbers} numbers
 *  @param {(text: string, size: number) => number} measureText
 *  @returns {{narrow: boolean, strip: {per: number, lines: number},
 *    cells: {per: number, lines: number, shown: number, fits: boolean}, style: Record<string, string>}} */
export function sizesOf(width, header, numbers, measureText) {
  const d = header.d_k;
  const narrow = width < NARROW;
  const size = clamp(Math.round(width / 88), NUMBERS[0], NUMBERS[1]);
  const measure = (text) => Math.ceil(measureText(text, size));
  const pieces = [...header.keys, ...header.rows].map((piece) => measure(surface(piece)) * 1.08);
  const name = clamp(Math.max(...pieces) + 14, 52, narrow ? width : 118);
  const figure = Math.ceil((measure(number(-numbers.productLimit)) * (size - 0.5)) / size); // .cells table is half a pixel smaller
  const least = measure("−100.00");
  const figures = Math.max(least, measure(number(Math.min(...numbers.scores))));
  const bar = clamp(width * 0.075, 60, 140);
  const [weight, trace] = [measure("0.00") + 6, measure("= 0.00") + 2];
  const fixedWidth = name + 3 * figures + bar + weight + trace + 9 * CELL_GAP;
  const strip = narrow ? Math.floor((width - CELL_GAP - 12) / 2) : Math.max(60, Math.floor((width - fixedWidth) / 4));
  const stripLines = Math.ceil((d * FINEST) / strip);
  const stripPer = Math.ceil(d / stripLines);

  const label = narrow ? 46 : measure("0.00 × v") + 12;
  const most = Math.max(1, Math.floor((width - label) / Math.max(figure, 44)));
  const fits = Math.ceil(d / most) <= (narrow ? 6 : 3);
  const lines = fits ? Math.ceil(d / most) : narrow ? 4 : 2;
  const per = fits ? Math.ceil(d / lines) : most;
  return {
    narrow,
    strip: { per: stripPer, lines: stripLines },
    cells: { per, lines, shown: Math.min(d, per * lines), fits },
    style: {
      "--size": `${size}px`,
      "--weight": `${weight}px`,
      "--trace": `${trace}px`,
      "--name": `${Math.round(name)}px`,
      "--number": `${figures}px`,
      "--bar": `${Math.round(bar)}px`,
      "--strip": `${strip}px`,
      "--strip-height": `${stripLines === 1 ? Math.round(size * 1.27) : stripLines * 5}px`,
      "--dimension": `${100 / stripPer}%`,
      "--label": `${label}px`,
    },
  };
}
