// What the tests of the views share: a packed Trace made by hand, a palette, and a ruler where there is no canvas.

import { readFileSync } from "node:fs";

import { Weights } from "../../assets/views/kit/trace.js";

export const golden = (name) => JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), "utf-8"));

export const palette = JSON.parse(readFileSync(new URL("../../assets/palette.json", import.meta.url), "utf-8"));

export const words = (view, language = "en") => JSON.parse(readFileSync(new URL(`../../assets/views/${view}.json`, import.meta.url), "utf-8"))[language];

/** As wide as eight pixels a character. */
export const ruler = { font: "", measureText: (text) => ({ width: 8 * [...text].length }) };

/** A Trace of so many pieces, layers and heads whose weights are all `weight`. */
export function weightsOf({ S = 6, T = 5, layers = [3, 3, 3], heads = 8, causal = true, weight = 51 } = {}) {
  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const source = range(S).map((i) => (i < S - 1 ? `▁s${i}` : "</s>"));
  const output = range(T).map((i) => (i < T - 1 ? `▁t${i}` : "</s>"));
  const header = {
    source, output, causal, layers, heads,
    input: ["<s>", ...output.slice(0, -1)],
    source_words: range(S).map((i) => [i, i + 1]),
    output_words: range(T).map((i) => [i, i + 1]),
    source_specials: [S - 1],
    output_specials: [T - 1],
    unknown: [],
    typed: "a sentence",
    text: "ein Satz",
    change: {},
    chosen: range(T).map(() => 0.5),
    candidates: output.map((piece) => [[piece, "x"], [0.5, 0.25]]),
  };
  const triangle = causal ? (T * (T + 1)) / 2 : T * T;
  const size = heads * (layers[0] * S * S + layers[1] * triangle + layers[2] * T * S);
  return new Weights(header, new Uint8Array(size).fill(weight));
}
