// A map with its heading: what all panels share, and the panel of one side.

import { make, range, setAttribute, setPressed, setText } from "../kit/dom.js";
import { fill, number } from "../kit/format.js";
import { drawHeatmap, MapBox } from "../kit/heatmap.js";
import { badge } from "./sentences.js";
import { AVERAGE } from "./side.js";

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
    this.where = make("span", { class: "where" });
    this.readout = make("span", { class: "readout" });
    this.none = make("p", { class: "none", hidden: true });
    const point = (cell) => pair.point(cell && { ...cell, at });
    this.map = new MapBox(label, {
      view: () => this.view,
      visible: () => this.visible,
      point,
      choose: (cell) => {
        if (cell?.row !== undefined && pair.state.kind !== "encoder_self") pair.go(cell.row);
        point(cell);
      },
      scrolled: () => pair.scrolled(this),
    });
  }

  /** @returns {boolean} */
  get isShown() {
    return false;
  }

  /** @returns {import("../kit/payloads.js").MapView | null} rows and columns */
  get view() {
    return null;
  }

  /** @returns {number} how many rows there are by now */
  get visible() {
    return 0;
  }

  /** @returns {number} the row of the piece that is being predicted, -1 where there is none */
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

  /** In words: the cell under the pointer, else the most attended one of the current row (in the encoder, of all). */
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

/** One side: its heads to choose from, and the map of the chosen one. */
export class SidePanel extends MapPanel {
  /** @param {import("../pair.js").Pair} pair
   *  @param {import("./side.js").Side} side */
  constructor(pair, side) {
    const { words: w } = pair;
    super(pair, side.at, fill(w.map, { side: side.letter }), side.letter);
    this.side = side;
    this.ablate = !pair.header.ablation
      ? null
      : make("button", {
          type: "button",
          class: "toggle",
          text: w.ablate,
          title: w.ablate_alt,
          onclick: () => pair.act({ ablate: [side.at, pair.state.kind, side.layer(pair.state.kind, pair.state.layer), this.head] }),
        });
    this.tiles = (side.heads > 1 ? [AVERAGE, ...range(side.heads)] : [0]).map((head) => this.tile(head));
    const tiles = this.tiles.map(({ element }) => element);
    this.picker = make("div", { class: side.heads > 1 ? "picker" : "picker single", role: "group", "aria-label": fill(w.heads, { side: side.letter }) }, ...tiles);
    this.picker.style.setProperty("--heads", String(side.heads));
    const name = make("strong", { class: "name", text: side.name, title: side.name });
    this.element = make(
      "section",
      { class: "panel", "aria-label": `${side.letter}: ${side.name}` },
      make("div", { class: "panel-head" }, badge(side), name, this.where, this.readout, this.ablate),
      this.picker,
      this.map.box,
      this.none,
    );
  }

  /** A head to choose, with a small picture of its map. */
  tile(head) {
    const average = head === AVERAGE;
    const picture = make("canvas", { "aria-hidden": "true" });
    const name = make("span", { class: "tile-name", text: average ? this.pair.words.average : String(head + 1) });
    const dot = !average && make("i", { class: "dot", style: `--dot: var(--head-${head % 8})` });
    const element = make(
      "button",
      { type: "button", class: average ? "tile mean" : "tile", onclick: () => this.pair.chooseHead(this.side, head) },
      picture,
      make("span", { class: "caption" }, dot, name),
    );
    return { head, element, picture, name };
  }

  get head() {
    return this.pair.headOf(this.side);
  }

  get isShown() {
    return this.side.has(this.pair.state.kind);
  }

  get view() {
    return this.side.view(this.pair.state.kind);
  }

  get visible() {
    const { kind, step } = this.pair.state;
    return this.side.visible(kind, step);
  }

  get current() {
    const { kind, step } = this.pair.state;
    return this.side.current(kind, step);
  }

  get focus() {
    const { kind, layer } = this.pair.state;
    return this.side.map(kind, layer, this.head);
  }

  get look() {
    const { state, table } = this.pair;
    return { table, picture: () => this.side.picture(state.kind, state.layer, this.head, table) };
  }

  restyled() {
    this.side.pictures.clear();
  }

  /** Layer and head in words. */
  whereOf() {
    const { side, head } = this;
    const { words: w, header, state } = this.pair;
    const layer = side.layer(state.kind, state.layer) + 1;
    if (header.rollout) return fill(w.where_rollout, { layer });
    if (side.heads === 1) return fill(w.where_only, { layer });
    if (head === AVERAGE) return fill(w.where_average, { layer, n: side.heads });
    return fill(w.where_head, { layer, head: head + 1 });
  }

  paint() {
    const { side, isShown } = this;
    const { words: w, state } = this.pair;
    this.picker.style.visibility = isShown ? "" : "hidden";
    this.showWhere(isShown ? this.whereOf() : "");
    if (this.ablate) this.ablate.hidden = !isShown || this.head === AVERAGE || side.change(state.kind, state.layer, this.head) === "zero";
    if (isShown) for (const tile of this.tiles) this.paintTile(tile);
    else setText(this.none, fill(w.none, { name: side.name, kind: w.kinds_long[state.kind] }));
  }

  paintTile({ head, element, picture, name }) {
    const { side, view, visible } = this;
    const { words: w, state, table } = this.pair;
    const { kind, layer } = state;
    const [rows, columns] = [view.rows.length, view.columns.length];
    const average = head === AVERAGE;
    const change = average ? undefined : side.change(kind, layer, head);
    const title = average ? fill(w.average_alt, { n: side.heads }) : fill(w.head_n, { n: head + 1 });
    const label = `${side.letter}: ${title}${change ? `, ${w.changed[change]}` : ""}`;
    setAttribute(element, "aria-label", label);
    setAttribute(element, "title", label);
    setPressed(element, this.head === head);
    if (!average) setText(name, change ? `${head + 1} ✕` : String(head + 1));
    if (picture.width !== columns) picture.width = columns;
    if (picture.height !== rows) picture.height = rows;
    const context = picture.getContext("2d");
    context.clearRect(0, 0, columns, rows);
    context.drawImage(side.picture(kind, layer, head, table), 0, 0, columns, visible, 0, 0, columns, visible);
  }

  /** Bring the row of the step into sight. */
  scrollToStep() {
    const { geometry: g, scroll } = this.map;
    const row = this.current;
    if (!g?.scrolls || row < 0) return;
    const y = row * g.ch;
    if (y < scroll.y || y + g.ch > scroll.y + g.height - g.y0) scroll.to({ y: y - (g.height - g.y0) / 2 });
  }
}
