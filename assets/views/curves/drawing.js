// Curves, areas and their axes, drawn on screen and on paper by the same functions.

import { luminance, rgb } from "../kit/colour.js";
import { range } from "../kit/dom.js";
import { Paper } from "../kit/paper.js";
import { axesOf, LABEL, widthOf } from "./axes.js";

const DASHES = { solid: [], dot: [1.5, 5], dash: [8, 6] };
const MARGIN = 10; // of a sheet's legend
const SAMPLE = 28; // pixels: a line in the legend
const BOX = 14; // an area or a marker there
const BAND = 0.22; // opacity
const NAME = 18; // pixels: the name of an arrow

/** Draw axes, lines and areas.
 *  @param {import("../kit/payloads.js").DrawingContext} context
 *  @param {import("./payloads.js").CurvesHeader} header
 *  @param {ReturnType<typeof axesOf>} axes
 *  @param {{palette: import("../kit/payloads.js").Palette, fonts: string}} look */
export function drawCurves(context, { series, x, y, bands, bare }, axes, { palette, fonts }) {
  const { px, py } = axes;
  const text = (left, base, align, content, fill = palette.text, font = `400 ${LABEL}px`) => {
    Object.assign(context, { font: `${font} ${fonts}`, textAlign: align, textBaseline: "alphabetic", fillStyle: fill });
    context.fillText(content, left, base);
  };
  drawBands(context, bands, axes, palette, text);
  for (const line of series.filter(({ below }) => below)) drawArea(context, line, axes, palette, text);
  if (!bare) drawAxes(context, x.title, y.title, axes, palette, text);
  for (const line of series.filter(({ below }) => !below)) {
    const points = line.x.map((value, i) => [px(value), py(line.y[i])]);
    if (line.symbols?.includes("arrow")) drawArrow(context, points, line, text);
    else drawPoints(context, points, line, text);
  }
}

/** A line with its markers, and their texts where there is room. */
function drawPoints(context, points, line, text) {
  if (line.width) drawLine(context, points, line);
  let free = -Infinity;
  points.forEach(([left, top], i) => {
    if (line.sizes?.[i]) drawMarker(context, left, top, line.sizes[i] / 2, line.symbols?.[i], line.colour);
    const half = line.texts ? widthOf(line.texts[i]) / 2 : 0;
    if (!half || left - half < free) return;
    text(left, top - LABEL * 0.7, "center", line.texts[i]);
    free = left + half + 2;
  });
}

function drawAxes(context, xTitle, yTitle, { box, height, tilt, hasZero, yRange, xTicks, yTicks, px, py }, palette, text) {
  const { left, right, top, bottom } = box;
  context.fillStyle = palette.border;
  const across = (y) => context.fillRect(left, y - 0.5, right - left, 1);
  const upright = (x) => context.fillRect(x - 0.5, top, 1, bottom - top);
  upright(left);
  across(bottom);
  if (yRange[0] < 0) across(py(0));
  if (hasZero) upright(px(0));
  for (const { value, label } of yTicks) text(left - 6, py(value) + LABEL * 0.35, "right", label);
  let free = -Infinity;
  for (const { value, label } of xTicks) {
    const [x, half] = [px(value), widthOf(label) / 2];
    if (tilt) {
      context.save();
      context.translate(x + 4, bottom + LABEL * 1.2);
      context.rotate(-tilt);
      text(0, 0, "right", label);
      context.restore();
    } else if (x - half > free) {
      text(x, bottom + LABEL * 1.4, "center", label);
      free = x + half + 4;
    }
  }
  if (xTitle) text((left + right) / 2, height - LABEL * 0.5, "center", xTitle);
  if (yTitle) text(4, LABEL, "left", yTitle);
}

/** What stands behind the lines: a band, or a dotted line where it has no width; a name above where there is room. */
function drawBands(context, bands, { box, px }, palette, text) {
  let free = -Infinity;
  for (const { from, to, label } of bands) {
    const [left, right] = [px(from), px(to)];
    context.save();
    if (from === to) drawLine(context, [[left, box.top], [left, box.bottom]], { colour: palette.muted, dash: "dot", width: 2 });
    else {
      context.globalAlpha = BAND;
      context.fillStyle = palette.muted;
      context.fillRect(left, box.top, right - left, box.bottom - box.top);
    }
    context.restore();
    const [middle, half] = [(left + right) / 2, widthOf(label) / 2];
    if (middle - half < free) continue;
    text(middle, box.top - LABEL * 0.4, "center", label, palette.muted);
    free = middle + half + 4;
  }
}

/** An area, with its name inside where it is high enough for it. */
function drawArea(context, { name, x, y, below, colour }, { px, py }, palette, text) {
  const points = [...x.map((value, i) => [px(value), py(y[i])]), ...x.map((value, i) => [px(value), py(below[i])]).reverse()];
  context.save();
  context.fillStyle = colour;
  trace(context, points);
  context.fill();
  context.restore();
  drawLine(context, points.slice(0, x.length), { colour: palette.background, dash: "solid", width: 1 });
  const place = roomFor(widthOf(name), x.map(px), x.map((_, i) => [py(y[i]), py(below[i])].sort((a, b) => a - b)));
  if (place) text(place[0], place[1] + LABEL * 0.35, "center", name, luminance(rgb(colour)) < 0.3 ? "#FFFFFF" : "#000000");
}

/** Where a text of this width stands best in an area: in the middle of where the area is highest; null without room.
 *  @param {number} width
 *  @param {number[]} places x of the area's points
 *  @param {number[][]} edges top and bottom of the area at each of them
 *  @returns {[number, number] | null} */
export function roomFor(width, places, edges) {
  const edgesAt = (at) => {
    const next = Math.max(1, places.findIndex((place) => place >= at));
    const part = (at - places[next - 1]) / (places[next] - places[next - 1]);
    return [0, 1].map((end) => edges[next - 1][end] + part * (edges[next][end] - edges[next - 1][end]));
  };
  let best = null;
  let most = LABEL * 1.3;
  for (let left = places[0] + 4; left + width < places.at(-1); left += 8) {
    const parts = [0, 0.25, 0.5, 0.75, 1].map((part) => edgesAt(left + part * width));
    const [top, bottom] = [Math.max(...parts.map((part) => part[0])), Math.min(...parts.map((part) => part[1]))];
    if (bottom - top <= most) continue;
    most = bottom - top;
    best = /** @type {[number, number]} */ ([left + width / 2, (top + bottom) / 2]);
  }
  return best;
}

function trace(context, points) {
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
}

function drawLine(context, points, { colour, dash, width }) {
  context.save();
  Object.assign(context, { strokeStyle: colour, lineWidth: width, lineCap: "round", lineJoin: "round" });
  context.setLineDash(DASHES[dash]);
  trace(context, points);
  context.stroke();
  context.restore();
}

/** An arrow from the first point to the last, and its name beyond its head. */
function drawArrow(context, points, line, text) {
  const [[x, y], [from, start]] = [points.at(-1), points[0]];
  const angle = Math.atan2(y - start, x - from);
  const length = line.sizes.at(-1);
  const at = (along, across) => [x - along * Math.cos(angle) - across * Math.sin(angle), y - along * Math.sin(angle) + across * Math.cos(angle)];
  drawLine(context, [points[0], at(length * 0.8, 0)], line);
  context.fillStyle = line.colour;
  trace(context, [[x, y], at(length, length * 0.42), at(length, -length * 0.42)]);
  context.fill();
  if (!line.texts) return;
  const [left, base] = at(-NAME, 0);
  text(left, base + NAME * 0.35, "center", line.texts.at(-1), line.colour, `700 ${NAME}px`);
}

function drawMarker(context, x, y, radius, symbol, colour) {
  if (symbol === "circle-open") {
    const turns = range(25).map((i) => (i / 24) * 2 * Math.PI);
    const ring = turns.map((turn) => [x + (radius - 1.5) * Math.cos(turn), y + (radius - 1.5) * Math.sin(turn)]);
    return drawLine(context, ring, { colour, dash: "solid", width: 3 });
  }
  context.fillStyle = colour;
  if (symbol === "diamond") {
    const r = radius * 1.3;
    trace(context, [[x - r, y], [x, y - r], [x + r, y], [x, y + r]]);
  } else {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }
  context.fill();
}

/** How wide the legend's sample of a line or an area is, pixels. */
export const sampleWidth = ({ below, width }) => (below || !width ? BOX : SAMPLE);

/** What the legend shows of a line or an area: how it looks, from (x, y) on. */
export function drawSample(context, { colour, dash, width, below, sizes, symbols }, x, y) {
  if (below) {
    context.fillStyle = colour;
    context.fillRect(x, y - BOX / 2, BOX, BOX);
  } else if (width) drawLine(context, [[x, y], [x + SAMPLE, y]], { colour, dash, width: 3 });
  else drawMarker(context, x + BOX / 2, y, Math.min(6, sizes[0] / 2), symbols[0], colour);
}

/** What is under the pointer: a line at x, and a dot on each curve. */
export function drawPointer(context, { box, px, py }, x, points, palette) {
  context.fillStyle = palette.muted;
  context.fillRect(px(x) - 0.5, box.top, 1, box.bottom - box.top);
  for (const { y, below, colour } of points) if (!below) drawMarker(context, px(x), py(y), 5, "circle", colour);
}

/** A colour of a theme as the light theme has it, for paper. */
function lightColour(colour, palette, light) {
  const head = palette.heads.indexOf(colour);
  if (head >= 0) return light.heads[head];
  const name = Object.keys(palette).find((key) => palette[key] === colour);
  return name ? light[name] : colour;
}

/** The picture for a paper: the chart, and below it the legend where there are several lines.
 *  @param {import("./payloads.js").CurvesHeader} header
 *  @param {import("../kit/payloads.js").Palettes} themes
 *  @param {import("../kit/payloads.js").Palette} palette of the theme whose colours the lines have
 *  @param {import("../kit/payloads.js").Ruler} [ruler]
 *  @returns {{paper: Paper, width: number, height: number}} */
export function curvesSheet(header, width, height, themes, palette, ruler) {
  const paper = new Paper(themes, ruler);
  const series = header.series.map((line) => ({ ...line, colour: lightColour(line.colour, palette, paper.palette) }));
  drawCurves(paper.context, { ...header, series }, axesOf(header, width, height), paper);
  const named = series.filter(({ legend }) => legend);
  if (named.length < 2) return { paper, width, height };
  let [x, y] = [MARGIN, height + 14];
  for (const line of named) {
    const sample = sampleWidth(line) + 6;
    const name = paper.fitted(line.name, width - 2 * MARGIN - sample, LABEL);
    const end = x + sample + paper.measure(name, LABEL);
    if (end > width - MARGIN && x > MARGIN) {
      x = MARGIN;
      y += 24;
    }
    drawSample(paper.context, line, x, y);
    paper.text(x + sample, y + LABEL * 0.35, name, { size: LABEL });
    x += sample + paper.measure(name, LABEL) + 24;
  }
  return { paper, width, height: y + 16 };
}
