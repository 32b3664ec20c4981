// Where the nodes of a beam search's tree stand: steps side by side, the candidates of each below one another.

import { fill, number, surface } from "../kit/format.js";
import { marksOf } from "./words.js";

export const TALL = 38; // pixels: a node
export const GAP = 38; // between steps, where edges run
const PITCH = 44; // from node to node
const CUT = 18; // more room at the beam's edge

/** @typedef {{x: number, y: number, width: number}} Spot */

/** Places in pixels: of the start and of each node that is shown (by its id), of each step with its number of candidates
 *  that the beam took and the height of the beam's edge, and the size of it all.
 *  @param {import("./tree.js").Tree} tree
 *  @param {(node: import("./tree.js").TreeNode) => boolean} isShown
 *  @param {typeof import("../beams.json").en} w words
 *  @param {(text: string, size: number, weight?: number) => number} measure
 *  @returns {{head: number, start: Spot, spots: Spot[], steps: {x: number, width: number, taken: number, cut: number}[], width: number, height: number}} */
export function layoutOf(tree, isShown, w, measure) {
  const { header } = tree;
  const head = header.parts_at === null ? 48 : 66;
  const figures = Math.ceil(measure("p <.01", 14) + 1);
  const nodeWidth = (node) => {
    const score = Math.max(figures, measure(number(node.score), 14, 600));
    const marks = marksOf(tree, node, w);
    return Math.min(measure(surface(node.label), 19, 600), 170) + (marks ? measure(marks, 14) + 5 : 0) + score + 30;
  };
  const start = { x: 0, y: head, width: Math.ceil(measure("<s>", 18) + 14) };
  const spots = new Array(tree.nodes.length);
  let x = start.width + 4 + GAP;
  let rows = 1;
  const steps = tree.levels.map((level, step) => {
    const shown = level.filter(isShown);
    const taken = shown.filter((node) => node.status !== "pruned").length;
    const takes = measure(fill(w.takes, { n: header.widths[step] }), 14) + 8;
    const width = Math.ceil(Math.max(...shown.map(nodeWidth), takes));
    shown.forEach((node, i) => {
      spots[node.id] = { x, y: head + i * PITCH + (i >= taken ? CUT : 0), width };
    });
    const place = { x, width, taken, cut: head + taken * PITCH + (CUT - PITCH + TALL) / 2 };
    rows = Math.max(rows, shown.length);
    x += width + GAP;
    return place;
  });
  return { head, start, spots, steps, width: x - GAP + 8, height: head + rows * PITCH + CUT };
}

/** The edge from one place to another, as an SVG path. */
export function edgePath(from, to) {
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + TALL / 2, to.x, to.y + TALL / 2];
  const bend = Math.min(x2 - x1, GAP) * 0.5;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
