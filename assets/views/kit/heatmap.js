// A map of weights: where its cells and names stand, and how they are drawn.

import { clamp, make, ScrollPlace } from "./dom.js";
import { fitted, number } from "./format.js";
import { paintPixels, shade } from "./strip.js";

/** Where cells and labels stand. Cells shrink until all fit; below 7 pixels they grow to a readable size and scroll. */
export function mapGeometry(view, width, height, size, measure) {
  const [R, C] = [Math.max(1, view.rows.length), Math.max(1, view.columns.length)];
  const longest = (texts, most) => Math.min(most, Math.max(16, ...texts.map((text) => measure(text, size))));
  const most = clamp(width * 0.2, 44, 110);
  const rowWidth = longest(view.rows.map((row) => row.label), view.kind === "encoder_self" ? most * 1.4 : most);
  const readsWidth = view.kind === "encoder_self" ? 0 : longest(view.rows.map((row) => row.reads), most);
  const arrow = readsWidth ? size * 1.9 : 0;
  const x0 = Math.ceil(rowWidth + readsWidth + arrow + 14);
  const columnWidth = longest(view.columns.map((column) => column.label), 120);
  const fitWidth = (width - x0 - 4) / C;
  const rotated = columnWidth + 6 > fitWidth;
  const tilt = Math.PI * 0.3;
  const labelHeight = rotated ? Math.min(height * 0.26, columnWidth * Math.sin(tilt) + size * 0.6) : size + 10;
  const y0 = Math.ceil(labelHeight + 6);
  // The last slanted label leans to the right of its cell.
  const lean = rotated ? Math.min(columnWidth, labelHeight / Math.sin(tilt)) * Math.cos(tilt) * 0.8 : 0;
  const fit = { w: (width - x0 - 4 - lean) / C, h: (height - y0 - 4) / R };
  const scrolls = fit.w < 7 || fit.h < 7;
  return {
    x0,
    y0,
    cw: scrolls ? size + 4 : Math.min(96, fit.w),
    ch: scrolls ? size + 4 : Math.min(46, fit.h),
    rowWidth,
    readsWidth,
    arrow,
    labelHeight,
    scrolls,
    rotated: rotated || scrolls,
    tilt,
    width,
    height,
  };
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
  const { view, focus, visible, hover, palette, table, size } = scene;
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
  context.font = `${scene.numbers ?? size}px ${scene.fonts}`;
  const widest = context.measureText((scene.text ?? number)(scene.text ? -0.88 : 0.88)).width;
  const numbered = cw >= widest + 3 && ch >= size + 4;
  if (lined) {
    for (let r = first.r; r < Math.min(last.r, visible); r++) {
      for (let c = first.c; c < last.c; c++) {
        if (!view.allowed(view.rows[r], view.columns[c])) continue;
        context.strokeRect(Math.round(x(c)) + 0.5, Math.round(y(r)) + 0.5, Math.round(cw), Math.round(ch));
        if (!numbered) continue;
        const weight = focus[r * C + c];
        context.fillStyle = table.ink[(scene.shade ?? shade)(weight)];
        context.fillText((scene.text ?? number)(weight), x(c + 0.5), y(r + 0.5) + 1);
      }
    }
  }
  drawMarks();
  context.restore();
  drawRowNames(context, g, scene, y, first, last);
  drawColumnNames(context, g, scene, x, first, last);

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

export const nameColour = (palette, word) => (word.special ? palette.muted : palette[word.side]);

/** Names that fit are all there; of more, every so many; those in question always. */
function drawRowNames(context, g, scene, y, first, last) {
  const { view, palette, size, fonts, hover } = scene;
  const every = Math.max(1, Math.ceil((size + 1) / g.ch));
  const special = new Set([scene.current, hover?.row, ...scene.pinned.rows].filter((r) => r >= 0));
  context.save();
  context.beginPath();
  context.rect(0, g.y0 - 4, g.x0, g.height - g.y0 + 4);
  context.clip();
  context.textBaseline = "middle";
  const isFree = (r) => [...special].every((other) => Math.abs(other - r) * g.ch > size + 1);
  const put = (r, strong) => {
    const row = view.rows[r];
    if (row.ready > scene.step) return;
    const middle = y(r + 0.5) + 1;
    context.font = `${strong ? 700 : 400} ${size}px ${fonts}`;
    if (strong && g.ch < size + 2) {
      context.fillStyle = palette.background;
      context.fillRect(0, middle - size / 2 - 2, g.x0 - 2, size + 4);
    }
    context.textAlign = "right";
    context.fillStyle = nameColour(palette, row);
    context.fillText(fitted(context, row.label, g.rowWidth + 2), g.x0 - 8, middle);
    if (!g.readsWidth) return;
    context.fillStyle = palette.muted;
    context.fillText("→", g.x0 - 8 - g.rowWidth - size * 0.55, middle);
    context.fillText(fitted(context, row.reads, g.readsWidth + 2), g.x0 - 8 - g.rowWidth - g.arrow, middle);
  };
  for (let r = first.r - (first.r % every); r < last.r; r += every) if (r >= 0 && isFree(r)) put(r, false);
  for (const r of special) if (r >= first.r && r < last.r) put(r, true);
  context.restore();
}

function drawColumnNames(context, g, scene, x, first, last) {
  const { view, palette, size, fonts, hover } = scene;
  const needed = g.rotated ? (size + 2) / Math.sin(g.tilt) : 1;
  const every = Math.max(1, Math.ceil(needed / g.cw));
  const special = new Set([hover?.column, ...scene.pinned.columns].filter((c) => c >= 0));
  context.save();
  context.beginPath();
  context.rect(g.x0 - 6, 0, g.width - g.x0 + 6, g.y0);
  context.clip();
  const isFree = (c) => [...special].every((other) => Math.abs(other - c) * g.cw > needed);
  const put = (c, strong) => {
    const column = view.columns[c];
    if (column.ready > scene.step) return;
    context.font = `${strong ? 700 : 400} ${size}px ${fonts}`;
    context.save();
    context.translate(x(c + 0.5), g.y0 - 6);
    if (g.rotated) {
      context.rotate(-g.tilt);
      context.translate(2, 2);
      context.textAlign = "left";
    } else context.textAlign = "center";
    context.textBaseline = g.rotated ? "middle" : "alphabetic";
    const text = fitted(context, column.label, g.rotated ? g.labelHeight / Math.sin(g.tilt) - size * 0.5 : g.cw + 4);
    if (strong && g.rotated) {
      context.fillStyle = palette.background;
      context.fillRect(-1, -size / 2 - 2, context.measureText(text).width + 4, size + 4);
    }
    context.fillStyle = nameColour(palette, column);
    context.fillText(text, 0, 0);
    context.restore();
  };
  for (let c = first.c - (first.c % every); c < last.c; c += every) if (c >= 0 && isFree(c)) put(c, false);
  for (const c of special) if (c >= first.c && c < last.c) put(c, true);
  context.restore();
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
    const column = Math.floor((x + this.scroll.x - g.x0) / g.cw);
    const row = Math.floor((y + this.scroll.y - g.y0) / g.ch);
    /** @type {{row?: number, column?: number}} */
    const cell = {};
    if (y >= g.y0 && row >= 0 && row < this.visible()) cell.row = row;
    if (x >= g.x0 && column >= 0 && column < columns.length) cell.column = column;
    if (cell.row === undefined && (cell.column === undefined || y >= g.y0)) return null; // below the last row that is there
    if (cell.row !== undefined && cell.column !== undefined && !allowed(rows[row], columns[column])) return null;
    return cell;
  }
}
