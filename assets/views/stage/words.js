// What the picture shows, in words: the main finding, and the rules by which it is drawn.

import { range } from "../kit/dom.js";
import { fill, number, surface } from "../kit/format.js";
import { SHOWN } from "./state.js";

/** The main finding of what is shown.
 *  @param {import("./state.js").Selection} selection
 *  @param {typeof import("../stage.json").en} w words */
export function findingOf(selection, w) {
  const { view, focus, state, currentRow: row } = selection;
  if (selection.shown === SHOWN.nothing) return w.guess_piece;
  if (selection.shown < SHOWN.all) return fill(w.guess_weights, { piece: surface(selection.header.output[state.step]) });
  const width = view.columns.length;
  let best = -1;
  const consider = (r) => {
    for (let c = 0; c < width; c++) if (best < 0 || focus[r * width + c] > focus[best]) best = r * width + c;
  };
  if (row >= 0) consider(row);
  else if (state.kind === "encoder_self") range(view.rows.length).forEach(consider);
  if (best < 0 || !(focus[best] > 0)) {
    if (selection.chosenHeads().every(([kind, layer, head]) => selection.isAblated(kind, layer, head))) return w.finding_removed;
    return state.merged && row < 0 ? w.word_open : w.finding_none;
  }
  const values = {
    row: view.rows[Math.floor(best / width)].label,
    key: view.columns[best % width].label,
    weight: number(focus[best]),
  };
  if (state.kind === "encoder_self") return fill(w.finding_encoder_self, values);
  if (state.kind === "cross" && focus[best] < 0.5) return fill(w.finding_cross_spread, values);
  return fill(w[`finding_${state.kind}`], values);
}

/** Rules by which the picture is drawn.
 *  @param {import("./state.js").Selection} selection
 *  @param {typeof import("../stage.json").en} w words
 *  @param {{lines: false | {drawn: number, all: number, isMean: boolean}, unseen: null | "scroll" | "names", anyPins?: boolean}} of
 *  what holds of the picture that is shown; with `anyPins` also the rules of pins that may come */
export function rulesOf(selection, w, { lines, unseen, anyPins = false }) {
  const { kind, merged, hidden, threshold } = selection.state;
  const { header } = selection;
  const least = anyPins ? 2 : 0;
  const pinned = { rows: Math.max(least, selection.pinned("r").length), columns: Math.max(least, selection.pinned("c").length) };
  return [
    lines && fill(w.kept, { percent: threshold, drawn: lines.drawn, all: lines.all }),
    header.only && fill(w.only_rule, { layers: header.only.map((layer) => layer + 1).join(", "), all: Math.max(...header.layers) }),
    unseen && (unseen === "scroll" ? w.unseen_scroll : w.unseen_names),
    merged && w.merged_rule,
    hidden && w.hidden_rule,
    lines && pinned.rows > 1 && fill(w.pinned_rule, { n: pinned.rows }),
    lines && pinned.columns > 1 && fill(w.pinned_columns_rule, { n: pinned.columns }),
    kind === "encoder_self" && w.encoder_rule,
    lines && lines.isMean && w.mean_rule,
    !lines && selection.isJoined && w.joined_rule,
  ].filter(Boolean);
}
