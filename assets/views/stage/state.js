// What the attention view shows: the state as the server and links know it, and what follows from it for a Trace.

import { range } from "../kit/dom.js";
import { fill } from "../kit/format.js";
import { KINDS } from "../kit/trace.js";

const VIEWS = ["map", "lines", "table"];

/** What is shown, complete and possible for this Trace, whatever was asked for. pages/ui/stage_state.py has the same rules.
 *  @param {unknown} requested
 *  @param {import("../kit/trace.js").Weights} weights
 *  @returns {import("../kit/payloads.js").StageState} */
export function possible(requested, weights) {
  const w = requested && typeof requested === "object" ? /** @type {any} */ (requested) : {};
  const counts = (value, limit) => Number.isInteger(value) && value >= 0 && value < limit;
  const there = (kind) => weights.layers(kind) > 0; // a recurrent model has no self-attention, or none at all
  const kind = [w.kind, "cross", ...KINDS].find((name) => KINDS.includes(name) && there(name)) ?? "cross";
  const layers = weights.layers(kind);
  const heads = Array.isArray(w.heads) ? w.heads.filter((head) => counts(head, weights.header.heads)) : [];
  const rows = kind === "encoder_self" ? weights.S : weights.T;
  const columns = kind === "decoder_self" ? weights.T : weights.S;
  const isPin = (pin) =>
    typeof pin === "string" && /^[rc]\d{1,5}$/.test(pin) && counts(Number(pin.slice(1)), pin[0] === "r" ? rows : columns);
  return {
    kind,
    layer: weights.nearest(kind, counts(w.layer, layers) ? w.layer : layers - 1),
    heads: heads.length ? [...new Set(heads)] : "average",
    step: counts(w.step, weights.T) ? w.step : Math.max(0, range(weights.T).findLastIndex((i) => !weights.header.output_specials.includes(i))),
    pinned: Array.isArray(w.pinned) ? w.pinned.filter(isPin).slice(0, 64) : [],
    merged: w.merged === true,
    hidden: w.hidden === true,
    threshold: counts(w.threshold, 101) && w.threshold >= 10 ? w.threshold : 90,
    view: VIEWS.includes(w.view) ? w.view : "map",
    guess: w.guess === true,
  };
}

/** The state after a change. Another kind has other rows and columns: what was pinned is no more. */
export function changed(state, patch, weights) {
  const next = possible({ ...state, ...patch }, weights);
  if (next.kind !== state.kind) {
    next.pinned = [];
    next.layer = weights.nearest(next.kind, state.layer);
  }
  return next;
}

/** What of a step is shown while people guess: nothing; its piece; its weights too. */
export const SHOWN = { nothing: 0, piece: 1, all: 2 };

/** A state of a Trace, and what is seen in it. */
export class Selection {
  /** @param {import("../kit/trace.js").Weights} weights
   *  @param {import("../kit/payloads.js").StageState} state
   *  @param {number} shown what of the current step is shown */
  constructor(weights, state, shown = SHOWN.all) {
    this.weights = weights;
    this.state = state;
    this.shown = shown;
  }

  get header() {
    return this.weights.header;
  }

  /** @returns {number[]} */
  get heads() {
    return this.state.heads === "average" ? range(this.weights.header.heads) : this.state.heads;
  }

  get isAverage() {
    return this.state.heads === "average";
  }

  /** Heads that are drawn one by one; null stands for the average. */
  get drawnHeads() {
    return this.state.heads === "average" ? [null] : this.state.heads;
  }

  get view() {
    return this.weights.view(this.state.kind, this.state.merged, this.state.hidden);
  }

  /** The weights in focus: one head, or the mean of those chosen. */
  get focus() {
    return this.weights.mean(this.view, this.state.layer, this.heads);
  }

  /** One drawn head's weights, and the least weight of each row that is kept. */
  drawn(head) {
    const { view, state } = this;
    const map = head === null ? this.focus : this.weights.shown(view, state.layer, head);
    return { map, cuts: this.weights.cuts(`${view.key} ${state.layer} ${head ?? "average"}`, map, view, state.threshold) };
  }

  /** How many rows of the view are decoded by now. They are always the first ones. */
  get visible() {
    const last = this.state.step - (this.shown < SHOWN.all ? 1 : 0);
    return this.view.rows.filter((row) => row.ready <= last).length;
  }

  /** The last step whose piece is known. */
  get written() {
    return this.state.step - (this.shown === SHOWN.nothing ? 1 : 0);
  }

  /** The row of the piece that is being predicted, -1 where there is none (yet). */
  get currentRow() {
    const { kind, step } = this.state;
    if (kind === "encoder_self" || this.shown < SHOWN.all) return -1;
    return this.view.rows.findIndex((row) => row.from <= step && step < row.to && row.ready <= step);
  }

  /** Indices of the view's rows ("r") or columns ("c") that are pinned. */
  pinned(side) {
    const words = side === "r" ? this.view.rows : this.view.columns;
    const places = this.state.pinned.filter((pin) => pin[0] === side).map((pin) => Number(pin.slice(1)));
    return range(words.length).filter((i) => places.some((place) => words[i].from <= place && place < words[i].to));
  }

  /** Rows and columns whose lines are drawn: those under the pointer, else those pinned, else all. */
  active(hover) {
    const { visible, view } = this;
    const all = { rows: range(visible), columns: range(view.columns.length), byRow: false, byColumn: false };
    if (hover) {
      if (hover.row !== undefined) return { ...all, rows: hover.row < visible ? [hover.row] : [], byRow: true };
      return { ...all, columns: [hover.column], byColumn: true };
    }
    const rows = this.pinned("r").filter((row) => row < visible);
    const columns = this.pinned("c");
    if (this.state.pinned.some((pin) => pin[0] === "r")) Object.assign(all, { rows, byRow: true });
    if (columns.length) Object.assign(all, { columns, byColumn: true });
    return all;
  }

  /** Cross-attention over the source pieces at this step, in the chosen layer and heads; null while it is hidden. */
  sourceWeights() {
    if (this.shown < SHOWN.all || !this.weights.layers("cross")) return null;
    const { step } = this.state;
    const layer = this.weights.nearest("cross", this.state.layer);
    const map = this.weights.mean(this.weights.view("cross", false, false), layer, this.heads);
    return map.subarray(step * this.weights.S, (step + 1) * this.weights.S);
  }

  /** Of this step: labels, probabilities, and the pieces themselves: a byte's label says what it completes. None while
   *  the piece is hidden. */
  candidates() {
    if (this.shown === SHOWN.nothing) return { labels: [], probabilities: [], pieces: [] };
    const [labels, probabilities, pieces = labels] = this.header.candidates[this.state.step] ?? [[], []];
    return { labels, probabilities, pieces };
  }

  /** The heads in focus by kind, layer and head; of an average, all that it is made of. */
  chosenHeads() {
    return this.heads.map((head) => [this.state.kind, this.state.layer, head]);
  }

  /** The chosen heads with one more, or without it where it is among them. */
  withHead(head) {
    const chosen = this.isAverage ? [] : this.heads;
    const heads = chosen.includes(head) ? chosen.filter((other) => other !== head) : [...chosen, head].sort((a, b) => a - b);
    return heads.length ? heads : "average";
  }

  /** The head before (-1) or after (1) those chosen; the average comes before the first head. */
  headBeside(by) {
    const n = this.header.heads;
    const at = this.isAverage ? -1 : by > 0 ? Math.max(...this.heads) : Math.min(...this.heads);
    const next = ((at + 1 + by + n + 1) % (n + 1)) - 1;
    return next < 0 ? "average" : [next];
  }

  /** Whether pieces of one word stand beside each other. */
  get isJoined() {
    return [...this.view.rows, ...this.view.columns].some((word) => word.joined);
  }

  isAblated(kind, layer, head) {
    return (this.header.change.ablate ?? []).some((other) => other[0] === kind && other[1] === layer && other[2] === head);
  }

  /** Layer and heads in words. */
  where(w) {
    const layer = this.state.layer + 1;
    if (this.isAverage) return fill(w.where_average, { layer });
    const heads = this.heads.map((head) => head + 1);
    return heads.length === 1 ? fill(w.where_head, { layer, head: heads[0] }) : fill(w.where_heads, { layer, heads: heads.join(", ") });
  }

  /** The translation as far as it is written at this step. */
  textSoFar() {
    const { header } = this;
    const count = this.written + 1;
    if (count >= this.weights.T) return header.text;
    const pieces = (header.texts?.output ?? header.output).slice(0, count);
    return `${pieces.join("").replaceAll("▁", " ").trim()} …`;
  }
}
