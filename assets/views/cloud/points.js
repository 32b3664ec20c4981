// Points of heads: where they stand and what shapes they have, drawn on screen and on paper by the same functions.

import { axesOf, LABEL } from "../curves/axes.js";
import { drawCurves } from "../curves/drawing.js";
import { range } from "../kit/dom.js";
import { Paper } from "../kit/paper.js";

const [LEAST, MOST] = [6, 13]; // radius, pixels
const SAME = 3; // pixels: points nearer than this would hide each other
const RING = 15; // pixels from the place that they share, for the first six

/** Corners of a regular shape of radius 1, the first one at this angle in turns from the top. */
const regular = (count, turn = 0) => range(count).map((i) => [Math.sin(2 * Math.PI * (i / count + turn)), -Math.cos(2 * Math.PI * (i / count + turn))]);
const star = range(10).map((i) => [(i % 2 ? 0.5 : 1.15) * Math.sin((Math.PI * i) / 5), -(i % 2 ? 0.5 : 1.15) * Math.cos((Math.PI * i) / 5)]);
const plus = [[-0.4, -1], [0.4, -1], [0.4, -0.4], [1, -0.4], [1, 0.4], [0.4, 0.4], [0.4, 1], [-0.4, 1], [-0.4, 0.4], [-1, 0.4], [-1, -0.4], [-0.4, -0.4]];

/** Corners by role; a role that is not here is a circle. */
const SHAPES = {
  previous: regular(3, 0.75),
  next: regular(3, 0.25),
  same: regular(4, 0.125),
  start: regular(3, 0),
  end: regular(3, 0.5),
  aligner: star,
  spread: plus,
  near: regular(4),
  behind: regular(5),
};

export function axesOfPoints({ points, x, y }, width, height) {
  const series = [{ x: points.map((point) => point.x), y: points.map((point) => point.y), below: null, texts: null }];
  return axesOf(/** @type {any} */ ({ series, x, y, bands: [] }), width, height);
}

/** Where each point stands in pixels, in their order: those that would hide each other stand around the place they share.
 *  @param {import("./payloads.js").HeadPoint[]} points */
export function places(points, { px, py }) {
  const found = points.map((point) => ({ point, x: px(point.x), y: py(point.y), r: LEAST + (MOST - LEAST) * Math.sqrt(Math.max(0, point.size)) }));
  const groups = [];
  for (const one of found) {
    const near = groups.find(([first]) => Math.hypot(first.x - one.x, first.y - one.y) < SAME);
    if (near) near.push(one);
    else groups.push([one]);
  }
  for (const group of groups.filter(({ length }) => length > 1)) {
    const [{ x, y }] = group;
    const reach = RING * Math.max(0.8, group.length / 6);
    group.forEach((one, i) => Object.assign(one, { x: x + reach * Math.sin((2 * Math.PI * i) / group.length), y: y - reach * Math.cos((2 * Math.PI * i) / group.length) }));
  }
  return found;
}

/** Draw one head's shape. */
export function drawShape(context, role, x, y, r, palette) {
  context.save();
  Object.assign(context, { fillStyle: palette.roles[role] ?? palette.surface, strokeStyle: palette.text, lineWidth: 1.3, lineJoin: "round" });
  const corners = SHAPES[role] ?? regular(28);
  context.beginPath();
  [...corners, corners[0]].forEach(([dx, dy], i) => (i ? context.lineTo(x + r * dx, y + r * dy) : context.moveTo(x + r * dx, y + r * dy)));
  context.globalAlpha = 0.85; // what lies below shows through
  context.fill();
  context.globalAlpha = 1;
  context.stroke();
  context.restore();
}

/** Draw axes and points, small ones over large ones, and a ring with a letter around those that are chosen.
 *  @param {import("./payloads.js").CloudHeader} header */
export function drawCloud(context, header, axes, { palette, fonts }) {
  drawCurves(context, /** @type {any} */ ({ series: [], x: header.x, y: header.y, bands: [] }), axes, { palette, fonts });
  const found = places(header.points, axes).sort((a, b) => b.r - a.r);
  for (const { point, x, y, r } of found) drawShape(context, point.role, x, y, r, palette);
  for (const { point, x, y, r } of found.filter(({ point }) => point.mark)) {
    context.save();
    Object.assign(context, { strokeStyle: palette.primary, lineWidth: 3 });
    context.beginPath();
    const ring = range(29).map((i) => [x + (r + 5) * Math.cos((i * Math.PI) / 14), y + (r + 5) * Math.sin((i * Math.PI) / 14)]);
    ring.forEach(([left, top], i) => (i ? context.lineTo(left, top) : context.moveTo(left, top)));
    context.stroke();
    Object.assign(context, { font: `700 ${LABEL + 2}px ${fonts}`, textAlign: "center", textBaseline: "alphabetic", fillStyle: palette.primary });
    context.fillText(point.mark, x, y - r - 9);
    context.restore();
  }
}

/** The picture for a paper, with the roles below it.
 *  @param {import("./payloads.js").CloudHeader} header
 *  @param {import("../kit/payloads.js").Palettes} themes
 *  @param {import("../kit/payloads.js").Ruler} [ruler] */
export function cloudSheet(header, width, height, themes, ruler) {
  const paper = new Paper(themes, ruler);
  drawCloud(paper.context, header, axesOfPoints(header, width, height), paper);
  let [x, y] = [10, height + 16];
  for (const [role, name] of header.roles) {
    const end = x + 26 + paper.measure(name, LABEL);
    if (end > width && x > 10) [x, y] = [10, y + 24];
    drawShape(paper.context, role, x + 8, y, 8, paper.palette);
    paper.text(x + 22, y + LABEL * 0.35, name, { size: LABEL });
    x += 42 + paper.measure(name, LABEL);
  }
  return { paper, width, height: y + 18 };
}
