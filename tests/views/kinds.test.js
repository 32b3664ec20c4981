import assert from "node:assert/strict";
import { test } from "node:test";

import { possible, Selection } from "../../assets/views/stage/state.js";
import { notesOf } from "../../assets/views/stage/notes.js";
import { Weights } from "../../assets/views/kit/trace.js";
import { weightsOf } from "./helpers.js";

test("a Trace without cross-attention shows the kind that it has, and no weights over the source", () => {
  const weights = weightsOf({ layers: [3, 0, 0] });
  const state = possible({ layer: 1 }, weights);
  assert.deepEqual([state.kind, state.layer], ["encoder_self", 1]);
  assert.equal(new Selection(weights, state).sourceWeights(), null);
  assert.equal(possible({}, weightsOf({ layers: [0, 2, 0] })).kind, "decoder_self");
});

test("a Trace of an encoder alone has no steps and no candidates", () => {
  const header = { ...weightsOf().header, layers: [1, 0, 0], heads: 1, source: ["[CLS]", "▁a"], output: [], input: [], output_words: [], source_words: [[0, 1], [1, 2]], source_specials: [0], output_specials: [], input_specials: [], candidates: [], chosen: [], typed: "a", text: "" };
  const weights = new Weights(header, new Uint8Array([255, 0, 51, 204]));
  const selection = new Selection(weights, possible({}, weights));
  assert.deepEqual([selection.state.kind, selection.state.step], ["encoder_self", 0]);
  assert.deepEqual(selection.candidates().labels, []);
  assert.deepEqual([...selection.focus].map((w) => w.toFixed(1)), ["1.0", "0.0", "0.2", "0.8"]);
  assert.deepEqual(weights.view("decoder_self", true, false).rows, []);
  const words = { kinds_long: {}, finding_encoder_self: "", where_average: "" };
  assert.equal(notesOf(selection, words).split("\n")[0], "a");
});

test("specials of the input are those of the Trace: a language that the decoder reads, or a first word that is none", () => {
  const specials = (input_specials) => {
    const weights = weightsOf();
    Object.assign(weights.header, { input_specials });
    return weights.view("decoder_self", false, true).columns.map((column) => column.from);
  };
  const all = weightsOf().view("decoder_self", false, false).columns.map((column) => column.from);
  assert.deepEqual(specials(undefined), all.slice(1));
  assert.deepEqual(specials([0, 1]), all.slice(2));
  assert.deepEqual(specials([]), all);
});
