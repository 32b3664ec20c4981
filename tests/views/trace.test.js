import assert from "node:assert/strict";
import { test } from "node:test";

import { Weights } from "../../assets/views/kit/trace.js";
import { lengthPenalty } from "../../assets/views/beams/tree.js";
import { golden } from "./helpers.js";

const { packed, maps, penalties } = golden("maps");
const weights = await Weights.read(Uint8Array.from(Buffer.from(packed, "base64")));

for (const { kind, layer, head, merged, hidden, rows, columns, values } of maps) {
  test(`${kind}, layer ${layer}, head ${head}, merged ${merged}, hidden ${hidden}: as core.analysis.view has it`, () => {
    const view = weights.view(kind, merged, hidden);
    assert.deepEqual(view.rows.map((row) => [row.from, row.to]), rows);
    assert.deepEqual(view.columns.map((column) => [column.from, column.to]), columns);
    const shown = weights.shown(view, layer, head);
    assert.equal(shown.length, values.length);
    shown.forEach((value, i) => assert.ok(Math.abs(value - values[i]) < 0.01, `cell ${i}: ${value} for ${values[i]}`));
  });
}

test("the length penalty is that of the search", () => {
  for (const { length, alpha, value } of penalties) assert.ok(Math.abs(lengthPenalty(length, alpha) - value) < 1e-9);
});
