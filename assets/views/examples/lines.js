// The weights of one head in one sentence as lines: from each query at the right to the keys at the left.

const FAINTEST = 0.02; // weights below are no line: nobody would see it

/** The weights of a sentence as numbers from 0 to 1, row by row; null where they were not sent.
 *  @param {import("./payloads.js").Example} example */
export function weightsOf({ weights }) {
  return weights ? Float32Array.from(atob(weights), (letter) => letter.charCodeAt(0) / 255) : null;
}

/** Draw the lines: strong those of one query (or, given a key, those to it), faint all others below them.
 *  @param {import("../kit/payloads.js").DrawingContext} context
 *  @param {ArrayLike<number>} weights
 *  @param {{queries: number, keys: number}} count
 *  @param {{query?: number, key?: number}} at
 *  @param {{width: number, pitch: number, colour: string}} look */
export function drawLines(context, weights, count, at, { width, pitch, colour }) {
  const isStrong = (q, k) => (at.query ?? q) === q && (at.key ?? k) === k;
  const bend = width * 0.45;
  const line = (q, k, strong) => {
    const weight = weights[q * count.keys + k];
    if (weight < FAINTEST || isStrong(q, k) !== strong) return;
    const [from, to] = [(k + 0.5) * pitch, (q + 0.5) * pitch];
    context.globalAlpha = strong ? 0.3 + 0.7 * weight : 0.5 * weight;
    context.lineWidth = (strong ? 1 : 0.5) + (strong ? 5 : 3) * weight;
    context.beginPath();
    context.moveTo(0, from);
    context.bezierCurveTo(bend, from, width - bend, to, width, to);
    context.stroke();
  };
  context.strokeStyle = colour;
  for (const strong of [false, true]) {
    for (let q = 0; q < count.queries; q++) for (let k = 0; k < count.keys; k++) line(q, k, strong);
  }
  context.globalAlpha = 1;
}
