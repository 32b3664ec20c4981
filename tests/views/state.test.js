import assert from "node:assert/strict";
import { test } from "node:test";

import { Stage } from "../../assets/views/stage.js";
import { changed, possible, Selection } from "../../assets/views/stage/state.js";
import { Guess } from "../../assets/views/stage/guess.js";
import { Turn } from "../../assets/views/stage/turn.js";
import { notesOf } from "../../assets/views/stage/notes.js";
import { findingOf } from "../../assets/views/stage/words.js";
import { golden, weightsOf } from "./helpers.js";

test("what is asked for becomes the same state as in Python", () => {
  const { cases } = golden("stage_state");
  for (const { asked, state } of cases) assert.deepEqual(possible(asked, weightsOf()), state);
});

test("a model without self-attention shows cross-attention", () => {
  const weights = weightsOf({ layers: [0, 0, 1], heads: 1 });
  const state = possible({ kind: "encoder_self", layer: 2 }, weights);
  assert.deepEqual([state.kind, state.layer], ["cross", 0]);
});

test("another kind keeps no pins, the same kind keeps them", () => {
  const weights = weightsOf();
  const state = possible({ pinned: ["r1", "c2"] }, weights);
  assert.deepEqual(changed(state, { layer: 0 }, weights).pinned, ["r1", "c2"]);
  assert.deepEqual(changed(state, { kind: "encoder_self" }, weights).pinned, []);
});

test("the attention view keeps no pins of another kind", () => {
  const nothing = () => {};
  const stage = Object.assign(Object.create(Stage.prototype), { weights: weightsOf(), guess: new Guess(), turn: new Turn(), transport: {}, layout: nothing, schedule: nothing, tell: nothing });
  stage.state = possible({ pinned: ["r1"] }, stage.weights);
  stage.change({ layer: 0 });
  assert.deepEqual(stage.state.pinned, ["r1"]);
  stage.change({ kind: "encoder_self" });
  assert.deepEqual(stage.state.pinned, []);
});

test("a head is added to those chosen, or taken from them; none left is the average", () => {
  const selection = (heads) => new Selection(weightsOf(), possible({ heads }, weightsOf()));
  assert.deepEqual(selection([3]).withHead(1), [1, 3]);
  assert.deepEqual(selection([1, 3]).withHead(3), [1]);
  assert.equal(selection([1]).withHead(1), "average");
  assert.deepEqual(selection([7]).headBeside(1), "average");
  assert.deepEqual(selection(undefined).headBeside(-1), [7]);
});

test("while people guess, the piece of the step is hidden, then its weights, and what was revealed stays so", () => {
  const weights = weightsOf();
  const guess = new Guess();
  const at = (step, playing = false) => {
    const state = possible({ step, guess: true }, weights);
    return new Selection(weights, state, guess.shown(state, playing));
  };
  const words = { guess_piece: "next?", guess_weights: "which?" };
  let selection = at(2);
  assert.deepEqual([selection.visible, selection.currentRow, selection.written, selection.sourceWeights()], [2, -1, 1, null]);
  assert.deepEqual(selection.candidates().labels, []);
  assert.equal(findingOf(selection, words), "next?");
  guess.reveal(2, false);
  selection = at(2);
  assert.deepEqual([selection.visible, selection.currentRow, selection.written, selection.sourceWeights()], [2, -1, 2, null]);
  assert.equal(findingOf(selection, words), "which?");
  guess.reveal(2, false);
  selection = at(2);
  assert.deepEqual([selection.visible, selection.currentRow], [3, 2]);
  assert.equal(selection.sourceWeights().length, weights.S);
  assert.equal(at(3).visible, 3);
  assert.equal(at(2).visible, 3);
  assert.equal(at(1, true).visible, 2);
  assert.equal(at(1).visible, 2);
});

test("a model without attention has no weights to guess; once nobody guesses, all is forgotten", () => {
  const weights = weightsOf();
  const guess = new Guess();
  const state = possible({ step: 2, guess: true }, weights);
  guess.reveal(2, true);
  const all = guess.shown({ ...state, guess: false }, false);
  assert.ok(new Selection(weights, state, all).sourceWeights());
  assert.equal(new Selection(weights, state, guess.shown(state, false)).sourceWeights(), null);
});

test("notes say sentence, place, finding, largest weights, candidates and link", () => {
  const weights = weightsOf();
  const words = { kinds_long: { cross: "cross-attention" }, where_head: "layer {layer}, head {head}", step_of: "step {step} of {steps}" };
  Object.assign(words, { finding_cross: "{row} ← {key} ({weight})", finding_cross_spread: "{row} ← {key} ({weight})" });
  Object.assign(words, { notes_weights: "{row}: {list}", notes_candidates: "candidates: {list}" });
  const selection = new Selection(weights, possible({ kind: "cross", layer: 1, heads: [2], step: 1 }, weights));
  const [title, place, finding, largest, candidates, link] = notesOf(selection, words, "http://here").split("\n");
  const { view, focus } = selection;
  const row = [...focus.subarray(view.columns.length, 2 * view.columns.length)];
  const best = row.indexOf(Math.max(...row));
  assert.ok(title.startsWith(weights.header.typed));
  assert.equal(place, `cross-attention · layer 2, head 3 · step 2 of ${weights.T}`);
  assert.ok(finding.includes(row[best].toFixed(2)));
  assert.ok(largest.startsWith(`${view.rows[1].label}: ${view.columns[best].label} ${row[best].toFixed(2)}`));
  assert.ok(candidates.startsWith("candidates: "));
  assert.equal(link, "http://here");
});
