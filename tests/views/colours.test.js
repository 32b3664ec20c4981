import assert from "node:assert/strict";
import { test } from "node:test";

import { cellColours } from "../../assets/views/heads.js";
import { KeyTable } from "../../assets/views/inside/keys.js";
import { shade, signedShade } from "../../assets/views/kit/strip.js";
import { View } from "../../assets/views/kit/view.js";
import { scaleOf } from "../../assets/views/matrices.js";
import { DifferencePanel } from "../../assets/views/pair/difference.js";
import { palette } from "./helpers.js";

const scale = (name) => ({ css: Array.from({ length: 256 }, (_, i) => `${name}${i}`), ink: Array.from({ length: 256 }, (_, i) => `ink${i}`), packed: Uint32Array.from({ length: 256 }, (_, i) => i + 1) });
const look = { table: scale("one"), differences: scale("two"), palette: { muted: "grey" } };

test("cells and legends take their colours from the same scale", () => {
  const variables = {};
  const nothing = () => {};
  const root = { dataset: {}, style: { setProperty: (name, value) => (variables[name] = value) } };
  const view = Object.assign(Object.create(View.prototype), { root, header: { language: "en" }, assets: { palette }, themeName: () => "dark", schedule: nothing });
  view.restyle();
  const colour = (hex) => `rgb(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(",")})`;
  for (const [variable, { css }] of [["--ramp", view.table], ["--ramp-difference", view.differences]]) {
    const stops = variables[variable].split(",");
    assert.deepEqual([css[0], css[255]], [colour(stops[0]), colour(stops.at(-1))], variable);
  }
  assert.equal(variables["--ramp"], palette.dark.sequential.join(","));
  assert.equal(variables["--ramp-difference"], palette.dark.diverging.join(","));
});

test("a head is coloured by the scale of its map", () => {
  assert.equal(cellColours(0, { limit: 2, scale: "diverging" }, look).background, "two128");
  assert.equal(cellColours(1, { limit: 2, scale: "diverging" }, look).background, "two191");
  assert.equal(cellColours(-2, { limit: 2, scale: "diverging" }, look).background, "two0");
  assert.equal(cellColours(2, { limit: 2, scale: "sequential" }, look).background, "one255");
  assert.equal(cellColours(0, { limit: 2, scale: "sequential" }, look).background, "one0");
  assert.equal(cellColours(null, { limit: 2, scale: "diverging" }, look).background, "none");
  assert.deepEqual([shade(0.5), signedShade(0, 3), signedShade(-9, 3)], [128, 128, 0]);
});

test("a matrix is coloured by its scale, up to its limit; what is plain or not there has no colour", () => {
  const signed = scaleOf({ scale: "signed", limit: 2 }, look);
  assert.equal(signed.table, look.differences);
  assert.deepEqual([-2, 0, 1, 2, null, NaN].map(signed.place), [0, 128, 191, 255, null, null]);
  const weights = scaleOf({ scale: "weights", limit: 1 }, look);
  assert.equal(weights.table, look.table);
  assert.deepEqual([0, 0.5, 1].map(weights.place), [0, 128, 255]);
  assert.equal(scaleOf({ scale: "plain", limit: 1 }, look).place(1), null);
});

test("the difference of two runs is coloured by the scale with two ends", () => {
  const panel = Object.create(DifferencePanel.prototype, { pair: { value: look } });
  assert.equal(panel.look.table, look.differences);
  assert.deepEqual([-1, 0, 1].map((value) => panel.look.shade(value)), [0, 128, 255]);
});

test("vectors inside a head are coloured by the scale with two ends", () => {
  let painted;
  const context = { createImageData: (columns, rows) => ({ data: new Uint8ClampedArray(4 * columns * rows) }), putImageData: ({ data }) => (painted = [...new Uint32Array(data.buffer)]) };
  const differences = { ...look.differences, packed: look.differences.packed.map((i) => 1000 + i) };
  const table = Object.assign(Object.create(KeyTable.prototype), { inside: { ...look, differences }, shape: { per: 3, lines: 1 } });
  table.paintStrip({ canvas: { getContext: () => context } }, [-2, 0, 2], 2);
  assert.deepEqual(painted, [1001, 1129, 1256]);
});
