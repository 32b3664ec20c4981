// One of two runs that stand side by side.

import { range } from "../kit/dom.js";
import { cellPicture } from "../kit/heatmap.js";

export const AVERAGE = "average"; // one map: the mean of the heads
export const ALL = "all"; // a map for each head

/** One of the two runs. */
export class Side {
  /** @param {import("../kit/trace.js").Weights} weights
   *  @param {import("../kit/payloads.js").PairSide} about
   *  @param {number} at 0 or 1 */
  constructor(weights, about, at) {
    this.weights = weights;
    this.about = about;
    this.at = at;
    this.letter = "AB"[at];
    this.name = about.name;
    this.heads = weights.header.heads;
    this.T = weights.T;
    this.pictures = new Map();
  }

  get header() {
    return this.weights.header;
  }

  has(kind) {
    return this.weights.layers(kind) > 0;
  }

  /** A model with fewer layers than the other one shows its last. */
  layer(kind, layer) {
    return Math.min(layer, this.weights.layers(kind) - 1);
  }

  /** Rows and columns; source pieces that nobody may attend to in this run count as masked. */
  view(kind) {
    const view = this.weights.view(kind, false, false);
    const hidden = this.about.masked;
    if (kind === "decoder_self" || !hidden.length) return view;
    return (this[kind] ??= {
      ...view,
      masked: true,
      allowed: (row, column) => view.allowed(row, column) && !hidden.includes(column.from),
    });
  }

  map(kind, layer, head) {
    return this.weights.mean(this.view(kind), this.layer(kind, layer), typeof head === "string" ? range(this.heads) : [head]);
  }

  picture(kind, layer, head, table) {
    const key = `${kind} ${layer} ${head}`;
    if (!this.pictures.has(key)) this.pictures.set(key, cellPicture(this.map(kind, layer, head), this.view(kind), table));
    return this.pictures.get(key);
  }

  /** How many rows are there at a step. They are always the first ones. */
  visible(kind, step) {
    return kind === "encoder_self" ? this.weights.S : Math.min(step + 1, this.T);
  }

  /** The row that is looked at: the chosen one of the encoder, else that of the piece that is being predicted; -1 where the
   *  run has ended before. */
  current(kind, { step, row }) {
    if (kind === "encoder_self") return row < this.weights.S ? row : -1;
    return step >= this.T ? -1 : step;
  }

  /** One row of each head's map: the weights on the columns that it may attend to, and these.
   *  @returns {{rows: number[][], columns: number[]}} */
  headsOf(kind, layer, row) {
    const view = this.view(kind);
    const width = view.columns.length;
    const columns = range(width).filter((c) => view.allowed(view.rows[row], view.columns[c]));
    const rows = range(this.heads).map((head) => {
      const map = this.map(kind, layer, head);
      return columns.map((c) => map[row * width + c]);
    });
    return { rows, columns };
  }

  /** How a head was changed in this run: "zero", "uniform" or undefined. */
  change(kind, layer, head) {
    return this.about.ablated.find((one) => one[0] === kind && one[1] === this.layer(kind, layer) && one[2] === head)?.[3];
  }
}
