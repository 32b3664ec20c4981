// The attention view as a picture for a paper: lines, heatmap, all heads, candidates and source weights on one sheet.

import { range } from "../kit/dom.js";
import { chance, fill, number, surface } from "../kit/format.js";
import { nameColour } from "../kit/labels.js";
import { Paper } from "../kit/paper.js";
import { drawHead } from "./heads.js";
import { drawLines } from "./lines.js";
import { mapOnPaper, SLIDE, slide } from "./slide.js";

const MARGIN = 24;
const PITCH = 28; // from row to row
const TOP = 100; // where pictures begin, below the title
const LONGEST = 170; // a name is cut to
const TILT = Math.PI * 0.3;
const MOST_CELLS = 250_000; // of all small pictures together: a file of 20 MB

/** @param {import("./state.js").Selection} selection
 *  @param {import("../kit/payloads.js").Palettes} palette
 *  @param {typeof import("../stage.json").en} w words
 *  @param {import("../kit/payloads.js").Ruler} [ruler]
 *  @returns {{paper: Paper, width: number, height: number}} */
export function sheet(selection, palette, w, ruler) {
  const paper = new Paper(palette, ruler);
  const { header, state } = selection;
  const lines = placeLines(paper, selection, w);
  const map = placeMap(paper, selection, lines.end);
  const y0 = Math.max(lines.head, map.g.y0);
  paintLines(paper, selection, lines, TOP + y0, w);
  paintMap(paper, selection, map, TOP + y0 - map.g.y0);
  const side = paintSide(paper, selection, map.end + MARGIN, w);
  const bottom = TOP + y0 + Math.max(lines.content, map.g.height - map.g.y0);
  const total = { width: side.right + MARGIN, height: Math.max(bottom, side.bottom) + 60 };
  const base = total.height - 22;
  const end = paintLegend(paper, selection, map, base, w);
  total.width = Math.max(total.width, end + 2 * MARGIN);
  const room = total.width - 2 * MARGIN;
  const title = `${header.typed} → ${selection.textSoFar()}`;
  paper.text(MARGIN, 38, paper.fitted(title, room, 20, 600), { size: 20, weight: 600 });
  const step = state.kind === "encoder_self" ? "" : ` · ${fill(w.step_of, { step: state.step + 1, steps: selection.weights.T })}`;
  const spelled = header.spelled ? ` · ${w.spelled_paper}` : "";
  const where = `${w.kinds_long[state.kind]} · ${selection.where(w)}${step}${spelled}`;
  paper.text(MARGIN, 66, paper.fitted(where, room), { fill: paper.palette.muted });
  return { paper, ...total };
}

/** The picture as a file, of what is in focus, on white ground: for a paper with every name there, or a slide.
 *  @param {import("../stage.js").Stage} stage
 *  @param {"svg" | "png" | "slide"} kind */
export function saveSheet({ selection, state, assets, words }, kind) {
  const heads = selection.isAverage ? "average" : `head${selection.heads.map((head) => head + 1).join("+")}`;
  const name = `headlight-${state.kind}-layer${state.layer + 1}-${heads}`;
  if (kind === "slide") return slide(selection, assets.palette, words).save("png", `${name}-slide`, SLIDE.width, SLIDE.height, 1);
  const { paper, width, height } = sheet(selection, assets.palette, words);
  return paper.save(kind, name, width, height);
}

const widest = (paper, words) => Math.max(30, ...words.map((text) => Math.min(LONGEST, paper.measure(text))));
const label = (paper, word) => paper.fitted(word.label, LONGEST);

function placeLines(paper, { view }, w) {
  const names = Math.max(paper.measure(w.is_read), widest(paper, view.columns.map((word) => word.label)));
  const left = MARGIN + names + 10;
  const content = Math.max(view.rows.length, view.columns.length) * PITCH;
  const right = left + 230;
  return { names, left, right, content, head: 24, end: right + 10 + widest(paper, view.rows.map((word) => word.label)) };
}

function paintLines(paper, selection, { names, left, right, content }, top, w) {
  const { view, state } = selection;
  const { palette } = paper;
  const place = (i, n) => top + ((i + 0.5) * content) / n;
  const rows = view.rows.map((_, i) => place(i, view.rows.length));
  const columns = view.columns.map((_, i) => place(i, view.columns.length));
  paper.text(MARGIN + names, top - 10, w.is_read, { align: "right", fill: palette.muted });
  paper.text(right + 10, top - 10, view.kind === "encoder_self" ? w.reader_encoder : w.predicts, { fill: palette.muted });
  view.columns.forEach((word, c) => {
    if (word.ready <= state.step) paper.text(MARGIN + names, columns[c] + 5, label(paper, word), { align: "right", fill: nameColour(palette, word) });
  });
  view.rows.slice(0, selection.visible).forEach((word, r) => paper.text(right + 10, rows[r] + 5, label(paper, word), { fill: nameColour(palette, word) }));
  const g = { left: left - 6, right: right + 6, rows, columns, room: content / Math.max(rows.length, columns.length), top: 0, height: top + content };
  drawLines(paper.context, selection, selection.active(null), g, palette);
}

/** Where the heatmap stands, in the form that `drawHeatmap` draws by. */
function placeMap(paper, { view }, beside) {
  const [R, C] = [view.rows.length, view.columns.length];
  const columnWidth = widest(paper, view.columns.map((word) => word.label));
  const rowWidth = widest(paper, view.rows.map((word) => word.label));
  const readsWidth = view.kind === "encoder_self" ? 0 : widest(paper, view.rows.map((word) => word.reads));
  const arrow = readsWidth ? paper.size * 1.9 : 0;
  const rotated = columnWidth > 40;
  const labelHeight = rotated ? columnWidth * Math.sin(TILT) + paper.size * 0.6 : paper.size + 10;
  const [cw, ch] = [Math.max(rotated ? 34 : columnWidth + 12, 40), PITCH];
  const [x0, y0] = [Math.ceil(rowWidth + readsWidth + arrow + 14), Math.ceil(labelHeight + 6)];
  const lean = rotated ? columnWidth * Math.cos(TILT) : 0; // of the last slanted name
  const g = { x0, y0, cw, ch, rowWidth, readsWidth, arrow, labelHeight, rotated, tilt: TILT, width: x0 + C * cw + lean, height: y0 + R * ch };
  const x = beside + 60;
  return { g, x, end: x + g.width };
}

function paintMap(paper, selection, { g, x }, y) {
  mapOnPaper(paper, selection, g, { x, y }, { size: paper.size, numbers: 13, current: -1 });
}

/** Beside lines and heatmap: all heads of all layers, the candidates, and the weights over the source. */
function paintSide(paper, selection, x, w) {
  const { view, header, state } = selection;
  const { palette, table } = paper;
  const bar = (left, y, share, fill) => {
    paper.rect(left, y - 11, 100, 12, palette.surface);
    paper.rect(left, y - 11, 100 * share, 12, fill);
  };
  const title = (left, y, text) => paper.text(left, y, text, { weight: 600 });
  const [R, C] = [view.rows.length, view.columns.length];
  const all = selection.weights.layersOf(state.kind);
  const layers = [all, [state.layer], []].find((some) => some.length * header.heads * R * C <= MOST_CELLS);
  const heads = layers === all ? w.heads : fill(layers.length ? w.heads_layer : w.heads_none, { layer: state.layer + 1 });
  title(x, TOP, heads);
  const cell = Math.max(1, Math.min(8, 72 / Math.max(R, C)));
  const g = { x: x + 22, y: TOP + 36, w: Math.max(24, C * cell), h: Math.max(14, R * cell), gap: 8 };
  for (const head of layers.length ? range(header.heads) : []) {
    paper.text(g.x + head * (g.w + g.gap) + g.w / 2, TOP + 26, String(head + 1), { align: "center", fill: palette.muted });
  }
  const line = (layer) => g.y + layers.indexOf(layer) * (g.h + g.gap);
  for (const layer of layers) paper.text(x, line(layer) + g.h / 2 + 5, String(layer + 1), { fill: palette.muted });
  for (const layer of layers) {
    for (const head of range(header.heads)) {
      const place = { layer, head, x: g.x + head * (g.w + g.gap), y: line(layer), w: g.w, h: g.h };
      drawHead(paper.context, selection, place, { palette, table, picture: () => null });
    }
  }

  let y = g.y + layers.length * (g.h + g.gap) + 34;
  const { labels, probabilities } = selection.candidates();
  if (labels.length) title(x, y, w.candidates);
  labels.forEach((piece, i) => {
    y += 24;
    paper.text(x, y, surface(piece), { fill: palette.target, weight: piece === header.output[state.step] ? 700 : 400 });
    bar(x + 90, y, probabilities[i], palette.target);
    paper.text(x + 250, y, chance(probabilities[i]), { align: "right" });
  });

  const row = selection.sourceWeights();
  if (!row) return { right: x + 290, bottom: y };
  const second = x + Math.max(290, 22 + header.heads * (g.w + g.gap), paper.measure(heads)) + 40;
  const caption = fill(w.bars, { where: selection.where(w) });
  title(second, TOP, caption);
  const names = header.source.map((piece) => paper.fitted(surface(piece), LONGEST));
  const broad = widest(paper, names);
  names.forEach((name, i) => {
    const line = TOP + 26 + i * 24;
    paper.text(second, line, name, { fill: header.source_specials.includes(i) ? palette.muted : palette.source });
    bar(second + broad + 14, line, row[i], palette.source);
    paper.text(second + broad + 170, line, number(row[i]), { align: "right" });
  });
  const right = Math.max(second + broad + 170, second + paper.measure(caption, paper.size, 600));
  return { right, bottom: Math.max(y, TOP + 26 + names.length * 24) };
}

/** Which head has which colour, what is left out, and the scale of the heatmap. -> where they end */
function paintLegend(paper, selection, { g, x: left }, base, w) {
  const { palette, table } = paper;
  const heads = selection.isAverage ? [] : selection.heads;
  const x = paper.heads(heads, (head) => fill(w.head_n, { n: head + 1 }), MARGIN, base);
  const kept = fill(w.keep_paper, { percent: selection.state.threshold });
  paper.text(x, base, kept, { fill: palette.muted });
  const scale = Math.max(left + g.x0, x + paper.measure(kept) + 60); // below the heatmap, or after the legend where that is long
  paper.text(scale - 16, base, "0", { align: "right", fill: palette.muted });
  for (let i = 0; i < 64; i++) paper.rect(scale - 10 + i * 2.5, base - 12, 2.6, 14, table.css[Math.round((i / 63) * 255)]);
  paper.text(scale + 156, base, "1", { fill: palette.muted });
  return scale + 156 + paper.measure("1");
}
