import assert from "node:assert/strict";
import { test } from "node:test";

import { drawLines, weightsOf } from "../../assets/views/examples/lines.js";

/** A context that notes from where to where each line goes, and how strong it is. */
function noted() {
  const lines = [];
  const context = {
    beginPath() {},
    moveTo: (x, y) => lines.push({ from: y }),
    bezierCurveTo: (...numbers) => (lines.at(-1).to = numbers.at(-1)),
    stroke: () => Object.assign(lines.at(-1), { alpha: context.globalAlpha, width: context.lineWidth }),
  };
  return { context, lines };
}

const COUNT = { queries: 2, keys: 3 };
const WEIGHTS = [0.9, 0.1, 0, 0.01, 0.19, 0.8]; // of 2 queries on 3 keys
const LOOK = { width: 100, pitch: 10, colour: "red" };

test("weights are the bytes that were sent, and none where there are too many", () => {
  assert.deepEqual([...weightsOf({ weights: "/wAz" })].map((weight) => weight.toFixed(4)), ["1.0000", "0.0000", "0.2000"]);
  assert.equal(weightsOf({ weights: "" }), null);
});

test("each weight that can be seen is a line from its key to its query, and those of the query in question are strong", () => {
  const { context, lines } = noted();
  drawLines(context, WEIGHTS, COUNT, { query: 1 }, LOOK);
  const ends = lines.map(({ from, to }) => [from, to]);
  assert.deepEqual(ends, [[5, 5], [15, 5], [15, 15], [25, 15]], "0 and 0.01 are no lines; strong ones are drawn last");
  const [faint, , , strong] = lines;
  assert.ok(faint.alpha < strong.alpha && faint.width < strong.width, "though its weight is larger");
  assert.equal(context.globalAlpha, 1);
});

test("a key in question has the lines of all queries that attend to it", () => {
  const { context, lines } = noted();
  drawLines(context, WEIGHTS, COUNT, { key: 1 }, LOOK);
  assert.deepEqual(lines.slice(-2).map(({ from, to }) => [from, to]), [[15, 5], [15, 15]]);
  assert.ok(lines.slice(-2).every(({ alpha, width }) => alpha >= 0.3 && width >= 1));
  assert.equal(lines.length, 4);
});
