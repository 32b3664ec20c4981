// What the second run's weights are above or below the first one's, for the rows in which both have read the same.

import { make, setText } from "../kit/dom.js";
import { fill, signed } from "../kit/format.js";
import { cellPicture } from "../kit/heatmap.js";
import { signedShade } from "../kit/strip.js";
import { MapPanel } from "./panel.js";

/** In how many first rows two decoders have read the same: only there can one map be taken from the other. */
export function commonRows(a, b) {
  const [read, other] = [a, b].map((h) => h.input.map((piece, i) => h.spelled?.output[i - 1] ?? piece)); // bytes, not labels
  const parts = read.findIndex((piece, i) => piece !== other[i]);
  return parts < 0 ? Math.min(a.input.length, b.input.length) : parts;
}

/** A row that reads the same on both sides, and may predict two things. */
const sharedRow = (row, other) => (row.label === other.label ? row : { ...row, label: `${row.label} / ${other.label}` });

export class DifferencePanel extends MapPanel {
  /** @param {import("../pair.js").Pair} pair */
  constructor(pair) {
    const { words: w } = pair;
    super(pair, "difference", w.difference, "B − A");
    this.note = make("p", { class: "note" });
    const legend = make(
      "span",
      { class: "scale", role: "img", "aria-label": w.scale_difference, title: w.scale_difference },
      make("span", { text: "−1" }),
      make("i", { class: "ramp difference" }),
      make("span", { text: "+1" }),
    );
    this.element = make(
      "section",
      { class: "panel difference", "aria-label": w.difference },
      make("div", { class: "panel-head" }, make("strong", { class: "name", text: "B − A" }), this.where, this.readout, legend),
      this.note,
      this.map.box,
      this.none,
    );
  }

  get isShown() {
    return this.pair.comparable;
  }

  arrange() {
    super.arrange();
    this.element.hidden = this.pair.state.view === "lines"; // all heads at once: there is no one map to take from another
    if (this.element.hidden) this.mode = "none";
  }

  get view() {
    const { sides, state, common } = this.pair;
    const [view, other] = sides.map((side) => side.view(state.kind));
    const allowed = (row, column) => view.allowed(row, column) || other.allowed(row, column);
    if (state.kind === "encoder_self") return { ...view, masked: true, allowed };
    return {
      ...view,
      rows: view.rows.slice(0, common).map((row, r) => sharedRow(row, other.rows[r])),
      columns: state.kind === "decoder_self" ? view.columns.slice(0, common) : view.columns,
      masked: true,
      allowed,
    };
  }

  get visible() {
    const { sides, state, common } = this.pair;
    const both = Math.min(...sides.map((side) => side.visible(state.kind, state.step)));
    return state.kind === "encoder_self" ? both : Math.min(both, common);
  }

  get current() {
    const { sides, state } = this.pair;
    return sides[0].current(state.kind, state);
  }

  get focus() {
    const { sides, state } = this.pair;
    const { kind, layer } = state;
    const key = JSON.stringify([kind, layer, state.head_a, state.head_b]);
    if (this.key !== key) {
      const maps = sides.map((side) => side.map(kind, layer, this.pair.headOf(side)));
      const widths = sides.map((side) => side.view(kind).columns.length);
      const [R, C] = [this.view.rows.length, this.view.columns.length];
      this.difference = new Float32Array(R * C);
      for (let r = 0; r < R; r++) for (let c = 0; c < C; c++) this.difference[r * C + c] = maps[1][r * widths[1] + c] - maps[0][r * widths[0] + c];
      this.key = key;
      this.picture = null;
    }
    return this.difference;
  }

  get look() {
    const table = this.pair.differences;
    const picture = () => (this.picture ??= cellPicture(this.focus, this.view, table, signedShade));
    return { table, picture, shade: signedShade, text: signed };
  }

  written(value) {
    return signed(value);
  }

  restyled() {
    this.picture = null;
  }

  paint() {
    const { words: w, sides, sidePanels, state, same, linked, common } = this.pair;
    const [a, b] = sides.map((side) => this.pair.headOf(side));
    const where = a === b && linked ? sidePanels[0].whereOf() : w.difference_heads;
    this.showWhere(this.isShown ? where : "");
    setText(this.none, same ? w.difference_kind : w.difference_source);
    const lengths = sides.map((side) => side.T);
    const ends = state.kind !== "encoder_self" && common < Math.max(...lengths);
    const note = common < Math.min(...lengths) ? w.difference_parts : w.difference_ends;
    setText(this.note, ends ? fill(note, { step: common }) : "");
  }
}
