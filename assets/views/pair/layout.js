// How much room the pictures get, and where the cells of all maps stand.

import { clamp, range, roomBelow } from "../kit/dom.js";
import { mapGeometry } from "../kit/heatmap.js";

const LOWEST = 225; // pixels: no picture is lower, whatever the window
const SINGLE = { row: 16, names: 80 }; // pixels: a row of a map that is alone in its panel, and the names above it
const READABLE = 150; // pixels: the least length of a map among several that can be pointed at from a lectern
const CELL = { w: 72, h: 46 }; // pixels: cells that are larger show nothing more
const ROW = 7.5; // pixels: a map among several that has to be scrolled to has rows of this height
export const GAP = 8; // pixels between two maps

/** Where the maps of n heads stand: in as many columns as make the cells largest, each map of a length that is readable.
 *  @param {{n: number, rows: number, columns: number, width: number, height: number, names: number, caption: number,
 *    labels: number}} room what there is for all of it; `names`: the width of the rows' names, at the left of all; `caption`:
 *  the height of a map's heading; `labels`: that of the columns' names, which stand above the first maps
 *  @returns {{across: number, down: number, w: number, h: number, height: number, everywhere: boolean}} maps in a row and in a
 *  column, a map's size, the height of all, and whether columns have names above all maps */
export function mapsInRoom({ n, rows, columns, width, height, names, caption, labels }) {
  const wide = (across) => Math.floor((width - names - GAP * (across - 1)) / across);
  const high = (down, times) => Math.floor((height - labels * times - GAP * (down - 1)) / down - caption);
  const choices = range(n)
    .map((i) => ({ across: i + 1, down: Math.ceil(n / (i + 1)) }))
    .filter(({ across, down }) => across === 1 || (wide(across) >= READABLE && Math.ceil(n / down) === across));
  const cell = ({ across, down }) => Math.min(wide(across) / columns, (1.3 * high(down, 1)) / rows);
  const best = choices.reduce((one, other) => (cell(other) > cell(one) ? other : one));
  const { across, down } = best;
  const w = Math.min(wide(across), columns * CELL.w);
  const everywhere = down > 1 && high(down, down) >= rows * 1.6 * ROW;
  const times = everywhere ? down : 1;
  const least = Math.min(w, Math.max(READABLE * 0.36, Math.floor(rows * ROW)));
  const h = Math.floor(clamp(high(down, times), least, Math.max(least, Math.min(rows * CELL.h, (rows * w * 1.1) / columns))));
  return { across, down, w, h, everywhere, height: labels * times + down * (caption + h) + GAP * (down - 1) };
}

/** The base size of type in presentation: that of a window of 1280 x 720, and larger in a larger one. */
export const projectedSize = (width, height) => clamp(19 * Math.min(width / 1280, height / 720), 18, 44);

/** Which share of the width each panel gets: a map beside the maps of several heads gets less than these.
 *  @param {number[]} maps how many each panel shows */
export function shares(maps) {
  if (new Set(maps.map((n) => n > 1)).size < 2) return maps.map(() => 1);
  return maps.map((n) => (n > 2 ? 1.45 : n > 1 ? 1.2 : 1));
}

/** Give every picture its room, and measure the maps that are shown. @param {import("../pair.js").Pair} pair */
export function layoutMaps(pair) {
  const measure = (text, size) => pair.measure(text, size);
  const { panels, sidePanels, sidesElement, root } = pair;
  const narrow = root.classList.contains("narrow");
  for (const panel of panels) panel.arrange();
  const across = panels.filter((panel) => panel.side || !sidePanels.some(({ mode }) => mode === "all" || mode === "lines"));
  sidesElement.style.gridTemplateColumns = narrow
    ? "minmax(0, 1fr)"
    : shares(across.map((panel) => (panel.mode === "all" ? panel.side.heads : 1))).map((share) => `minmax(0, ${share}fr)`).join(" ");
  for (const panel of panels) panel.element.classList.toggle("beneath", !narrow && !across.includes(panel));

  const heading = alignHeadings(sidePanels, narrow) + 4;
  const left = pair.header.rollout || narrow ? window.innerHeight * 0.4 : roomBelow(sidesElement, heading + 4 + (pair.presenting ? pair.rules.offsetHeight + 20 : 0), pair.presenting ? root : null);
  const height = Math.round(clamp(left, lowest(sidePanels), Math.max(LOWEST, window.innerHeight * 0.8)));
  const overviews = sidePanels.filter(({ mode }) => mode === "all").map((panel) => panel.overview.layout(height));
  const tallest = narrow ? height : Math.max(height, ...overviews);
  root.style.setProperty("--maps", `${tallest}px`);
  layoutLines(sidePanels.filter(({ mode }) => mode === "lines").map(({ lines }) => lines), height, narrow);

  const shown = panels.filter(({ mode }) => mode === "map");
  for (const { map } of shown) map.measure(pair.fontSize, measure);
  if (pair.same && shown.length > 1) alignMaps(shown, pair.fontSize, measure);
  for (const { map } of shown) {
    map.settle();
    pair.sizeCanvas(map.canvas, map.geometry.width, map.geometry.height);
  }
}

/** No picture is lower: where each side shows one map, all rows can be told apart, and of many rows the page is scrolled. */
function lowest(panels) {
  if (panels.some(({ mode }) => mode !== "map")) return LOWEST;
  const rows = Math.max(...panels.map(({ view }) => view.rows.length));
  return clamp(SINGLE.names + rows * SINGLE.row, LOWEST, Math.max(LOWEST, window.innerHeight * 0.6));
}

/** Side by side all pictures begin at one height, also where the heading of one has two lines. -> the height of headings */
function alignHeadings(panels, narrow) {
  for (const { heading } of panels) heading.style.removeProperty("--heading");
  const tallest = Math.max(...panels.map(({ heading }) => heading.offsetHeight));
  for (const { heading } of panels) if (!narrow) heading.style.setProperty("--heading", `${tallest}px`);
  return tallest;
}

/** Side by side the lines of both begin at one height, whatever stands above them. */
function layoutLines(all, height, narrow) {
  for (const { legend } of all) legend.style.removeProperty("--legend");
  const tallest = Math.max(...all.map(({ legend }) => legend.offsetHeight));
  for (const { legend } of all) if (!narrow) legend.style.setProperty("--legend", `${tallest}px`);
  for (const lines of all) lines.layout(height);
}

/** The same sentence: cells of the same size in the same place, so that the eye can go from one map to the other. */
function alignMaps(panels, size, measure) {
  const x0 = Math.max(...panels.map(({ map }) => map.geometry.x0));
  const all = panels.map(({ map, view }) => {
    const { width, height } = map.room;
    return (map.geometry = mapGeometry(view, width - x0 + map.geometry.x0, height, size, measure));
  });
  const y0 = Math.max(...all.map((g) => g.y0));
  const scrolls = all.some((g) => g.scrolls);
  const cell = scrolls ? size + 4 : Infinity;
  const cw = Math.min(cell, ...all.map((g) => (scrolls ? cell : g.cw)));
  const ch = Math.min(cell, ...all.map((g) => (scrolls ? cell : (g.ch * (g.height - y0)) / (g.height - g.y0))));
  for (const g of all) Object.assign(g, { x0, y0, cw, ch, scrolls, rotated: g.rotated || scrolls });
}
