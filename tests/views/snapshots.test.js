// Stored pictures of the views. A change shows as a changed file in golden, which one looks at.
//
// They are drawn from golden/examples.json (tests/models/test_examples.py) and golden/maps.json (tests/unit/test_golden.py).
// Stored anew by: HEADLIGHT_GOLDEN=write node --test tests/views/snapshots.test.js

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";

import { cloudSheet } from "../../assets/views/cloud/points.js";
import { curvesSheet } from "../../assets/views/curves/drawing.js";
import { fanSheet } from "../../assets/views/fan/lines.js";
import { colourTable } from "../../assets/views/kit/colour.js";
import { mapGeometry } from "../../assets/views/kit/heatmap.js";
import { Weights } from "../../assets/views/kit/trace.js";
import { commonRows, DifferencePanel } from "../../assets/views/pair/difference.js";
import { Side } from "../../assets/views/pair/side.js";
import { SidePanel } from "../../assets/views/pair/side_panel.js";
import { possiblePair } from "../../assets/views/pair/state.js";
import { sheet } from "../../assets/views/stage/paper.js";
import { SLIDE, slide } from "../../assets/views/stage/slide.js";
import { possible, Selection, SHOWN } from "../../assets/views/stage/state.js";
import { page } from "./elements.js";
import { golden, palette, words } from "./helpers.js";
import { assertPicture, FixedRuler, folder, paperOf, svgOf } from "./pictures.js";
import { treePicture } from "./tree_picture.js";

globalThis.document = page;

const { packed, tree, curves } = golden("examples");
const read = (base64) => Weights.read(Uint8Array.from(Buffer.from(base64, "base64")));
const [english, single, chinese, made] = await Promise.all([packed["en-zh"], packed["en-zh-1head"], packed["zh-en"], golden("maps").packed].map(read));

const pictures = new Set();

/** A test of a picture. */
function picture(name, draw) {
  pictures.add(`${name}.svg`);
  test(`the picture ${name} is as it was`, () => assertPicture(name, draw()));
}

// --- The attention view

const stage = (weights, language, state) => svgOf(sheet(new Selection(weights, possible(state, weights)), palette, words("stage", language), new FixedRuler()));

for (const [kind, layer, step, hidden] of [["encoder_self", 2, 4, true], ["decoder_self", 1, 2, false], ["cross", 2, 3, false]]) {
  picture(`stage-${kind}-average.en`, () => stage(english, "en", { kind, layer, step, hidden }));
  picture(`stage-${kind}-head.zh`, () => stage(chinese, "zh", { kind, layer, step, hidden, heads: [5] }));
  picture(`stage-${kind}-words.en`, () => stage(made, "en", { kind, layer: 1, step: 4, heads: [0, 1], merged: true, hidden: !hidden }));
}
picture("stage-cross-heads-pinned.zh", () => stage(english, "zh", { kind: "cross", layer: 2, step: 2, heads: [0, 3, 6], pinned: ["r1"], threshold: 60 }));

const slideOf = (weights, language, state, shown) =>
  svgOf({ paper: slide(new Selection(weights, possible(state, weights), shown), palette, words("stage", language), new FixedRuler()), ...SLIDE });

picture("slide-cross.en", () => slideOf(english, "en", { kind: "cross", layer: 2, step: 2 }));
picture("slide-head.zh", () => slideOf(chinese, "zh", { kind: "decoder_self", layer: 1, step: 3, heads: [2] }));
picture("slide-guess.en", () => slideOf(english, "en", { kind: "cross", layer: 2, step: 2, guess: true }, SHOWN.nothing));

test("a piece that is to be guessed is not on the slide, nor are its weights", () => {
  const svg = slideOf(english, "en", { kind: "cross", step: 2, guess: true }, SHOWN.nothing);
  assert.ok(!svg.includes("杰瑞"));
  assert.ok(slideOf(english, "en", { kind: "cross", step: 2, guess: true }, SHOWN.piece).includes("杰瑞"));
});

// --- Heads together

for (const [heads, language] of [[[2], "zh"], [[0, 1, 2, 3, 4, 5, 6, 7], "en"]]) {
  picture(`fan-${heads.length}.${language}`, () => {
    const view = english.view("encoder_self", false, false);
    const [layer, word, width] = [1, 1, view.columns.length];
    const rows = heads.map((head) => english.shown(view, layer, head).subarray(word * width, (word + 1) * width));
    return svgOf(fanSheet({ header: english.header, view, words: words("fan", language), heads, layer, word, rows, palette }, new FixedRuler()));
  });
}

// --- Curves

picture("curves", () => svgOf(curvesSheet(curves, 560, 264, palette, palette.dark, new FixedRuler())));

// --- All heads as points

const ROLES = ["previous", "next", "same", "start", "end", "aligner", "spread", "near", "behind", "mixed"];

picture("cloud", () => {
  const point = (role, i) => ({ head: /** @type {[string, number, number]} */ (["cross", 0, i]), name: `head ${i + 1}`, role, x: (i % 5) / 5, y: i < 5 ? 0.1 : 0.3, size: i / 9, mark: "AB"[i - 4] ?? "" });
  const points = [...ROLES, "mixed", "near"].map((role, i) => ({ ...point(role, Math.min(i, 9)) })); // three at one place
  const axis = { log: false, zero: false, ticks: null, labels: null };
  const roles = /** @type {[string, string][]} */ (ROLES.map((role) => [role, role]));
  const header = { id: "", title: "", file: "", height: 300, x: { ...axis, title: "Activation", range: [-0.1, 1] }, y: { ...axis, title: "Importance", range: [0, 0.4] }, roles, points };
  return svgOf(cloudSheet(/** @type {any} */ (header), 560, 300, palette, new FixedRuler()));
});

// --- Two runs side by side

/** What the panels of two runs ask their view for; it draws on paper. */
function pairOf(all, requested) {
  const paper = paperOf();
  const sides = all.map((weights, at) => new Side(weights, { name: "", masked: [], ablated: [] }, at));
  const state = possiblePair(requested, sides, false);
  const look = { palette: paper.palette, table: paper.table, differences: colourTable(paper.palette, "diverging"), fonts: paper.fonts };
  const pair = {
    ...look, paper, sides, state, words: words("pair"), header: {}, hover: null, fontSize: 16, em: 18, same: true, comparable: true,
    common: commonRows(...sides.map(({ header }) => header)),
    headOf: (side) => (side.at ? state.head_b : state.head_a),
    measure: (text, size, weight) => paper.measure(text, size, weight),
    context: () => paper.context,
    sizeCanvas: (canvas, width) => (canvas.clientWidth = width),
    hatching: () => paper.palette.surface,
  };
  return { ...pair, sidePanels: sides.map((side) => new SidePanel(pair, side)) };
}

for (const kind of ["cross", "decoder_self", "encoder_self"]) {
  picture(`pair-${kind}-heads`, () => {
    const { paper, sidePanels: [, { overview }] } = pairOf([single, english], { kind, layer: 1, step: 3, row: 2 });
    overview.element.clientWidth = 700;
    const height = overview.layout(320);
    overview.draw();
    return svgOf({ paper, width: 710, height: height + 4 });
  });
}

picture("pair-cross-lines", () => {
  const { paper, sidePanels: [, { lines }] } = pairOf([single, english], { kind: "cross", layer: 1, step: 3, view: "lines" });
  lines.element.clientWidth = 520;
  lines.legend.offsetHeight = 0;
  lines.layout(220);
  lines.draw();
  return svgOf({ paper, width: 520, height: 220 });
});

for (const kind of ["cross", "decoder_self", "encoder_self"]) {
  picture(`pair-${kind}-difference`, () => {
    const pair = pairOf([english, single], { kind, layer: 2, step: 4, head_a: "average" });
    const panel = new DifferencePanel(pair);
    const [width, height] = [480, 300];
    panel.map.geometry = { ...mapGeometry(panel.view, width, height, pair.fontSize, pair.measure), width, height };
    panel.draw();
    return svgOf({ paper: pair.paper, width, height });
  });
}

// --- A beam search

for (const [language, step, dropped] of [["en", 4, true], ["zh", 2, false]]) {
  picture(`beams-step-${step + 1}.${language}`, () => treePicture({ header: { ...tree, chosen: 24, language }, words: words("beams", language), step, dropped }));
}

test("every stored picture is one that is drawn", () => {
  assert.deepEqual(readdirSync(folder).filter((name) => name.endsWith(".svg") && !pictures.has(name)), [], "to be deleted: nobody draws them");
});
