import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { findingOf, manyHeads, oneHead } from "../../assets/views/pair/finding.js";
import { mapsInRoom, shares } from "../../assets/views/pair/layout.js";
import { Side } from "../../assets/views/pair/side.js";
import { possiblePair } from "../../assets/views/pair/state.js";
import { weightsOf, words } from "./helpers.js";

const w = words("pair").finding;
const chinese = JSON.parse(readFileSync(new URL("../../assets/views/pair.json", import.meta.url), "utf-8")).zh.finding;
const plain = (text) => text.replace(/[\u2066-\u2069]/g, "");

/** What is said of one head beside several, for the word "x". */
const said = (a, b, keys, words_ = w, labels = ["x", "x"]) =>
  plain(findingOf([{ letter: "A", label: labels[0], rows: a, keys }, { letter: "B", label: labels[1], rows: b, keys }], words_, true));

const KEYS = ["the", "cross", "street", "</s>"];

test("one head: how its weight is divided", () => {
  assert.deepEqual(oneHead([0.02, 0.9, 0.08]), { how: "mostly", keys: [[1, 0.9]] });
  assert.deepEqual(oneHead([0.4, 0.19, 0.15, 0.13, 0.13]), { how: "most", keys: [[0, 0.4]] });
  assert.deepEqual(oneHead([0.1, 0.31, 0.37, 0.12, 0.1]), { how: "shared", keys: [[2, 0.37], [1, 0.31]] });
  assert.deepEqual(oneHead([0.5, 0.5]), { how: "shared", keys: [[0, 0.5], [1, 0.5]] });
  assert.deepEqual(oneHead([0.25, 0.25, 0.25, 0.25]), { how: "spread", keys: [[0, 0.25]] });
  assert.deepEqual(oneHead([0.2, 0.15, ...Array(13).fill(0.05)]), { how: "spread", keys: [[0, 0.2]] });
  assert.deepEqual(oneHead([0, 0, 0]), { how: "none", keys: [] });
  assert.deepEqual(oneHead([1]), { how: "only", keys: [[0, 1]] });
});

test("several heads: each that is there is in one group, or spreads its weight", () => {
  const rows = [[0.1, 0.2, 0.7, 0], [0, 0.6, 0.4, 0], [0.25, 0.25, 0.25, 0.25], [0, 0.1, 0.9, 0], [0, 0, 0, 0], [0.49, 0.487, 0, 0.023]];
  const { groups, spread, removed } = manyHeads(rows);
  assert.deepEqual(groups, [{ key: 2, heads: [0, 3], low: 0.7, high: 0.9 }, { key: 1, heads: [1], low: 0.6, high: 0.6 }]);
  assert.deepEqual(spread, { heads: [2, 5], high: 0.49 });
  assert.deepEqual(removed, [4]);
  assert.deepEqual(manyHeads(rows, [1]).groups.map(({ key }) => key), [1, 2], "what the other side attends to comes first");
  const all = [...groups.flatMap(({ heads }) => heads), ...spread.heads, ...removed].sort();
  assert.deepEqual(all, [0, 1, 2, 3, 4, 5]);
});

test("what one head shares among pieces and several divide is one sentence, with their numbers", () => {
  const a = [[0.12, 0.37, 0.31, 0.2]];
  const b = [[0.1, 0.6, 0.3, 0], [0, 0.1, 0.8, 0.1], [0.9, 0.1, 0, 0], [0.1, 0.2, 0.7, 0]];
  assert.equal(
    said([[0.16, 0.37, 0.31, 0.16]], b, KEYS),
    "To predict x, A’s single head shares its weight between cross 0.37 and street 0.31; of B’s 4 heads, 2 and 4 attend most to street (0.70–0.80), 1 to cross (0.60), 3 to the (0.90).",
  );
  assert.match(said(a, b, KEYS, chinese), /^预测“x”时，A 的单头把权重分给“cross” 0.37、“street” 0.31、“<\/s>” 0.20；B 的 4 个头中，第 2、4 个头最关注“street”（0.70–0.80），第 1 个头关注“cross”（0.60），第 3 个头关注“the”（0.90）。$/);
});

test("where no head differs, this is what is said", () => {
  const rows = [[0.9, 0.1], [0.6, 0.4]];
  assert.equal(said([[0.95, 0.05]], rows, ["Jerry", "."]), "To predict x, A’s single head attends mostly to Jerry 0.95; B’s 2 heads all attend most to Jerry (0.60–0.90).");
});

test("ties and heads without a large weight are said to attend to no piece most", () => {
  const text = said([[0.26, 0.25, 0.25, 0.24]], [[0.5, 0.5, 0, 0], [0.28, 0.24, 0.24, 0.24]], KEYS);
  assert.equal(text, "To predict x, A’s single head spreads its weight (at most 0.26 on one piece); of B’s 2 heads, 1 and 2 spread their weight (at most 0.50 on one piece).");
});

test("removed heads are said to be removed, and attend to nothing", () => {
  const rows = [[0.9, 0.1], [0, 0], [0.8, 0.2]];
  assert.equal(said([[0, 0]], rows, ["Jerry", "."]), "To predict x, A’s single head is removed; of B’s 3 heads, 1 and 3 attend most to Jerry (0.80–0.90), 2 is removed.");
  assert.equal(said(rows, [[0, 0], [0, 0]], ["Jerry", "."]).split("; ")[1], "B’s 2 heads are all removed.");
});

test("with one piece to attend to nothing else is said", () => {
  assert.equal(said([[1]], [[1], [1]], ["<s>"]), "To predict x, A’s single head can attend to nothing but <s>; B’s heads can attend to nothing but <s>.");
});

test("two words get two sentences, signs get quotation marks, and equal pieces their number", () => {
  const text = said([[0.1, 0.9]], [[0.9, 0.1], [0.1, 0.9]], ["2", "2"], w, ["。", "y"]);
  assert.equal(text, "To predict “。”, A’s single head attends mostly to 2 (no. 2) 0.90. To predict y, of B’s 2 heads, 2 attends most to 2 (no. 2) (0.90), 1 to 2 (no. 1) (0.90).");
});

test("more groups than can be read are summed up, and no head is left out", () => {
  const rows = Array.from({ length: 8 }, (_, head) => Array.from({ length: 8 }, (_, k) => (k === head ? 1 : 0)));
  const text = said([[1, 0, 0, 0, 0, 0, 0, 0]], rows, [..."abcdefgh"]);
  assert.match(text, /1 attends most to a \(1.00\), 2 to b \(1.00\), 3 to c \(1.00\), 4, 5, 6, 7 and 8 to other pieces\.$/);
});

test("the maps of eight heads beside one are at least 150 pixels long, in rows that fill the room", () => {
  const room = { rows: 11, columns: 13, height: 252, names: 54, caption: 22, labels: 0 };
  const beside = mapsInRoom({ ...room, n: 8, width: 700 });
  assert.deepEqual([beside.across, beside.down], [4, 2]);
  assert.ok(beside.w >= 150 && beside.height <= 252 + 1, JSON.stringify(beside));
  const eight = mapsInRoom({ ...room, n: 8, width: 592 });
  assert.ok(eight.across < 4 && eight.w >= 150, JSON.stringify(eight));
  const phone = mapsInRoom({ ...room, n: 8, width: 354, names: 44 });
  assert.equal(phone.across, 2);
  for (const n of [1, 2, 3, 4, 6, 8, 12, 16]) {
    const { across, down, w } = mapsInRoom({ ...room, n, width: 700 });
    assert.ok(across * down >= n && across * (down - 1) < n && w >= 150, String(n));
  }
});

test("a map beside those of several heads gets less of the width", () => {
  assert.deepEqual(shares([1, 1]), [1, 1]);
  assert.deepEqual(shares([8, 8]), [1, 1]);
  assert.ok(shares([1, 8])[1] > shares([1, 8])[0]);
});

test("what is shown is possible for both runs, and the maps of all heads are what is usual", () => {
  const sides = [1, 8].map((heads, at) => new Side(weightsOf({ heads }), { name: "", masked: [], ablated: [] }, at));
  const usual = { kind: "cross", layer: 2, head_a: 0, head_b: "all", step: 3, row: 0, view: "maps" };
  assert.deepEqual(possiblePair({ head_b: 8, row: 6, view: "bars", step: 5 }, sides, false), usual);
  const equal = [sides[1], sides[1]];
  assert.equal(possiblePair({}, equal, true).head_b, "average", "their difference is one map");
  const chosen = { kind: "encoder_self", layer: 0, head_a: "all", head_b: "average", step: 1, row: 5, view: "lines" };
  assert.deepEqual(possiblePair(chosen, equal, false), chosen);
});

test("a row of each head holds what it may attend to", () => {
  const side = new Side(weightsOf({ heads: 2 }), { name: "", masked: [1], ablated: [] }, 0);
  assert.deepEqual(side.headsOf("decoder_self", 0, 1).columns, [0, 1]);
  assert.deepEqual(side.headsOf("cross", 0, 1).columns, [0, 2, 3, 4, 5]);
  assert.deepEqual(side.headsOf("cross", 0, 1).rows.map((row) => row.length), [5, 5]);
});
