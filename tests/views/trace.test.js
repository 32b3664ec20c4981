import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Weights } from "../../assets/views/kit/trace.js";
import { possible } from "../../assets/views/stage/state.js";
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

test("a Trace of some layers has these alone, and the nearest of them stands for another", async () => {
  const all = 4;
  const some = new Weights({ ...weights.header, layers: [all, all, all], only: [0, all - 1] }, new Uint8Array(1e6).map((_, i) => i % 251));
  assert.deepEqual(some.layersOf("cross"), [0, all - 1]);
  assert.deepEqual([some.layers("cross"), some.nearest("cross", 0), some.nearest("cross", all - 2), some.nearest("cross", 9)], [all, 0, all - 1, all - 1]);
  const size = some.S * some.T;
  const last = some.recorded("cross", all - 1, 1);
  const start = some.parts.cross.body.byteOffset + (some.header.heads + 1) * size;
  assert.deepEqual([...last.slice(0, 3)].map((value) => Math.round(value * 255)), [0, 1, 2].map((i) => (start + i) % 251));
  assert.ok(some.recorded("cross", 1, 0).every((value) => value === 0));
  assert.equal(possible({ kind: "cross", layer: 1 }, some).layer, some.nearest("cross", 1));
});

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
