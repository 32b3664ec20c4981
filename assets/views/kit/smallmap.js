// A map among several: its cells in a box, with the row and the cell in question lit. Names stand around it, not in it.

import { drawCells } from "./heatmap.js";

const LINED = 9; // pixels: from here on each cell has an edge

/** @param {import("./payloads.js").DrawingContext} context
 *  @param {{map: ArrayLike<number>, picture: () => HTMLCanvasElement, view: import("./payloads.js").MapView, visible: number,
 *    current: number, hover: import("./payloads.js").Cell | null, table: import("./payloads.js").ColourTable,
 *    palette: import("./payloads.js").Palette, hatch?: CanvasPattern | null}} scene `visible` rows are there by now; `current`: a
 *  row to frame, or -1
 *  @param {{x: number, y: number, w: number, h: number}} box of all rows */
export function drawSmallMap(context, scene, { x, y, w, h }) {
  const { view, visible, current, hover, palette } = scene;
  const [R, C] = [Math.max(1, view.rows.length), Math.max(1, view.columns.length)];
  const [cw, ch] = [w / C, h / R];
  context.fillStyle = palette.surface; // the ground of rows that are not there yet
  context.fillRect(x, y, w, h);
  if (scene.hatch) {
    context.fillStyle = scene.hatch;
    context.fillRect(x, y, w, visible * ch);
  }
  context.imageSmoothingEnabled = false;
  drawCells(context, scene, { x, y, w, h: visible * ch });
  context.strokeStyle = palette.border;
  context.lineWidth = 1;
  if (cw >= LINED && ch >= LINED) {
    context.beginPath();
    for (let c = 1; c < C; c++) line(x + c * cw, y, x + c * cw, y + visible * ch);
    for (let r = 1; r <= visible; r++) line(x, y + r * ch, x + w, y + r * ch);
    context.stroke();
  }
  context.strokeRect(x - 0.5, y - 0.5, w + 1, h + 1);
  if (current >= 0) frame(palette.target, 2, x, y + current * ch, w, ch);
  if (!hover) return;
  const { row, column } = hover;
  if (row !== undefined) frame(palette.text, 1.5, x, y + row * ch, w, ch);
  if (column !== undefined) frame(palette.text, 1.5, x + column * cw, y, cw, visible * ch);
  if (row !== undefined && column !== undefined) frame(palette.accent, 3, x + column * cw, y + row * ch, cw, ch);

  function line(x1, y1, x2, y2) {
    context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
    context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5);
  }

  /** A frame around cells: outside of them, so that a small cell keeps its colour. */
  function frame(colour, width, left, top, wide, high) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(left - width / 2, top - width / 2, wide + width, high + width);
  }
}
