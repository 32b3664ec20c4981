// Nodes of a beam search in words and signs.

import { fill, number } from "../kit/format.js";

/** A probability with as few signs as a node has room for. */
export const shortChance = (p) => (p > 0 && p < 0.005 ? "<.01" : number(p));

/** What pieces add up to. */
export const joinedText = (pieces) => pieces.map((piece) => piece.replace(/▁/g, " ")).join("").trimStart();

/** A phrase whose {names} may be elements: -> its parts in order. */
export function composed(phrase, values) {
  return phrase.split(/\{(\w+)\}/).map((part, i) => (i % 2 ? (values[part]?.cloneNode?.(true) ?? String(values[part])) : part));
}

/** The signs on a node: ★ for the winner, else what became of it, and greedy's letter.
 *  @param {import("./tree.js").Tree} tree
 *  @param {import("./tree.js").TreeNode} node
 *  @param {typeof import("../beams.json").en} w words */
export function marksOf(tree, node, w) {
  const fate = { kept: "", pruned: "✕", finished: "✓", cut: "⊣", stopped: "…" }[node.status];
  return [tree.ranks.get(node.id) === 1 ? "★" : fate, tree.greedy.has(node.id) ? w.greedy_letter : ""].join("");
}

/** What became of a node by a step, as a sentence.
 *  @param {import("./tree.js").Tree} tree
 *  @param {import("./tree.js").TreeNode} node
 *  @param {number} step
 *  @param {typeof import("../beams.json").en} w words */
export function fateOf(tree, node, step, w) {
  if (node.status === "pruned") {
    return fill(w.fates.pruned, { step: node.step + 1, rank: node.rank + 1, width: tree.header.widths[node.step] });
  }
  if (tree.isLost(node, step)) return fill(w.lost, { step: node.lives + 2 });
  const rank = tree.ranks.get(node.id);
  const fate = fill(w.fates[node.status], { rank, step: node.step + 1 });
  return rank === 1 ? `${fate} ${w.wins}` : fate;
}
