// Curves and their axes, drawn on screen and on paper by the same functions.

import { clamp, range } from "../kit/dom.js";
import { significant } from "../kit/format.js";
import { Paper } from "../kit/paper.js";

const DASHES = { solid: [], dot: [1.5, 5], dash: [8, 6] };
const LABEL = 14; // pixels: the least that is read from the back of a hall
const MARGIN = 10; // of a sheet's legend
const SAMPLE = 28; // pixels: a line in the legend

/** Round numbers from low to high, about `count` of them. */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((size) => size * unit >= rough) * unit;
  const first = Math.ceil(low / step - 1e-9);
  return range(Math.floor(high / step + 1e-9) - first + 1).map((i) => (first + i) * step);
}

/** Where a value of [low, high] stands between the pixels of the two ends.
 *  @param {number} value
 *  @param {number[]} range */
const along = (value, [low, high], from, to) => from + ((value - low) / (high - low)) * (to - from);

/** Where the axes of a chart stand and what they cover: pixels of the box, ranges and ticks of x and y.
 *  @param {import("../kit/payloads.js").CurvesHeader} header */
export function axesOf({ series, x, y }, width, height) {
  const spread = (values) => [Math.min(...values), Math.max(...values)];
  const values = series.flatMap((line) => line.y);
  const [low, high] = spread(values.length ? values : [0, 1]);
  const room = (high - low || 1) * 0.06;
  const yRange = y.range ?? [low >= 0 ? 0 : low - room, high + room];
  const all = series.flatMap((line) => line.x);
  const xRange = all.length ? spread(all) : [0, 1];
  if (xRange[0] === xRange[1]) xRange[1] += 1;
  const yTicks = y.ticks ?? ticks(yRange[0], yRange[1], 5);
  const longest = Math.max(...yTicks.map((value) => significant(value, 6).length));
  const [left, right, top, bottom] = [10 + longest * LABEL * 0.62, width - 14, 8, height - LABEL * 2 - (x ? LABEL * 1.6 : 0)];
  return {
    box: { left, right, top, bottom },
    height,
    xRange,
    yRange,
    xTicks: ticks(xRange[0], xRange[1], clamp((right - left) / 60, 2, 8)),
    yTicks,
    px: (value) => along(value, xRange, left, right),
    py: (value) => along(value, yRange, bottom, top), // larger values higher up
  };
}

/** Draw axes and lines.
 *  @param {import("../kit/payloads.js").DrawingContext} context
 *  @param {import("../kit/payloads.js").CurvesHeader} header
 *  @param {ReturnType<typeof axesOf>} axes
 *  @param {{palette: import("../kit/payloads.js").Palette, fonts: string}} look */
export function drawCurves(context, { series, x: title }, { box, height, xRange, yRange, xTicks, yTicks, px, py }, { palette, fonts }) {
  const { left, right, top, bottom } = box;
  const text = (x, y, align, content) => {
    Object.assign(context, { font: `400 ${LABEL}px ${fonts}`, textAlign: align, textBaseline: "alphabetic", fillStyle: palette.text });
    context.fillText(content, x, y);
  };
  context.fillStyle = palette.border;
  const across = (y) => context.fillRect(left, y - 0.5, right - left, 1);
  const upright = (x) => context.fillRect(x - 0.5, top, 1, bottom - top);
  upright(left);
  across(bottom);
  if (yRange[0] < 0) across(py(0));
  if (xRange[0] < 0) upright(px(0));
  for (const value of yTicks) text(left - 6, py(value) + LABEL * 0.35, "right", significant(value, 6));
  for (const value of xTicks) {
    const label = significant(value, 6);
    const half = label.length * LABEL * 0.31;
    text(Math.min(px(value), right + MARGIN - half + 4), bottom + LABEL * 1.4, "center", label); // the last one stays on the sheet
  }
  if (title) text((left + right) / 2, height - LABEL * 0.5, "center", title);
  for (const line of series) {
    const points = line.x.map((value, i) => [px(value), py(line.y[i])]);
    drawLine(context, points, line);
    points.forEach(([x, y], i) => line.sizes?.[i] && drawDot(context, x, y, line.sizes[i] / 2, line.colour));
  }
}

function drawLine(context, points, { colour, dash, width }) {
  context.save();
  Object.assign(context, { strokeStyle: colour, lineWidth: width, lineCap: "round", lineJoin: "round" });
  context.setLineDash(DASHES[dash]);
  context.beginPath();
  points.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
  context.restore();
}

function drawDot(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** A line of the legend: how it looks, from (x, y) on. */
export function drawSample(context, { colour, dash }, x, y) {
  drawLine(context, [[x, y], [x + SAMPLE, y]], { colour, dash, width: 3 });
}

/** What is under the pointer: a line at x, and a dot on each curve. */
export function drawPointer(context, { box, px, py }, x, values, palette) {
  context.fillStyle = palette.muted;
  context.fillRect(px(x) - 0.5, box.top, 1, box.bottom - box.top);
  for (const { value, colour } of values) drawDot(context, px(x), py(value), 5, colour);
}

/** A colour of a theme as the light theme has it, for paper. */
function lightColour(colour, palette, light) {
  const head = palette.heads.indexOf(colour);
  if (head >= 0) return light.heads[head];
  const name = Object.keys(palette).find((key) => palette[key] === colour);
  return name ? light[name] : colour;
}

/** The picture for a paper: the chart, and below it the legend where there are several lines.
 *  @param {import("../kit/payloads.js").CurvesHeader} header
 *  @param {import("../kit/payloads.js").Palettes} themes
 *  @param {import("../kit/payloads.js").Palette} palette of the theme whose colours the lines have
 *  @param {import("../kit/payloads.js").Ruler} [ruler]
 *  @returns {{paper: Paper, width: number, height: number}} */
export function curvesSheet(header, width, height, themes, palette, ruler) {
  const paper = new Paper(themes, ruler);
  const series = header.series.map((line) => ({ ...line, colour: lightColour(line.colour, palette, paper.palette) }));
  drawCurves(paper.context, { ...header, series }, axesOf(header, width, height), paper);
  if (series.length < 2) return { paper, width, height };
  let [x, y] = [MARGIN, height + 14];
  for (const line of series) {
    const name = paper.fitted(line.name, width - 2 * MARGIN - SAMPLE - 6, LABEL);
    const end = x + SAMPLE + 6 + paper.measure(name, LABEL);
    if (end > width - MARGIN && x > MARGIN) {
      x = MARGIN;
      y += 24;
    }
    drawSample(paper.context, line, x, y);
    paper.text(x + SAMPLE + 6, y + LABEL * 0.35, name, { size: LABEL });
    x += SAMPLE + 6 + paper.measure(name, LABEL) + 24;
  }
  return { paper, width, height: y + 16 };
}
