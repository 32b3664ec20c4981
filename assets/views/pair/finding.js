// What the heads of a row attend to, as a sentence made from their weights: it says no more than the numbers do.

import { range } from "../kit/dom.js";
import { fill, number } from "../kit/format.js";

const TIE = 0.005; // weights come in 256 steps, and are shown with two decimals: what is closer is equal
const MOSTLY = 0.5; // from here on a head attends "mostly" to a piece
const STANDS_OUT = 0.3; // a largest weight below this counts as spread
const NAMED = 3; // so many pieces are named for each side

/** The largest of a row's weights, and whether another one is as large.
 *  @param {ArrayLike<number>} row */
function largest(row) {
  const order = range(row.length).sort((x, y) => row[y] - row[x] || x - y);
  const [key, next] = order;
  return { key, weight: row[key], tied: order.length > 1 && row[key] - row[next] < TIE };
}

/** How one head divides its weight over the pieces it may attend to.
 *  -> {how: "none" (removed) | "only" | "mostly" | "most" | "shared" | "spread", keys: [[piece, weight], …]}
 *  @param {ArrayLike<number>} row
 *  @returns {{how: string, keys: [piece: number, weight: number][]}} */
export function oneHead(row) {
  const weights = Array.from(row);
  if (!weights.some((weight) => weight > 0)) return { how: "none", keys: [] };
  const { key, weight } = largest(weights);
  if (weights.length === 1) return { how: "only", keys: [[key, weight]] };
  const near = range(weights.length)
    .filter((k) => weights[k] >= weight / 2 - 1e-6)
    .sort((x, y) => weights[y] - weights[x] || x - y);
  const keys = near.map((k) => /** @type {[number, number]} */ ([k, weights[k]]));
  const sum = keys.reduce((total, [, one]) => total + one, 0);
  if (keys.length === 1 && weight >= MOSTLY) return { how: "mostly", keys };
  if (keys.length === 1 && weight >= STANDS_OUT) return { how: "most", keys };
  if (keys.length > 1 && keys.length <= NAMED && sum >= MOSTLY) return { how: "shared", keys };
  return { how: "spread", keys: [[key, weight]] };
}

/** How several heads divide the pieces among themselves: each head that is there is in one group, or in `spread` where no
 *  weight of its row stands out. -> {groups: [{key, heads, low, high}], spread: {heads, high}, removed: heads, only: piece or -1}
 *  @param {ArrayLike<number>[]} rows a head's weights on the pieces that it may attend to
 *  @param {number[]} first pieces whose groups come first */
export function manyHeads(rows, first = []) {
  const removed = range(rows.length).filter((head) => !Array.from(rows[head]).some((weight) => weight > 0));
  const spread = { heads: [], high: 0 };
  const byKey = new Map();
  for (const head of range(rows.length)) {
    if (removed.includes(head)) continue;
    const { key, weight, tied } = largest(rows[head]);
    if (tied || weight < STANDS_OUT) {
      spread.heads.push(head);
      spread.high = Math.max(spread.high, weight);
      continue;
    }
    const group = byKey.get(key) ?? { key, heads: [], low: 1, high: 0 };
    byKey.set(key, { key, heads: [...group.heads, head], low: Math.min(group.low, weight), high: Math.max(group.high, weight) });
  }
  const rank = ({ key }) => (first.includes(key) ? 0 : 1);
  const groups = [...byKey.values()].sort((x, y) => rank(x) - rank(y) || y.heads.length - x.heads.length || x.key - y.key);
  return { groups, spread, removed, only: rows.length && rows[0].length === 1 ? 0 : -1 };
}

/** @param {string[]} items
 *  @param {{comma: string, and: string}} w */
const joined = (items, w) => (items.length < 2 ? items.join("") : items.slice(0, -1).join(w.comma) + w.and + items.at(-1));

/** A piece in a sentence: signs alone would be taken for the sentence's own. */
const quoted = (piece, w) => fill(/[\p{L}\p{N}]/u.test(piece) ? w.word : w.sign, { piece });

/** Names of pieces: of equal ones their number too. */
function namesOf(labels, w) {
  return labels.map((label, i) => {
    const equal = labels.filter((other) => other === label).length;
    const piece = quoted(label, w);
    return equal < 2 ? piece : fill(w.nth, { piece, n: labels.slice(0, i + 1).filter((other) => other === label).length });
  });
}

/** What one side's heads attend to.
 *  @param {{letter: string, rows: ArrayLike<number>[], keys: string[]}} side
 *  @param {any} w the view's words for it
 *  @param {number[]} first pieces that the other side attends to */
function clause({ letter, rows, keys }, w, first) {
  const side = { side: letter, n: rows.length };
  const names = namesOf(keys, w);
  const named = ([key, weight]) => fill(w.key, { key: names[key], weight: number(weight) });
  if (rows.length === 1) {
    const { how, keys: found } = oneHead(rows[0]);
    const weight = found.length ? number(found[0][1]) : "";
    return fill(w.one[how], { ...side, key: names[0], keys: joined(found.map(named), w), weight });
  }
  const { groups, spread, removed, only } = manyHeads(rows, first);
  const count = (heads, phrases, values = {}) => {
    const list = joined(heads.map((head) => String(head + 1)), w);
    return fill(phrases[heads.length === 1 ? 0 : 1], { ...side, ...values, heads: list });
  };
  const span = ({ low, high }) => (number(low) === number(high) ? number(low) : `${number(low)}–${number(high)}`);
  const gone = removed.length ? [count(removed, w.removed)] : [];
  if (removed.length === rows.length) return fill(w.none, side);
  if (only >= 0) return [fill(w.only, { ...side, key: names[0] }), ...gone].join(w.part);
  if (groups.length === 1 && groups[0].heads.length === rows.length) return fill(w.all, { ...side, key: names[groups[0].key], weight: span(groups[0]) });
  const shown = groups.slice(0, NAMED);
  const others = groups.slice(NAMED).flatMap(({ heads }) => heads).sort((x, y) => x - y);
  const parts = shown.map((group, i) => count(group.heads, i ? w.next : w.first, { key: names[group.key], weight: span(group) }));
  if (others.length) parts.push(count(others, w.others));
  if (spread.heads.length) parts.push(count(spread.heads, w.spread, { weight: number(spread.high) }));
  return fill(w.of, { ...side, parts: [...parts, ...gone].join(w.part) });
}

/** What both sides' heads attend to in one row, in a sentence.
 *  @param {{letter: string, label: string, rows: ArrayLike<number>[], keys: string[]}[]} sides those that have such a row: its
 *  word, each head's weights on the pieces it may attend to, and these
 *  @param {any} w the view's words for it
 *  @param {boolean} predicts whether the row predicts its word
 *  @returns {string} "" where there is none */
export function findingOf(sides, w, predicts) {
  const attended = sides.map(({ rows }) => (rows.length === 1 ? oneHead(rows[0]).keys.map(([key]) => key) : []));
  const said = sides.map((side, i) => clause(side, w, attended[1 - i]));
  const about = (label, text) => fill(predicts ? w.predict : w.row, { word: quoted(label, w), text });
  if (sides.length === 2 && sides[0].label === sides[1].label) return about(sides[0].label, said.join(w.beside));
  return sides.map(({ label }, i) => about(label, said[i])).join(w.then);
}
