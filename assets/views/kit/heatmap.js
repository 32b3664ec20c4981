// A map of weights: where its cells and names stand, and how they are drawn.

import { clamp } from "./dom.js";
import { fitted, number } from "./format.js";

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

const shadeOf = (weight) => Math.min(255, Math.round(weight * 255)); // of a weight's colour in a table

/** A map as a picture of one pixel a cell: cells that may not be attended to stay clear. */
export function cellPicture(map, view, table, shade = shadeOf) {
  const [rows, columns] = [view.rows.length, view.columns.length];
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, columns);
  canvas.height = Math.max(1, rows);
  if (!rows || !columns) return canvas;
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      if (view.masked && !view.allowed(view.rows[r], view.columns[c])) continue;
      pixels[r * columns + c] = table.packed[shade(map[r * columns + c])];
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
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
  if (visible) context.drawImage(scene.picture, 0, 0, C, visible, x(0), y(0), C * cw, visible * ch);
  const cells = (last.r - first.r) * (last.c - first.c);
  const lined = cw >= 9 && ch >= 9 && cells < 3000;
  context.strokeStyle = palette.border;
  context.lineWidth = 1;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${size}px ${scene.fonts}`;
  const widest = context.measureText((scene.text ?? number)(scene.text ? -0.88 : 0.88)).width;
  const numbered = cw >= widest + 3 && ch >= size + 4;
  if (lined) {
    for (let r = first.r; r < Math.min(last.r, visible); r++) {
      for (let c = first.c; c < last.c; c++) {
        if (!view.allowed(view.rows[r], view.columns[c])) continue;
        context.strokeRect(Math.round(x(c)) + 0.5, Math.round(y(r)) + 0.5, Math.round(cw), Math.round(ch));
        if (!numbered) continue;
        const weight = focus[r * C + c];
        context.fillStyle = table.ink[(scene.shade ?? shadeOf)(weight)];
        context.fillText((scene.text ?? number)(weight), x(c + 0.5), y(r + 0.5) + 1);
      }
    }
  }
  drawMarks(context, g, scene, x, y);
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

const nameColour = (palette, word) => (word.special ? palette.muted : palette[word.side]);

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
