// The attention view as a slide of 1920 x 1080: the sentence, the finding, the map, all heads of the layer, candidates.

import { range } from "../kit/dom.js";
import { chance, fill, surface } from "../kit/format.js";
import { drawHeatmap, mapGeometry } from "../kit/heatmap.js";
import { namesLeftOut } from "../kit/labels.js";
import { Paper } from "../kit/paper.js";
import { drawHead } from "./heads.js";
import { findingOf } from "./words.js";

export const SLIDE = { width: 1920, height: 1080 };
const SLIDE_EDGE = 60;
const SLIDE_MAP = { y: 232, width: 1200, height: 770 };
const SLIDE_SIDE = { x: 1330, width: 530, across: 4, gap: 18, caption: 34 };
const TITLE_SIZES = [44, 38, 32, 27]; // the largest in which sentence and translation are whole
const NAME_SIZES = [40, 34, 30, 26, 22, 18, 14]; // of names on the map: the largest with which none is left out and rows stand apart
const SLIDE_CANDIDATES = 5;

/** @param {import("./state.js").Selection} selection
 *  @param {import("../kit/payloads.js").Palettes} palette
 *  @param {typeof import("../stage.json").en} w words
 *  @param {import("../kit/payloads.js").Ruler} [ruler]
 *  @returns {Paper} */
export function slide(selection, palette, w, ruler) {
  const paper = new Paper(palette, ruler);
  const { header, state } = selection;
  const room = SLIDE.width - 2 * SLIDE_EDGE;
  const line = (y, text, look) => paper.text(SLIDE_EDGE, y, paper.fitted(text, room, look.size, look.weight), look);
  const title = `${header.typed} → ${selection.textSoFar()}`;
  line(84, title, { size: TITLE_SIZES.find((size) => paper.measure(title, size, 600) <= room) ?? TITLE_SIZES.at(-1), weight: 600 });
  line(146, findingOf(selection, w), { size: 38, weight: 400 });
  const step = state.kind === "encoder_self" ? "" : ` · ${fill(w.step_of, { step: state.step + 1, steps: selection.weights.T })}`;
  line(198, `${w.kinds_long[state.kind]} · ${selection.where(w)}${step}`, { size: 30, fill: paper.palette.muted });
  slideMap(paper, selection);
  const bottom = slideHeads(paper, selection, w);
  slideCandidates(paper, selection, bottom + 70, w);
  slideScale(paper);
  return paper;
}

function slideMap(paper, selection) {
  const { view } = selection;
  const measure = (text, size) => paper.measure(text, size);
  const places = NAME_SIZES.map((size) => ({ size, g: mapGeometry(view, SLIDE_MAP.width, SLIDE_MAP.height, size, measure) }));
  const whole = places.find(({ size, g }) => !g.scrolls && g.ch >= size * 1.2 && !Object.values(namesLeftOut(g, size)).some(Boolean));
  const { g, size } = whole ?? places.at(-1);
  mapOnPaper(paper, selection, g, { x: SLIDE_EDGE, y: SLIDE_MAP.y }, { size, numbers: Math.min(34, Math.floor(g.cw * 0.36)), current: selection.currentRow });
}

/** The heatmap of what is selected, on paper. */
export function mapOnPaper(paper, selection, g, { x, y }, look) {
  const scene = {
    view: selection.view,
    focus: selection.focus,
    visible: selection.visible,
    hover: null,
    pinned: { rows: selection.pinned("r"), columns: selection.pinned("c") },
    step: selection.state.step,
    written: selection.written,
    palette: paper.palette,
    table: paper.table,
    fonts: paper.fonts,
    ...look,
  };
  paper.context.save();
  paper.context.translate(x, y);
  drawHeatmap(paper.context, g, scene, { x: 0, y: 0 });
  paper.context.restore();
}

/** All heads of the layer in focus. -> where they end */
function slideHeads(paper, selection, w) {
  const { view, header, state } = selection;
  const { x: left, width, across, gap, caption } = SLIDE_SIDE;
  const side = (width - gap * (across - 1)) / across;
  const tile = { w: side, h: Math.max(50, Math.min(side, (side * view.rows.length) / Math.max(1, view.columns.length))) };
  paper.text(left, SLIDE_MAP.y, fill(w.layer_n, { n: state.layer + 1 }), { size: 30, weight: 600 });
  const top = (head) => SLIDE_MAP.y + 16 + Math.floor(head / across) * (tile.h + caption + gap);
  const heads = selection.weights.layers(state.kind) ? range(header.heads) : [];
  for (const head of heads) {
    const place = { layer: state.layer, head, x: left + (head % across) * (side + gap), y: top(head) + caption, ...tile };
    const isChosen = selection.isAverage || selection.heads.includes(head);
    paper.text(place.x, place.y - 8, String(head + 1), { size: 26, weight: isChosen ? 700 : 400, fill: isChosen ? paper.palette.text : paper.palette.muted });
    drawHead(paper.context, selection, place, { palette: paper.palette, table: paper.table, picture: () => null });
    Object.assign(paper.context, { strokeStyle: isChosen ? paper.palette.target : paper.palette.border, lineWidth: isChosen ? 3 : 1 });
    paper.context.strokeRect(place.x, place.y, place.w, place.h);
  }
  return heads.length ? top(header.heads - 1) + caption + tile.h : SLIDE_MAP.y;
}

function slideCandidates(paper, selection, y, w) {
  const { palette } = paper;
  const { labels, probabilities } = selection.candidates();
  const { x, width } = SLIDE_SIDE;
  const room = Math.min(SLIDE_CANDIDATES, Math.floor((SLIDE.height - SLIDE_EDGE - y) / 44), labels.length);
  if (room < 1) return;
  paper.text(x, y, w.candidates_short, { size: 30, weight: 600 });
  for (const i of range(room)) {
    const line = y + 46 * (i + 1);
    const chosen = labels[i] === selection.header.output[selection.state.step];
    paper.text(x, line, paper.fitted(surface(labels[i]), 190, 30, chosen ? 700 : 400), { size: 30, weight: chosen ? 700 : 400, fill: palette.target });
    paper.rect(x + 210, line - 22, 200, 24, palette.surface);
    paper.rect(x + 210, line - 22, 200 * probabilities[i], 24, palette.target);
    paper.text(x + width, line, chance(probabilities[i]), { size: 30, align: "right" });
  }
}

function slideScale(paper) {
  const y = SLIDE.height - 34;
  paper.text(SLIDE_EDGE, y, "0", { size: 26, fill: paper.palette.muted });
  for (const i of range(64)) paper.rect(SLIDE_EDGE + 26 + i * 5, y - 20, 5.4, 22, paper.table.css[Math.round((i / 63) * 255)]);
  paper.text(SLIDE_EDGE + 26 + 64 * 5 + 12, y, "1", { size: 26, fill: paper.palette.muted });
}
