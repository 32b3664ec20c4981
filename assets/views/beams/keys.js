// What keys do in the tree: arrows lead from node to node.

/** @param {import("../beams.js").Beams} beams
 *  @param {KeyboardEvent} event */
export function onKey(beams, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = beams.at(event);
  if (at === null || at === "greedy") return;
  const { tree, step } = beams;
  const node = tree.nodes[at];
  const grown = (list) => list.filter((other) => other.step <= step && beams.isShown(other));
  const level = grown(tree.levels[node.step]);
  const place = level.indexOf(node);
  const target = {
    ArrowLeft: () => node.parent !== null && tree.nodes[node.parent],
    ArrowRight: () => grown(node.children)[0],
    ArrowUp: () => level[place - 1],
    ArrowDown: () => level[place + 1],
    Home: () => grown(tree.levels[0])[0],
    End: () => grown(tree.levels[step])[0],
  }[event.key];
  if (!target && event.key !== "Enter" && event.key !== " ") return;
  event.stopPropagation(); // or the app would take the key for one of its own
  if (!target) return;
  event.preventDefault();
  const next = target();
  if (!next) return;
  beams.hovered = null; // what was reached last is in question, by keys or by pointer
  beams.picture.focus(next.id);
}
