// A map of weights: where its cells and names stand, and how they are drawn.

import { clamp, make, ScrollPlace } from "./dom.js";
import { number } from "./format.js";
import { drawColumnNames, drawRowNames, tiltOf } from "./labels.js";
import { paintPixels, shade } from "./strip.js";

const SMALLEST = 14; // pixels of a name: where rows are close, names shrink to this and then stand in two lanes
const NUMBER_ROOM = 30; // pixels of a cell that holds a number
const CLOSE = 12; // columns that are closer have one lane of names, and some are left out

/** Where cells and labels stand. Cells shrink until all fit; below 7 pixels they grow to a readable size and scroll. */
export function mapGeometry(view, width, height, size, measure) {
  const [R, C] = [Math.max(1, view.rows.length), Math.max(1, view.columns.length)];
  const longest = (texts, most, least = 16) => Math.min(most, Math.max(least, ...texts.map((text) => measure(text, size))));
  const most = clamp(width * 0.2, 64, size * 8);
  const isEncoder = view.kind === "encoder_self";
  const rowWidth = longest(view.rows.map((row) => row.label), isEncoder ? most * 1.4 : most);
  let readsWidth = isEncoder ? 0 : longest(view.rows.map((row) => row.reads), most);
  const arrow = size * 1.9;
  // What a row reads gives way where cells would become narrow: it is said beside the step and of a row under the pointer.
  if ((width - rowWidth - readsWidth - arrow - 18) / C < 18) readsWidth = 0;
  const names = view.columns.map((column) => measure(column.label, size));
  const columnWidth = Math.min(size * 9, Math.max(16, ...names));
  let g = place({ w: size * 2, h: size * 2 });
  for (let round = 0; round < 6; round++) g = place(g.fit);
  const scrolls = g.fit.w < 7 || g.fit.h < 7;
  if (scrolls) g = { ...place({ w: size + 4, h: size + 4 }), cw: size + 4, ch: size + 4 };
  return { ...g, rowWidth, scrolls, width, height };

  /** All places for cells of about this size. */
  function place(cell) {
    const own = clamp(Math.floor(cell.h - 1), Math.min(size, SMALLEST), size);
    const rowLanes = cell.h < own + 1 ? 2 : 1;
    const reads = rowLanes > 1 ? 0 : readsWidth;
    const x0 = Math.ceil(rowLanes > 1 ? rowWidth * 2 + 24 : rowWidth + reads + (reads ? arrow : 0) + 15);
    const rotated = columnWidth + 6 > cell.w;
    const tilt = tiltOf(cell.w, own);
    const columnLanes = rotated && cell.w >= CLOSE && cell.w * Math.sin(tilt) < own + 1 ? 2 : 1;
    const high = Math.min((height * 0.3) / columnLanes, columnWidth * Math.sin(tilt) + own * 0.6);
    const labelHeight = rotated ? high * columnLanes : own + 8;
    const y0 = Math.ceil(labelHeight + 8);
    // Slanted names lean to the right, beyond the last column.
    const reach = rotated ? (high - own * 0.6) / Math.sin(tilt) : 0;
    const lean = Math.max(0, ...names.map((name, c) => Math.min(name, reach) * Math.cos(tilt) + own * 0.5 - (C - c - 0.5) * cell.w));
    const fit = { w: (width - x0 - 4 - (rotated ? lean : 0)) / C, h: (height - y0 - 4) / R };
    const limits = { cw: Math.min(size * 7, fit.w), ch: Math.min(size * 4, fit.h) };
    return { x0, y0, ...limits, fit, size: own, rowLanes, columnLanes, readsWidth: reads, arrow: reads ? arrow : 0, labelHeight, rotated, tilt };
  }
}

/** A map as a picture of one pixel a cell: cells that may not be attended to stay clear. */
export function cellPicture(map, view, table, shadeOf = shade) {
  const [rows, columns] = [view.rows.length, view.columns.length];
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, columns);
  canvas.height = Math.max(1, rows);
  if (!rows || !columns) return canvas;
  const isClear = (i) => view.masked && !view.allowed(view.rows[Math.floor(i / columns)], view.columns[i % columns]);
  paintPixels(canvas, columns, rows, table, (i) => (isClear(i) ? null : shadeOf(map[i])));
  return canvas;
}

/** The first `visible` rows of a map into a box: a screen gets the map's picture, paper a rectangle for each cell.
 *  @param {import("./payloads.js").DrawingContext} context
 *  @param {{picture: () => HTMLCanvasElement, map: ArrayLike<number>, view: import("./payloads.js").MapView, visible: number,
 *    table: import("./payloads.js").ColourTable, shadeOf?: (value: number) => number}} scene
 *  @param {{x: number, y: number, w: number, h: number}} box of all rows that are visible */
export function drawCells(context, { picture, map, view, visible, table, shadeOf = shade }, { x, y, w, h }) {
  const C = view.columns.length;
  if (!visible || !C) return;
  if (!context.isPaper) {
    context.drawImage(picture(), 0, 0, C, visible, x, y, w, h);
    return;
  }
  const [cw, ch] = [w / C, h / visible];
  for (let r = 0; r < visible; r++) {
    for (let c = 0; c < C; c++) {
      if (!view.allowed(view.rows[r], view.columns[c])) continue;
      context.fillStyle = table.css[shadeOf(map[r * C + c])];
      context.fillRect(x + c * cw, y + r * ch, cw, ch);
    }
  }
}

/** One map with its names. A scene may bring a scale of its own (`table`, `shade` and `text` of a value), and a `hatch` for
 *  cells that may not be attended to. */
export function drawHeatmap(context, g, scene, scroll) {
  const { view, focus, visible, hover, palette, table } = scene;
  const [R, C] = [view.rows.length, view.columns.length];
  const { x0, y0, cw, ch } = g;
  const x = (c) => x0 + c * cw - scroll.x;
  const y = (r) => y0 + r * ch - scroll.y;
  const first = { r: Math.max(0, Math.floor(scroll.y / ch)), c: Math.max(0, Math.floor(scroll.x / cw)) };
  const last = {
    r: Math.min(R, Math.ceil((scroll.y + g.height - y0) / ch)),
    c: Math.min(C, Math.ceil((scroll.x + g.width - x0) / cw)),
  };

  context.save();
  context.beginPath();
  context.rect(x0, y0, g.width - x0, g.height - y0);
  context.clip();
  context.fillStyle = palette.surface; // the ground of rows that are not there yet and of cells that are masked
  context.fillRect(x(0), y(0), C * cw, R * ch);
  context.imageSmoothingEnabled = false;
  if (visible && scene.hatch) {
    context.fillStyle = scene.hatch;
    context.fillRect(x(0), y(0), C * cw, visible * ch);
  }
  drawCells(context, { picture: scene.picture, map: focus, view, visible, table, shadeOf: scene.shade }, { x: x(0), y: y(0), w: C * cw, h: visible * ch });
  const cells = (last.r - first.r) * (last.c - first.c);
  const lined = cw >= 9 && ch >= 9 && cells < 3000;
  context.strokeStyle = palette.border;
  context.lineWidth = 1;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const figures = figuresOf(context, scene, cw, ch);
  if (lined) {
    for (let r = first.r; r < Math.min(last.r, visible); r++) {
      for (let c = first.c; c < last.c; c++) {
        if (!view.allowed(view.rows[r], view.columns[c])) continue;
        context.strokeRect(Math.round(x(c)) + 0.5, Math.round(y(r)) + 0.5, Math.round(cw), Math.round(ch));
        if (!figures) continue;
        const weight = focus[r * C + c];
        context.fillStyle = !scene.text && weight < 0.005 ? palette.muted : table.ink[(scene.shade ?? shade)(weight)];
        context.fillText(figures(weight), x(c + 0.5), y(r + 0.5) + 1);
      }
    }
  }
  drawMarks();
  context.restore();
  drawRowNames(context, g, scene, y, first.r, last.r);
  drawColumnNames(context, g, scene, x, first.c, last.c);

  function drawMarks() {
    const band = (colour, width, r, c) => {
      context.strokeStyle = colour;
      context.lineWidth = width;
      const inset = width / 2;
      if (r !== undefined && c !== undefined) context.strokeRect(x(c) + inset, y(r) + inset, cw - width, ch - width);
      else if (r !== undefined) context.strokeRect(x(0) + inset, y(r) + inset, C * cw - width, ch - width);
      else context.strokeRect(x(c) + inset, y(0) + inset, cw - width, visible * ch - width);
    };
    if (scene.current >= 0) band(palette.target, 2, scene.current);
    for (const r of scene.pinned.rows) if (r < visible) band(palette.text, 2, r);
    for (const c of scene.pinned.columns) if (visible) band(palette.text, 2, undefined, c);
    if (!hover) return;
    if (hover.row < visible) band(palette.text, 1.5, hover.row);
    if (hover.column !== undefined && visible) band(palette.text, 1.5, undefined, hover.column);
    if (hover.row < visible && hover.column !== undefined) band(palette.accent, 3, hover.row, hover.column);
  }
}

/** How numbers are written in cells of this size, in letters that fit; null where they do not.
 *  Where "0.88" is too wide, ".88" may do. A scene's own texts, and numbers on paper, are written as they are. */
function figuresOf(context, { text, numbers, size, fonts }, width, height) {
  const setFont = (high) => (context.font = `${high}px ${fonts}`);
  const most = numbers ?? Math.min(size, Math.floor(height - 4));
  if (most < (numbers ?? Math.min(size, SMALLEST))) return null;
  setFont(most);
  const widest = (written) => context.measureText(written).width;
  if (text) return width >= widest(text(-0.88)) + 3 ? text : null;
  if (width >= widest("0.88") + 3) return number;
  if (numbers || width < NUMBER_ROOM) return null;
  const fits = (most * (width - 4)) / widest(".88");
  if (fits < SMALLEST) return null;
  setFont(Math.min(most, Math.floor(fits)));
  return (weight) => (weight >= 0.995 ? "1" : number(weight).slice(1));
}

/** A heatmap on the page: it scrolls where it must, and says which cell is under the pointer. */
export class MapBox {
  /** @param {string} label
   *  @param {object} of
   *  @param {() => import("./payloads.js").MapView} of.view rows and columns that are drawn
   *  @param {() => number} of.visible how many rows are there by now
   *  @param {(cell: {row?: number, column?: number} | null) => void} of.point called as the pointer moves
   *  @param {(cell: {row?: number, column?: number} | null) => void} of.choose called where it clicks
   *  @param {() => void} of.scrolled */
  constructor(label, { view, visible, point, choose, scrolled }) {
    this.view = view;
    this.visible = visible;
    this.geometry = null;
    this.canvas = make("canvas", { role: "img" });
    this.content = make("div", { class: "content" }, this.canvas);
    this.box = make("div", { class: "box", tabindex: "0", role: "group", "aria-label": label }, this.content);
    this.scroll = new ScrollPlace(this.box, scrolled);
    this.canvas.onpointermove = (event) => event.pointerType !== "touch" && point(this.cellAt(event));
    this.canvas.onpointerleave = () => point(null);
    this.canvas.onclick = (event) => choose(this.cellAt(event));
  }

  /** Find the room there is, and where everything stands in it. */
  measure(size, measure) {
    this.content.style.width = "0";
    this.content.style.height = "0";
    this.room = { width: this.box.clientWidth, height: this.box.clientHeight };
    this.geometry = mapGeometry(this.view(), this.room.width, this.room.height, size, measure);
    return this.geometry;
  }

  /** Take over what was measured. */
  settle() {
    const g = this.geometry;
    const { rows, columns } = this.view();
    this.content.style.width = `${Math.floor(g.x0 + columns.length * g.cw)}px`;
    this.content.style.height = `${Math.floor(g.y0 + rows.length * g.ch)}px`;
    g.width = this.box.clientWidth; // a scroll bar may have taken its share
    g.height = this.box.clientHeight;
    this.scroll.remember();
  }

  /** The cell, or the name of a row or column, that an event is over; null where there is none. */
  cellAt(event) {
    const g = this.geometry;
    if (!g) return null;
    const place = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - place.left, event.clientY - place.top];
    const { rows, columns, allowed } = this.view();
    const lean = y < g.y0 && g.rotated ? (g.y0 - 6 - y) / Math.tan(g.tilt) : 0; // a name stands to the right of its column
    const column = Math.floor((x - lean + this.scroll.x - g.x0) / g.cw);
    const row = Math.floor((y + this.scroll.y - g.y0) / g.ch);
    /** @type {{row?: number, column?: number}} */
    const cell = {};
    if (y >= g.y0 && row >= 0 && row < this.visible()) cell.row = row;
    if ((x >= g.x0 || y < g.y0) && column >= 0 && column < columns.length) cell.column = column;
    if (cell.row === undefined && (cell.column === undefined || y >= g.y0)) return null; // below the last row that is there
    if (cell.row !== undefined && cell.column !== undefined && !allowed(rows[row], columns[column])) return null;
    return cell;
  }
}
