// The names beside a map's rows and above its columns: which are drawn, where, and how words are told from pieces.

import { clamp, range } from "./dom.js";
import { fitted } from "./format.js";

export const nameColour = (palette, word) => (word.special ? palette.muted : palette[word.side]);

/** How far a name is raised above its line: the sign of a space hangs below it in all fonts, where it looks cut off. */
export const raised = (label, size) => (label === "␣" ? size * 0.25 : 0);

const FLATTEST = Math.PI / 6; // flatter names would lie on each other's columns for long

/** How steep names above columns of this pitch stand so that none touches the next; π/2 is upright. */
export function tiltOf(pitch, size) {
  return clamp(Math.asin(Math.min(1, (size + 2) / Math.max(1, pitch))), FLATTEST, Math.PI / 2);
}

/** Which of the names first…last - 1 are drawn so that no two touch, as [index, lane].
 *  A lane is a column of names of its own (above a map: a row), and a name never changes its lane. Where not all fit,
 *  those in question come first, then those near them.
 *  @param {{first: number, last: number, pitch: number, need: number, lanes: number, asked: number[]}} of
 *  `need` is what a name takes of the axis, `asked` the names in question, the most wanted first
 *  @returns {[index: number, lane: number][]} */
export function placeNames({ first, last, pitch, need, lanes, asked }) {
  const all = range(Math.max(0, last - first)).map((i) => first + i);
  if (pitch * lanes >= need) return all.map((i) => [i, i % lanes]);
  const inside = [...new Set(asked)].filter((i) => i >= first && i < last);
  const anchor = inside[0] ?? first;
  const near = all.filter((i) => !inside.includes(i)).sort((a, b) => Math.abs(a - anchor) - Math.abs(b - anchor) || a - b);
  const taken = range(lanes).map(() => []);
  for (const i of [...inside, ...near]) {
    const lane = taken[i % lanes];
    if (lane.every((other) => Math.abs(other - i) * pitch >= need)) lane.push(i);
  }
  return taken.flatMap((lane, k) => lane.map((i) => /** @type {[number, number]} */ ([i, k]))).sort((a, b) => a[0] - b[0]);
}

/** Runs of pieces of one word, as [first, last]: single-piece words are none. @param {import("./payloads.js").Word[]} words */
export function wordRuns(words) {
  const runs = [];
  words.forEach((word, i) => {
    if (!word.joined || !i) return;
    if (runs.at(-1)?.[1] === i - 1) runs.at(-1)[1] = i;
    else runs.push([i - 1, i]);
  });
  return runs;
}

const rowNeed = (size) => size + 1;
/** How steep a map's columns let their names stand, which may have become narrower since they were measured. */
const steepness = (g, size) => Math.max(g.tilt, tiltOf(g.cw, size));
const columnNeed = (g, size) => (g.rotated ? (size + 1) / Math.sin(steepness(g, size)) : 1);

/** Whether some names of an axis are left out for want of room.
 *  @param {any} g what `mapGeometry` found
 *  @param {number} size */
export function namesLeftOut(g, size) {
  const own = g.size ?? size;
  return { rows: g.ch * (g.rowLanes ?? 1) < rowNeed(own), columns: g.cw * (g.columnLanes ?? 1) < columnNeed(g, own) };
}

/** Names of the rows, beside them what a decoder reads in each. */
export function drawRowNames(context, g, scene, y, first, last) {
  const { view, palette, fonts, hover } = scene;
  const size = g.size ?? scene.size;
  const lanes = g.rowLanes ?? 1;
  const strong = [hover?.row, scene.current, ...scene.pinned.rows].filter((r) => r >= 0);
  const edge = g.x0 - 9;
  context.save();
  context.beginPath();
  context.rect(0, g.y0 - 4, g.x0, g.height - g.y0 + 4);
  context.clip();
  context.textBaseline = "middle";
  context.textAlign = "right";
  context.lineWidth = 1;
  const written = scene.written ?? scene.step; // the last step whose piece is known
  const places = placeNames({ first, last, pitch: g.ch, need: rowNeed(size), lanes, asked: strong });
  for (const [r, lane] of places) {
    const row = view.rows[r];
    if (row.ready > written) continue;
    const middle = y(r + 0.5) + 1;
    const right = edge - lane * (g.rowWidth + 8);
    context.font = `${strong.includes(r) ? 700 : 400} ${size}px ${fonts}`;
    context.fillStyle = nameColour(palette, row);
    context.fillText(fitted(context, row.label, g.rowWidth + 2), right, middle - raised(row.label, size));
    if (lane) {
      context.strokeStyle = palette.border;
      context.beginPath();
      context.moveTo(right + 3, Math.round(middle) - 0.5);
      context.lineTo(edge + 3, Math.round(middle) - 0.5);
      context.stroke();
    }
    if (!g.readsWidth || lanes > 1) continue;
    context.fillStyle = palette.muted;
    context.fillText("→", edge - g.rowWidth - size * 0.55, middle);
    context.fillText(fitted(context, row.reads, g.readsWidth + 2), edge - g.rowWidth - g.arrow, middle);
  }
  for (const [from, to] of wordRuns(view.rows)) {
    if (to < first || from >= last || view.rows[from].ready > written) continue;
    const end = view.rows[to].ready > written ? from : to; // of a word that is not complete yet, what is there
    context.fillStyle = nameColour(palette, view.rows[from]);
    context.fillRect(g.x0 - 5, y(from) + 2, 2, (end - from + 1) * g.ch - 4);
  }
  context.restore();
}

/** Names of the columns, slanted where they are wider than these. */
export function drawColumnNames(context, g, scene, x, first, last) {
  const { view, palette, fonts, hover } = scene;
  const size = g.size ?? scene.size;
  const lanes = g.columnLanes ?? 1;
  const strong = [hover?.column, ...scene.pinned.columns].filter((c) => c >= 0);
  const tilt = steepness(g, size);
  const longest = g.rotated ? (g.labelHeight / lanes - size * 0.6) / Math.sin(tilt) + 3 : g.cw + 4;
  context.save();
  context.beginPath();
  context.rect(g.x0 - 6, 0, g.width - g.x0 + 6, g.y0);
  context.clip();
  const places = placeNames({ first, last, pitch: g.cw, need: columnNeed(g, size), lanes, asked: strong.length ? strong : [scene.strongest ?? -1] });
  for (const [c, lane] of places) {
    const column = view.columns[c];
    if (column.ready > scene.step) continue;
    context.font = `${strong.includes(c) ? 700 : 400} ${size}px ${fonts}`;
    context.save();
    context.translate(x(c + 0.5), g.y0 - 8 - (lane * g.labelHeight) / lanes);
    if (g.rotated) {
      context.rotate(-tilt);
      context.translate(2, tilt > 1.5 ? 0 : 2);
      context.textAlign = "left";
    } else context.textAlign = "center";
    context.textBaseline = g.rotated ? "middle" : "alphabetic";
    context.fillStyle = nameColour(palette, column);
    context.fillText(fitted(context, column.label, longest), 0, -raised(column.label, size));
    context.restore();
    if (!lane) continue;
    context.fillStyle = palette.border;
    context.fillRect(Math.round(x(c + 0.5)), g.y0 - 8 - g.labelHeight / lanes, 1, g.labelHeight / lanes + 4);
  }
  for (const [from, to] of wordRuns(view.columns)) {
    if (to < first || from >= last || view.columns[from].ready > scene.step) continue;
    const end = view.columns[to].ready > scene.step ? from : to;
    context.fillStyle = nameColour(palette, view.columns[from]);
    context.fillRect(x(from) + 2, g.y0 - 5, (end - from + 1) * g.cw - 4, 2);
  }
  context.restore();
}
