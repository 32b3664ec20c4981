// Numbers as coloured pixels: one pixel a number, in one row or several.

import { clamp } from "./dom.js";

/** Where a value from 0 to `limit` stands among the 256 colours of a table. */
export const shade = (value, limit = 1) => clamp(Math.round((value / limit) * 255), 0, 255);

/** Where a value from -limit to limit stands on a scale with two ends. */
export const signedShade = (value, limit = 1) => clamp(Math.round((value / limit + 1) * 127.5), 0, 255);

/** Give a canvas columns × rows pixels and colour each; what has no shade (null) stays clear.
 *  @param {HTMLCanvasElement} canvas
 *  @param {{packed: Uint32Array}} table
 *  @param {(i: number) => number | null} shadeAt of the i-th pixel, row by row */
export function paintPixels(canvas, columns, rows, table, shadeAt) {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) {
    const at = shadeAt(i);
    if (at !== null) pixels[i] = table.packed[at];
  }
  context.putImageData(image, 0, 0);
}
