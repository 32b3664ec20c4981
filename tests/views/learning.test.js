import assert from "node:assert/strict";
import { test } from "node:test";

import { antiDiagonal, averaged, barsOf, nearest } from "../../assets/views/learning.js";

test("heads are averaged in their own layer", () => {
  const size = { heads: 2, rows: 1, columns: 2 };
  const weights = [1, 0, 0, 1, 0.5, 0.5, 0.25, 0.75]; // two layers, two heads
  assert.deepEqual([...averaged(weights, size, 0, [0, 1])], [0.5, 0.5]);
  assert.deepEqual([...averaged(weights, size, 1, [1])], [0.25, 0.75]);
});

test("the weight on the anti-diagonal counts symbols only, not </s>", () => {
  const size = { rows: 3, columns: 3 };
  assert.equal(antiDiagonal([0, 1, 0, 1, 0, 0, 0, 0, 1], size), 1);
  assert.equal(antiDiagonal([1, 0, 0, 0, 1, 0, 1, 0, 0], size), 0);
  assert.equal(antiDiagonal(Array(9).fill(1 / 3), size), 1 / 3);
});

test("bars are the target and the most probable words in the order of the vocabulary, without those that are no target", () => {
  const probabilities = [0.3, 0.2, 0.1, 0.05, 0.01, 0.2, 0.04, 0.1];
  assert.deepEqual(barsOf(probabilities, 4, 3), [4, 5, 7]);
  assert.deepEqual(barsOf(probabilities, 4), [3, 4, 5, 6, 7]);
});

test("the moment next to a step is found", () => {
  const moments = [0, 10, 30].map((step) => ({ step }));
  assert.deepEqual([-5, 4, 6, 19, 21, 99].map((step) => nearest(moments, step)), [0, 0, 1, 1, 2, 2]);
});
