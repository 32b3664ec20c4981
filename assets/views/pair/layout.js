// Where the cells of all maps stand.

import { mapGeometry } from "../kit/heatmap.js";

/** Measure the maps that are shown. @param {import("../pair.js").Pair} pair */
export function layoutMaps(pair) {
  const measure = (text, size) => pair.measure(text, size);
  const shown = pair.panels.filter((panel) => panel.isShown);
  for (const panel of pair.panels) {
    const { isShown } = panel;
    panel.map.box.hidden = !isShown;
    panel.none.hidden = isShown;
    panel.map.geometry = null;
  }
  for (const { map } of shown) map.measure(pair.fontSize, measure);
  if (pair.same && shown.length > 1) alignMaps(shown, pair.fontSize, measure);
  for (const { map } of shown) {
    map.settle();
    pair.sizeCanvas(map.canvas, map.geometry.width, map.geometry.height);
  }
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
