// A head's numbers: what was sent, and what is multiplied here.

import { range } from "../kit/dom.js";

/** The least of 1, 1.5, 2, 3, … 9, times a power of ten, that covers `most`. */
function roundLimit(most) {
  if (!(most > 0)) return 1;
  const unit = 10 ** Math.floor(Math.log10(most));
  return [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9, 10].find((step) => step * unit >= most * 0.99999) * unit;
}

/** A head's arrays, unpacked: one row after the other. */
export class HeadNumbers {
  /** @param {import("../kit/payloads.js").InsideHeader} header
   *  @param {Float32Array} numbers */
  constructor(header, numbers) {
    this.R = header.rows.length;
    this.K = header.keys.length;
    this.d = header.d_k;
    const { R, K, d } = this;
    let at = 0;
    const next = (size) => numbers.subarray(at, (at += size));
    this.q = next(R * d);
    this.k = next(K * d);
    this.v = next(K * d);
    this.output = next(R * d);
    this.scores = next(R * K);
    this.scaled = next(R * K);
    this.masked = next(R * K);
    this.weights = next(R * K);
    this.trace = next(R * K);
    const largest = (...arrays) => arrays.reduce((most, array) => array.reduce((so, value) => Math.max(so, Math.abs(value)), most), 0);
    this.vectorLimit = roundLimit(largest(this.q, this.k, this.v, this.output));
    this.productLimit = roundLimit(range(R).reduce((most, query) => range(K).reduce((so, key) => Math.max(so, largest(this.products(query, key))), most), 0));
  }

  row(name, r) {
    const width = this[name].length / (name === "k" || name === "v" ? this.K : this.R);
    return this[name].subarray(r * width, (r + 1) * width);
  }

  /** q × k, dimension by dimension. */
  products(query, key) {
    const k = this.row("k", key);
    return Float64Array.from(this.row("q", query), (value, i) => value * k[i]);
  }

  /** weight × v, dimension by dimension. */
  weighted(query, key) {
    const weight = this.weights[query * this.K + key];
    return Float64Array.from(this.row("v", key), (value) => value * weight);
  }

  /** The key that this query weighs most. */
  heaviest(query) {
    const weights = this.row("weights", query);
    return weights.indexOf(Math.max(...weights));
  }
}
