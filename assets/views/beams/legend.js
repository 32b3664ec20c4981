// What lines and signs of the tree mean.

import { make } from "../kit/dom.js";

/** @param {import("./tree.js").Tree} tree
 *  @param {typeof import("../beams.json").en} w words */
export function legendOf(tree, w) {
  const found = new Set(tree.nodes.map((node) => node.status));
  const sample = (status, mark) => make("span", { class: `sample node ${status}`, text: mark, "aria-hidden": "true" });
  const line = (name) => make("span", { class: `line ${name}`, "aria-hidden": "true" });
  const entry = (sign, text) => make("li", {}, sign, make("span", { text }));
  return make(
    "ul",
    { class: "legend", "aria-label": w.legend },
    entry(line("winner"), `★ ${w.winner}`),
    entry(line("greedy"), `${w.greedy_letter} ${w.greedy}`),
    entry(sample("kept", "\u00a0"), w.kept),
    entry(sample("lost", "\u00a0"), w.gone),
    entry(sample("pruned", "✕"), w.pruned),
    entry(sample("finished", "✓"), w.finished),
    found.has("cut") && entry(sample("cut", "⊣"), w.cut),
    found.has("stopped") && entry(sample("stopped", "…"), w.stopped),
    entry(line("edge"), w.edge),
  );
}
