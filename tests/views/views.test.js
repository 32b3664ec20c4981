import assert from "node:assert/strict";
import { test } from "node:test";

import { weightedTerm } from "../../assets/views/contexts.js";
import { axesOf } from "../../assets/views/curves/axes.js";
import { curvesSheet } from "../../assets/views/curves/drawing.js";
import { fanSheet, mostDifferent } from "../../assets/views/fan/lines.js";
import { drawFan } from "../../assets/views/kit/fan.js";
import { number, signed, significant } from "../../assets/views/kit/format.js";
import { Recorder } from "../../assets/views/kit/paper.js";
import { resultOf } from "../../assets/views/lookup.js";
import { aligned } from "../../assets/views/pair/align.js";
import { Slides } from "../../assets/views/slides/bar.js";
import { sheet } from "../../assets/views/stage/paper.js";
import { possible, Selection } from "../../assets/views/stage/state.js";
import { palette, ruler, weightsOf, words } from "./helpers.js";

test("numbers have a real minus sign and no minus zero", () => {
  assert.deepEqual([number(-0.004), number(-1.5), number(-Infinity), number(0.12345, 3)], ["0.00", "−1.50", "−∞", "0.123"]);
  assert.deepEqual([signed(0.5), signed(-0.5), signed(0.001), signed(-0.001)], ["+0.50", "−0.50", "0.00", "0.00"]);
  assert.deepEqual([significant(-0.5, 3), significant(1e-9, 3)], ["−0.5", "1e−9"]);
});

test("translations are aligned with as few pieces replaced, left out or put in as can be", () => {
  assert.deepEqual(aligned(["a", "b", "c"], ["a", "c"]), [[0, 0], [1, -1], [2, 1]]);
  assert.deepEqual(aligned(["a", "c"], ["a", "b", "c"]), [[0, 0], [-1, 1], [1, 2]]);
  assert.deepEqual(aligned(["a", "b"], ["a", "x"]), [[0, 0], [1, 1]]);
  assert.deepEqual(aligned([], ["a"]), [[-1, 0]]);
  const pairs = aligned([..."kitten"], [..."sitting"]);
  assert.equal(pairs.filter(([i, j]) => i < 0 || j < 0 || "kitten"[i] !== "sitting"[j]).length, 3);
});

test("each head's own weight is times its own part of the annotation", () => {
  assert.deepEqual([...weightedTerm([0.5, 2], Float32Array.of(1, 2, 3, 4))], [0.5, 1, 6, 8]);
});

test("equal weights single out no key, whichever are hidden; a single key has all of the weight", () => {
  const said = (...weights) => resultOf("c", ["a", "b", "c"], weights, words("lookup"));
  assert.equal(said(0.2, 0.5, 0.3), "“c” attends most to “b”: 50 % of the weight.");
  assert.equal(said(1 / 3, 1 / 3, 1 / 3), "“c” attends to all 3 keys equally: 33 % of the weight each.");
  assert.equal(said(0.5, 0.5, 0), "“c” attends equally to the 2 keys that it may see: 50 % of the weight each.");
  assert.equal(said(1, 0, 0), "“c” attends most to “a”: 100 % of the weight.");
});

test("the head that differs most is the one farthest from the first", () => {
  assert.equal(mostDifferent(0, [[1, 0], [0.9, 0.1], [0, 1], [0.5, 0.5]]), 2);
  assert.equal(mostDifferent(2, [[1, 0], [0.9, 0.1], [0, 1], [1, 0]]), 0);
});

const axis = (title, more = {}) => ({ title, log: false, zero: false, range: null, ticks: null, labels: null, ...more });

/** Three lines of a chart, as pages/ui/curves.py sends them. */
const chart = {
  title: "a chart", file: "chart", height: 300, x: axis("position"), y: axis(""), bands: [], places: [0, 4],
  series: ["solid", "dot", "dash"].map((dash, i) => ({ name: `line ${i + 1}`, legend: true, below: null, x: [0, 4], y: [i, 4], colour: palette.dark.heads[i], dash, width: 2.5, sizes: [7, 0] })),
};

test("larger values stand farther along an axis, on screen higher up", () => {
  const { box, px, py } = axesOf(chart, 400, 300);
  assert.deepEqual([px(0), px(2), px(4)], [box.left, (box.left + box.right) / 2, box.right]);
  assert.ok(box.top < box.bottom && py(4) < py(1) && py(1) < py(0) && py(0) === box.bottom);
});

test("on logarithmic axes equal factors are equal distances, and ticks are powers of ten", () => {
  const { px, py, yTicks, yRange } = axesOf({ ...chart, x: axis("n", { log: true, range: [1, 64] }), y: axis("", { log: true, range: [1000, 1e7] }) }, 400, 300);
  assert.ok(Math.abs(px(4) - px(2) - (px(8) - px(4))) < 1e-9);
  assert.ok(Math.abs(py(1e4) - py(1e5) - (py(1e5) - py(1e6))) < 1e-9);
  assert.deepEqual(yTicks.map(({ label }) => label), ["1000", "10k", "100k", "1M", "10M"]);
  assert.deepEqual(yRange, [1000, 1e7]);
});

test("names of ticks that have no room side by side are turned", () => {
  const names = ["L1 self-attention", "L1 feed-forward", "L2 self-attention"];
  const wide = axesOf({ ...chart, x: axis("", { ticks: [0, 1, 2], labels: names }), series: [{ ...chart.series[0], x: [0, 2] }] }, 900, 300);
  const narrow = axesOf({ ...chart, x: axis("", { ticks: [0, 1, 2], labels: names }), series: [{ ...chart.series[0], x: [0, 2] }] }, 300, 300);
  assert.equal(wide.tilt, 0);
  assert.ok(narrow.tilt > 0 && narrow.box.bottom < wide.box.bottom);
});

test("on axes of equal scale a unit is as long across as up, and all of both ranges is seen", () => {
  for (const [width, height] of [[400, 300], [300, 700]]) {
    const { px, py, xRange, yRange } = axesOf({ ...chart, square: true, x: axis("", { range: [-2, 2] }), y: axis("", { range: [-3, 3] }) }, width, height);
    assert.ok(Math.abs(px(1) - px(0) - (py(0) - py(1))) < 1e-9);
    assert.ok(xRange[0] <= -2 && xRange[1] >= 2 && yRange[0] <= -3 && yRange[1] >= 3);
    assert.ok(Math.abs(xRange[0] + xRange[1]) < 1e-9 && Math.abs(yRange[0] + yRange[1]) < 1e-9);
  }
});

test("an arrow ends at its vector, with its name beyond", () => {
  const arrow = { ...chart.series[0], legend: false, x: [0, 3], y: [0, 4], sizes: [0, 16], symbols: ["arrow", "arrow"], texts: ["", "q"] };
  const header = { ...chart, square: true, x: axis("", { range: [-5, 5], zero: true }), y: axis("", { range: [-5, 5] }), series: [arrow] };
  const drawn = curvesSheet(header, 400, 300, palette, palette.dark, ruler);
  assertOnSheet(drawn);
  const { px, py } = axesOf(header, 400, 300);
  const { items } = drawn.paper.context;
  const [head] = items.filter(({ type, path }) => type === "area" && path.length === 3);
  assert.deepEqual(head.path[0].slice(1), [px(3), py(4)]);
  const name = items.find(({ text }) => text === "q");
  assert.ok(name.x > px(3) && name.y < py(4));
  assert.ok(items.some(({ type, x, w }) => type === "rect" && w === 1 && Math.abs(x + 0.5 - px(0)) < 1e-9), "a line at 0");
});

test("a chart of no axes has its whole sheet, and nothing but its lines is drawn", () => {
  const bare = { ...chart, bare: true, square: true, x: axis("", { range: [0, 4] }), y: axis("", { range: [0, 4] }), series: chart.series.map((line) => ({ ...line, legend: false })) };
  const { box, px, py } = axesOf(bare, 400, 300);
  assert.deepEqual(box, { left: 0, right: 400, top: 0, bottom: 300 });
  assert.deepEqual([px(2), py(0), py(4)], [200, 300, 0]);
  const { items } = curvesSheet(bare, 400, 300, palette, palette.dark, ruler).paper.context;
  assert.ok(items.every(({ type }) => type !== "text" && type !== "rect"), JSON.stringify(items));
});

test("areas are filled between their edges, and named where there is room", () => {
  const area = { ...chart.series[0], name: "word", sizes: null, y: [3, 4], below: [0, 1] };
  const drawn = curvesSheet({ ...chart, series: [area, { ...area, name: "thin", y: [3.1, 4.1], below: [3, 4] }] }, 400, 264, palette, palette.dark, ruler);
  assertOnSheet(drawn);
  const { items } = drawn.paper.context;
  const [first, second] = items.filter(({ type }) => type === "area");
  assert.deepEqual([first.fill, first.path.length, second.path.length], [palette.light.heads[0], 4, 4]);
  assert.deepEqual(first.path[0].slice(1), second.path[3].slice(1), "the second one begins where the first ends");
  assert.equal(items.filter(({ text }) => text === "word").length, 2, "inside and in the legend");
  assert.equal(items.filter(({ text }) => text === "thin").length, 1, "in the legend alone");
});

/** Whether all that was drawn lies on the sheet. */
function assertOnSheet({ paper, width, height }) {
  for (const item of paper.context.items) {
    const points = item.path ? item.path.flatMap(([, ...at]) => at.map((value, i) => (i % 2 ? [0, value] : [value, 0]))) : [[item.x, item.y]];
    if (item.type === "circle") points.splice(0, 1, [item.cx - item.r, item.cy - item.r], [item.cx + item.r, item.cy + item.r]);
    if (item.type === "rect") points.push([item.x + item.w, item.y + item.h]);
    if (item.type === "text" && !item.turn) {
      const wide = 8 * [...item.text].length;
      points.push([item.x + { left: wide, center: wide / 2, right: 0 }[item.align], item.y]);
      points.push([item.x - { left: 0, center: wide / 2, right: wide }[item.align], item.y]);
    }
    for (const [x, y] of points) assert.ok(x >= 0 && x <= width && y >= 0 && y <= height, `${JSON.stringify(item).slice(0, 200)} on ${width} x ${height}`);
  }
}

/** Whether the last line of a sheet says how lines are chosen and shows the scale of the heatmap, from 0 to 1. */
function assertLegend({ context, table }, kept) {
  const { y } = context.items.find(({ text }) => text === kept);
  const line = context.items.filter((item) => item.type === "text" && item.y === y).map(({ text }) => text);
  assert.deepEqual(line.slice(-3), [kept, "0", "1"]);
  const ramp = context.items.filter((item) => item.type === "rect" && item.y === y - 12 && table.css.includes(item.fill)).map(({ fill }) => fill);
  assert.ok(ramp.length >= 32);
  assert.deepEqual([ramp.at(0), ramp.at(-1)], [table.css[0], table.css[255]]);
}

for (const heads of ["average", [0, 1, 2, 3, 4, 5, 6, 7]]) {
  for (const kind of ["encoder_self", "decoder_self", "cross"]) {
    test(`the sheet of the attention view holds all of it: ${kind}, ${heads}`, () => {
      const weights = weightsOf();
      const drawn = sheet(new Selection(weights, possible({ kind, heads }, weights)), palette, words("stage"), ruler);
      assertOnSheet(drawn);
      const texts = drawn.paper.context.items.filter(({ type }) => type === "text").map(({ text }) => text);
      if (heads !== "average") for (const head of heads) assert.ok(texts.includes(`Head ${head + 1}`) || texts.includes(`head ${head + 1}`), String(head));
      assertLegend(drawn.paper, "Lines: the largest weights, 90 % of each row");
    });
  }
}

test("a sheet whose heads have too many cells says so, and shows those of the layer, or none", () => {
  const said = (pieces, layers) => {
    const weights = weightsOf({ S: pieces, T: pieces, layers: [layers, layers, layers], heads: 16 });
    const drawn = sheet(new Selection(weights, possible({ kind: "cross", layer: 1 }, weights)), palette, words("stage"), ruler);
    return drawn.paper.context.items.map(({ text }) => text).filter((text) => /All heads|cells/.test(text));
  };
  assert.deepEqual(said(20, 6), ["All heads of all layers"]);
  assert.deepEqual(said(64, 6), ["All heads of layer 2: those of all layers have too many cells"]);
  assert.deepEqual(said(130, 2), ["The heads have too many cells to draw them all"]);
});

test("the sheet of head lines holds all of it, also a legend of many heads", () => {
  const weights = weightsOf();
  const view = weights.view("encoder_self", false, false);
  const heads = [0, 1, 2, 3, 4, 5, 6, 7];
  const rows = heads.map((head) => weights.shown(view, 0, head).subarray(0, 6));
  const drawn = fanSheet({ header: weights.header, view, words: words("fan"), heads, layer: 0, word: 0, rows, palette }, ruler);
  assertOnSheet(drawn);
  const { items } = drawn.paper.context;
  const names = items.filter(({ text }) => /^Head \d$/i.test(text ?? ""));
  assert.equal(names.length, heads.length);
  for (const { x, y, text } of names) {
    const sample = items.find((item) => item.type === "rect" && item.x === x - 20 && item.y === y - 12);
    assert.equal(sample.fill, palette.light.heads[Number(text.slice(5)) - 1]);
  }
});

test("the sheet of a chart holds axes, lines, dots and a legend of all lines, in the colours of the light theme", () => {
  const drawn = curvesSheet(chart, 400, 264, palette, palette.dark, ruler);
  assertOnSheet(drawn);
  const { items } = drawn.paper.context;
  const texts = items.filter(({ type }) => type === "text").map(({ text }) => text);
  for (const text of ["position", "line 1", "line 2", "line 3"]) assert.ok(texts.includes(text), text);
  const paths = items.filter(({ type }) => type === "path");
  assert.deepEqual(paths.map(({ stroke }) => stroke), [0, 1, 2, 0, 1, 2].map((i) => palette.light.heads[i]));
  assert.deepEqual(paths.slice(3).map(({ dash }) => dash), [[], [1.5, 5], [8, 6]]);
  assert.equal(items.filter(({ type }) => type === "circle").length, 3);
  const [[, left, low], [, right, high]] = paths[0].path;
  assert.ok(left < right && low > high, "a line that rises goes to the right and up");
  const heightOf = (tick) => items.find(({ text, align }) => text === tick && align === "right").y;
  assert.ok(heightOf("4") < heightOf("2") && heightOf("2") < heightOf("0"), "the larger tick stands higher");
  assert.match(drawn.paper.context.svg(400, 300), /stroke-dasharray="8 6"/);
});

test("paper gets the lines that the screen gets", () => {
  const calls = [];
  const screen = new Proxy({}, { get: (_, name) => (...values) => void calls.push([name, ...values]), set: () => true });
  const chosen = { heads: [1], rows: [[0.5, 0.01, 1]], word: 2 };
  const g = { bands: 0, band: 9, left: 20, right: 100, pitch: 30, top: 0 };
  drawFan(screen, chosen, g, palette.light);
  const paper = new Recorder("serif", ruler);
  drawFan(paper, chosen, g, palette.light);
  const paths = paper.items.filter(({ type }) => type === "path");
  assert.equal(paths.length, 2);
  assert.deepEqual(paths.map(({ path }) => path[1].slice(1)), calls.filter(([name]) => name === "bezierCurveTo").map(([, ...at]) => at));
  assert.match(paper.svg(120, 90), /stroke-width="4" stroke-opacity="0.65"/);
});

test("what was typed is text in an SVG too", () => {
  const paper = new Recorder("'A', serif", ruler);
  paper.fillText('</text><script>"&', 1, 2);
  assert.ok(paper.svg(10, 10).includes("&lt;/text&gt;&lt;script&gt;&quot;&amp;</text>"));
});

test("a server is asked for a state of a lecture until it has opened it, a page from disk once", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const asked = (app) => {
    const requests = [];
    const line = Object.assign(Object.create(Slides.prototype), { header: { app }, asked: 6, act: ({ go }) => requests.push(go) });
    line.ask();
    for (const milliseconds of [1999, 1, 3999, 1]) context.mock.timers.tick(milliseconds);
    line.asked = null; // it is open
    context.mock.timers.tick(100_000);
    return requests;
  };
  assert.deepEqual(asked(true), [6, 6, 6]);
  assert.deepEqual(asked(undefined), [6]);
});
