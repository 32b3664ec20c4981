import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Weights } from "../../assets/views/kit/trace.js";
import { lengthPenalty } from "../../assets/views/beams/tree.js";
import { golden } from "./helpers.js";

const payloads = readFileSync(new URL("../../assets/views/kit/payloads.js", import.meta.url), "utf-8");
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

/** The properties that a typedef in kit/payloads.js names, each with whether it may be missing. */
function propertiesOf(name) {
  const comment = payloads.split("/**").find((part) => new RegExp(`[ }]${name}$`, "m").test(part));
  const inline = [...comment.matchAll(/^ \* {3}(\w+)(\??):/gm)].map(([, property, mark]) => [property, mark === "?"]);
  const listed = [...comment.matchAll(/@property \{.*?\} (\[?)(\w+)/g)].map(([, mark, property]) => [property, mark === "["]);
  return new Map([...inline, ...listed]);
}

for (const [name, payload] of [["TraceHeader", weights.header], ["StageState", golden("stage_state").cases[0].state]]) {
  test(`${name} is the type of what Python sends`, () => {
    const properties = propertiesOf(name);
    assert.deepEqual(Object.keys(payload).filter((key) => !properties.has(key)), []);
    assert.deepEqual([...properties].filter(([key, optional]) => !optional && !(key in payload)), []);
    assert.ok(properties.size > 5);
  });
}
