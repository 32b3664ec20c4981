// A map with its heading: what the panels of the sides and of their difference share.

import { make, setAttribute, setText } from "../kit/dom.js";
import { fill, number } from "../kit/format.js";
import { drawHeatmap, MapBox } from "../kit/heatmap.js";

/** A map that scrolls where it must. What it shows is for each kind of panel to say, from `isShown` to `restyled`. */
export class MapPanel {
  /** @param {import("../pair.js").Pair} pair
   *  @param {number | "difference"} at
   *  @param {string} label of the map
   *  @param {string} name of the panel for a screen reader: it stands before what the map shows */
  constructor(pair, at, label, name) {
    this.pair = pair;
    this.at = at;
    this.name = name;
    this.finding = "";
    /** @type {"map" | "all" | "lines" | "none"} what is drawn: one map, one for each head, a row as lines, or nothing */
    this.mode = "none";
    /** @type {import("./side.js").Side | null} whose panel it is */
    this.side = null;
    /** @type {HTMLElement} */
    this.element = null;
    this.where = make("span", { class: "where" });
    this.readout = make("span", { class: "readout" });
    this.none = make("p", { class: "none", hidden: true });
    const point = (cell) => pair.point(cell && { ...cell, at });
    this.map = new MapBox(label, {
      view: () => this.view,
      visible: () => this.visible,
      point,
      choose: (cell) => {
        if (cell?.row !== undefined) pair.goToRow(cell.row);
        point(cell);
      },
      scrolled: () => pair.scrolled(this),
    });
  }

  /** @returns {boolean} whether there is anything to draw */
  get isShown() {
    return false;
  }

  /** Show the element of what is drawn, and no other. */
  arrange() {
    this.mode = this.isShown ? "map" : "none";
    this.map.geometry = null;
    this.map.box.hidden = this.mode !== "map";
    this.none.hidden = this.mode !== "none";
  }

  /** @returns {import("../kit/payloads.js").MapView | null} rows and columns */
  get view() {
    return null;
  }

  /** @returns {number} how many rows there are by now */
  get visible() {
    return 0;
  }

  /** @returns {number} the row that is looked at, -1 where there is none */
  get current() {
    return -1;
  }

  /** @returns {Float32Array} the values, row by row */
  get focus() {
    return new Float32Array();
  }

  /** @returns {{table: import("../kit/payloads.js").ColourTable, picture: () => HTMLCanvasElement,
   *    shade?: (value: number) => number, text?: (value: number) => string} | null} how `drawHeatmap` shows them */
  get look() {
    return null;
  }

  /** @param {number} value
   *  @returns {string} a value as text */
  written(value) {
    return number(value);
  }

  /** Forget what was painted in other colours. */
  restyled() {}

  /** What is under the pointer, as it concerns this panel: rows are the same where the source is. */
  get hover() {
    const { hover, same } = this.pair;
    if (!hover || (!same && hover.at !== this.at)) return null;
    const { rows, columns } = this.view;
    const cell = {};
    if (hover.row < Math.min(this.visible, rows.length)) cell.row = hover.row;
    if (hover.column < columns.length) cell.column = hover.column;
    return cell.row === undefined && cell.column === undefined ? null : cell;
  }

  showWhere(text) {
    setText(this.where, text);
    setAttribute(this.where, "title", text);
  }

  paintReadout() {
    const { geometry } = this.map;
    this.finding = geometry ? this.findingOf() : "";
    const pointed = Boolean(geometry && this.hover);
    this.where.hidden = pointed; // the two share a place
    setText(this.readout, pointed ? this.finding : "");
  }

  /** In words: the cell under the pointer, else the most attended one of the current row (where there is none, of all). */
  findingOf() {
    const { view, focus, hover, current } = this;
    const C = view.columns.length;
    const visible = Math.min(this.visible, view.rows.length);
    let { row, column } = hover ?? {};
    if (row === undefined && column === undefined && current >= 0 && current < visible) row = current;
    if (row === undefined || column === undefined) {
      let best = -1;
      for (let r = row ?? 0; r < (row === undefined ? visible : row + 1); r++) {
        for (let c = column ?? 0; c < (column === undefined ? C : column + 1); c++) {
          if (view.allowed(view.rows[r], view.columns[c]) && (best < 0 || Math.abs(focus[r * C + c]) > Math.abs(focus[best]))) best = r * C + c;
        }
      }
      if (best < 0) return "";
      [row, column] = [Math.floor(best / C), best % C];
    }
    const values = { reader: view.rows[row].label, key: view.columns[column].label, value: this.written(focus[row * C + column]) };
    return fill(this.pair.words.cell, values);
  }

  draw() {
    const { pair, map, view, focus, current } = this;
    const g = map.geometry;
    if (!g) return;
    const visible = Math.min(this.visible, view.rows.length);
    const scene = {
      view,
      focus,
      visible,
      current: current < visible ? current : -1,
      hover: this.hover,
      pinned: { rows: [], columns: [] },
      step: pair.state.step,
      palette: pair.palette,
      fonts: pair.fonts,
      size: pair.fontSize,
      hatch: view.masked ? pair.hatching() : null,
      ...this.look,
    };
    drawHeatmap(pair.context(map.canvas), g, scene, map.scroll);
    const { words: w, header, state } = pair;
    const kind = header.rollout ? "" : `${w.kinds_long[state.kind]}, `;
    const alt = fill(w.map_alt, { kind, where: this.where.textContent, rows: visible, columns: view.columns.length });
    setAttribute(map.canvas, "aria-label", `${this.name}: ${alt} ${this.finding}`);
  }
}
