import assert from "node:assert/strict";
import { test } from "node:test";

import { mapGeometry } from "../../assets/views/kit/heatmap.js";
import { namesLeftOut, placeNames, tiltOf, wordRuns } from "../../assets/views/kit/labels.js";
import { headPlaces, typeSize, wordSize } from "../../assets/views/stage/layout.js";
import { weightsOf } from "./helpers.js";

const measure = (text, size) => 0.6 * size * [...text].length;
const viewOf = (S, T, kind = "cross") => weightsOf({ S, T }).view(kind, false, false);
const PROJECTOR = [657, 345]; // the room of a map in a window of 1280 x 720

test("a map of fifteen by twelve pieces has cells of 24 pixels and more on a projector", () => {
  const g = mapGeometry(viewOf(15, 12), ...PROJECTOR, 14, measure);
  assert.ok(g.cw >= 28 && g.ch >= 24, `${g.cw} x ${g.ch}`);
  assert.ok(15 * g.cw >= 420);
  assert.equal(g.scrolls, false);
});

for (const kind of ["encoder_self", "decoder_self", "cross"]) {
  for (const [S, T] of [[1, 1], [5, 5], [15, 12], [24, 24], [64, 40], [128, 128]]) {
    for (const [width, height] of [[160, 200], [350, 480], PROJECTOR, [1000, 660]]) {
      test(`a map stays in its room: ${kind}, ${S} x ${T} pieces in ${width} x ${height}`, () => {
        const view = viewOf(S, T, kind);
        const g = mapGeometry(view, width, height, 14, measure);
        assert.ok(g.x0 > 0 && g.y0 > 0 && g.cw > 0 && g.ch > 0);
        if (g.scrolls) return assert.ok(g.cw >= 14 && g.ch >= 14);
        assert.ok(g.x0 + view.columns.length * g.cw <= width + 1);
        assert.ok(g.y0 + view.rows.length * g.ch <= height + 1);
      });
    }
  }
}

test("all names are drawn while rows and columns are twelve pixels or more", () => {
  for (const pieces of [5, 15, 24]) {
    const g = mapGeometry(viewOf(pieces, pieces), 657, 400, 14, measure);
    assert.ok(g.cw >= 12 && g.ch >= 12);
    assert.deepEqual(namesLeftOut(g, 14), { rows: false, columns: false });
  }
  assert.deepEqual(namesLeftOut(mapGeometry(viewOf(60, 20), 657, 400, 14, measure), 14), { rows: false, columns: true });
});

test("names in one lane never touch, and each has the same lane wherever the pointer is", () => {
  for (const pitch of [5, 8, 11, 12, 13.5, 16]) {
    for (const lanes of [1, 2]) {
      const lane = new Map();
      for (const asked of [[], [7], [39, 3], [20]]) {
        const places = placeNames({ first: 0, last: 40, pitch, need: 15, lanes, asked });
        for (const [i, own] of places) {
          assert.equal(lane.get(i) ?? own, own);
          lane.set(i, own);
          for (const [j, other] of places) if (i !== j && own === other) assert.ok(Math.abs(i - j) * pitch >= 15);
        }
        if (asked.length) assert.ok(places.some(([i]) => i === asked[0]));
        if (pitch * lanes >= 15) assert.equal(places.length, 40);
      }
    }
  }
});

test("where not all names fit, those near the one in question come first", () => {
  const places = placeNames({ first: 0, last: 30, pitch: 5, need: 14, lanes: 1, asked: [10] });
  assert.deepEqual(places.map(([i]) => i).filter((i) => i > 6 && i < 14), [7, 10, 13]);
});

test("names stand the steeper the narrower their columns are", () => {
  assert.equal(tiltOf(10, 14), Math.PI / 2);
  assert.ok(tiltOf(20, 14) > tiltOf(30, 14));
  assert.equal(tiltOf(200, 14), Math.PI / 6);
  for (const pitch of [17, 20, 26, 31]) assert.ok(pitch * Math.sin(tiltOf(pitch, 14)) >= 15);
});

test("pieces of one word are one run, words of one piece none", () => {
  const words = [false, false, true, true, false, true].map((joined) => ({ joined }));
  assert.deepEqual(wordRuns(words), [[1, 3], [4, 5]]);
  assert.deepEqual(wordRuns([{ joined: false }, { joined: false }]), []);
});

test("a view's pieces know whether they go on with a word", () => {
  const weights = weightsOf({ S: 4, T: 4 });
  Object.assign(weights.header, { source_words: [[0, 1], [1, 3], [3, 4]], output_words: [[0, 2], [2, 3], [3, 4]] });
  const joined = (view) => [view.rows, view.columns].map((words) => words.map((word) => word.joined));
  assert.deepEqual(joined(weights.view("cross", false, false)), [[false, true, false, false], [false, false, true, false]]);
  assert.deepEqual(joined(weights.view("decoder_self", false, false))[1], [false, false, true, false]);
  assert.ok(joined(weights.view("cross", true, false)).flat().every((value) => value === false));
});

test("words are as large as can be on as few lines as at a comfortable size", () => {
  const sizes = { largest: 24, comfortable: 18, smallest: 14 };
  assert.equal(wordSize(sizes, () => 2, () => true), 24);
  assert.equal(wordSize(sizes, (size) => (size > 20 ? 3 : 2), () => true), 20);
  assert.equal(wordSize(sizes, (size) => (size > 17 ? 3 : 2), () => true), 24);
  assert.equal(wordSize(sizes, () => 2, (size) => size <= 16), 16);
  assert.equal(wordSize(sizes, () => 9, () => false), 14);
});

test("type grows with the window", () => {
  const base = typeSize({ width: 1230, height: 545, presenting: false });
  assert.equal(base, 18);
  assert.ok(typeSize({ width: 1870, height: 900, presenting: false }) > 24);
  assert.equal(typeSize({ width: 366, height: 700, presenting: false }), 18);
  for (const [width, height] of [[992, 748], [1248, 700], [1888, 1060]]) assert.ok(typeSize({ width, height, presenting: true }) * 1.34 >= 28);
});

test("each of eight heads is seventy-two pixels or more on a projector, and all stay in their box", () => {
  for (const aspect of [0.7, 1, 15 / 12, 2]) {
    const of = { width: 345, height: 245, heads: 8, layers: 3, aspect, caption: 19, name: 66 };
    const g = headPlaces(of);
    assert.ok(Math.max(g.w, g.h) >= 72, `${aspect}: ${g.w} x ${g.h}`);
    assert.ok(g.across * (g.w + g.gap) - g.gap <= of.width);
    assert.ok((8 / g.across) * (g.h + of.caption + g.gap) + 3 * (g.mini.h + g.mini.gap) <= of.height);
    assert.ok(of.name + 8 * (g.mini.w + g.mini.gap) <= of.width);
  }
});

test("each of thirty-two heads of twenty-four layers has its place, in a box that scrolls", () => {
  for (const aspect of [0.7, 1, 2]) {
    const of = { width: 345, height: 245, heads: 32, layers: 24, aspect, caption: 19, name: 66 };
    const g = headPlaces(of);
    assert.ok(g.w >= 36 && g.h >= 18, `${aspect}: ${g.w} x ${g.h}`);
    assert.ok(g.across * (g.w + g.gap) - g.gap <= of.width);
    assert.ok(g.mini.w >= 6 && g.mini.h >= 16, `${aspect}: ${g.mini.w} x ${g.mini.h}`);
    assert.ok(of.name + 32 * (g.mini.w + g.mini.gap) <= of.width);
    assert.ok(g.height >= (32 / g.across) * (g.h + of.caption) + 24 * g.mini.h);
  }
});
