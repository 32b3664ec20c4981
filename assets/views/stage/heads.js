// All heads of the layer in focus as pictures to choose from, and small ones of all layers below.

import { make, range, setAttribute, setPressed } from "../kit/dom.js";
import { fill } from "../kit/format.js";
import { drawCells } from "../kit/heatmap.js";
import { headPlaces } from "./layout.js";

const PHONE = 600; // pixels: four pictures beside each other where there is less

/** Draw the map of one head into a box, on screen and on paper.
 *  @param {import("../kit/payloads.js").DrawingContext} context
 *  @param {import("./state.js").Selection} selection
 *  @param {{layer: number, head: number, x: number, y: number, w: number, h: number}} g
 *  @param {{palette: import("../kit/payloads.js").Palette, table: import("../kit/payloads.js").ColourTable, picture: (layer: number, head: number, map: Float32Array) => HTMLCanvasElement}} look */
export function drawHead(context, selection, { layer, head, x, y, w, h }, { palette, table, picture }) {
  const { view, visible, weights } = selection;
  context.fillStyle = palette.surface;
  context.fillRect(x, y, w, h);
  const map = weights.shown(view, layer, head);
  const scene = { picture: () => picture(layer, head, map), map, view, visible, table };
  drawCells(context, scene, { x, y, w, h: (h * visible) / Math.max(1, view.rows.length) });
}

export class HeadGrid {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w, header } = stage;
    const canvas = () => make("canvas", { "aria-hidden": "true" });
    this.tileCanvas = canvas();
    this.miniCanvas = canvas();
    this.tiles = range(header.heads).map((head) => this.tile(head));
    this.tileGrid = make("div", { class: "tiles", role: "group", "aria-label": w.head }, this.tileCanvas, ...this.tiles);
    this.minis = [];
    this.names = [];
    this.grid = make("div", { class: "grid", role: "group" }, this.miniCanvas);
    for (const layer of range(Math.max(...header.layers))) {
      const name = make("span", { class: "row-name", "aria-hidden": "true", text: fill(w.layer_n, { n: layer + 1 }) });
      this.names.push(name);
      this.grid.append(name, ...range(header.heads).map((head) => this.mini(layer, head)));
    }
    this.element = make("section", { class: "panel heads", "aria-label": w.heads }, this.tileGrid, this.grid);
  }

  tile(head) {
    const { stage } = this;
    const label = fill(stage.words.head_n, { n: head + 1 });
    return make(
      "button",
      { type: "button", class: "tile", "aria-label": label, title: label, onclick: (event) => stage.chooseHead(head, stage.isSeveral(event)) },
      make("span", { class: "caption" }, make("span", { text: String(head + 1) }), make("i", { class: "dot", style: `--dot: var(--head-${head % 8})` })),
    );
  }

  mini(layer, head) {
    const { stage } = this;
    const label = fill(stage.words.mini, { layer: layer + 1, head: head + 1 });
    const choose = (event) => {
      if (layer !== stage.selection.state.layer) stage.change({ layer, heads: [head] });
      else stage.chooseHead(head, stage.isSeveral(event));
    };
    const button = make("button", { type: "button", class: "mini", "aria-label": label, title: label, onclick: choose });
    this.minis.push({ button, layer, head });
    return button;
  }

  layout() {
    const { stage, element } = this;
    const { header, weights, wide, em } = stage;
    const { view, state } = stage.selection;
    const held = weights.layersOf(state.kind);
    const layers = held.length;
    const names = Math.ceil(Math.max(...this.names.map((name) => stage.measure(name.textContent, stage.fontSize, 700)))) + 8;
    const caption = Math.round(em * 1.05);
    const aspect = Math.min(2, Math.max(0.7, view.columns.length / Math.max(1, view.rows.length)));
    const all = { heads: header.heads, layers, aspect, caption, name: names };
    const places = () => {
      const width = element.clientWidth;
      const height = wide ? element.clientHeight : Math.ceil(header.heads / (width < PHONE ? 4 : 8)) * ((width / (width < PHONE ? 4 : 8)) / aspect + caption) + layers * 48;
      return headPlaces({ ...all, width, height });
    };
    element.classList.remove("scrolls");
    let g = places();
    if (wide && g.height > element.clientHeight + 1) {
      element.classList.add("scrolls");
      g = places(); // beside the scroll bar
    }
    this.geometry = { ...g, caption, names };
    const { tileGrid, grid } = this;
    tileGrid.style.gridTemplateColumns = `repeat(${g.across}, ${g.w}px)`;
    tileGrid.style.gridAutoRows = `${g.h + caption}px`;
    tileGrid.style.gap = `${g.gap}px`;
    tileGrid.style.setProperty("--caption", `${caption}px`);
    grid.hidden = layers < 2;
    grid.style.gridTemplateColumns = `${names - g.mini.gap}px repeat(${header.heads}, ${g.mini.w}px)`;
    grid.style.gridAutoRows = `${g.mini.h}px`;
    grid.style.gap = `${g.mini.gap}px`;
    for (const { button, layer } of this.minis) button.hidden = !held.includes(layer);
    this.names.forEach((name, layer) => (name.hidden = !held.includes(layer)));
    stage.sizeCanvas(this.tileCanvas, g.across * (g.w + g.gap) - g.gap, Math.ceil(header.heads / g.across) * (g.h + caption + g.gap) - g.gap);
    stage.sizeCanvas(this.miniCanvas, names + header.heads * (g.mini.w + g.mini.gap) - g.mini.gap, layers * (g.mini.h + g.mini.gap));
  }

  paint() {
    const { stage } = this;
    const { selection, words } = stage;
    const { kind, layer } = selection.state;
    this.tiles.forEach((button, head) => {
      setPressed(button, !selection.isAverage && selection.heads.includes(head));
      button.classList.toggle("removed", selection.isAblated(kind, layer, head));
    });
    for (const { button, layer: own, head } of this.minis) {
      setPressed(button, own === layer && selection.heads.includes(head));
      button.classList.toggle("removed", selection.isAblated(kind, own, head));
      button.classList.toggle("of-average", selection.isAverage);
    }
    this.names.forEach((name, own) => name.classList.toggle("now", own === layer));
    setAttribute(this.grid, "aria-label", fill(words.heads_alt, { kind: words.kinds_long[kind] }));
    if (this.grid.hidden) return;
    const { mini, names } = this.geometry;
    const context = this.smooth(this.miniCanvas, mini);
    selection.weights.layersOf(kind).forEach((own, line) => {
      for (const head of range(selection.header.heads)) {
        drawHead(context, selection, { layer: own, head, x: names + head * (mini.w + mini.gap), y: line * (mini.h + mini.gap), w: mini.w, h: mini.h }, this.look);
      }
    });
  }

  /** The pictures of the layer in focus, with the row of this step and the cell under the pointer marked in each. */
  draw() {
    const { stage, geometry: g } = this;
    const { selection, hover, palette } = stage;
    const { view, state, currentRow, visible } = selection;
    const context = this.smooth(this.tileCanvas, g);
    const [cw, ch] = [g.w / Math.max(1, view.columns.length), g.h / Math.max(1, view.rows.length)];
    for (const head of range(selection.header.heads)) {
      const x = (head % g.across) * (g.w + g.gap);
      const y = Math.floor(head / g.across) * (g.h + g.caption + g.gap) + g.caption;
      drawHead(context, selection, { layer: state.layer, head, x, y, w: g.w, h: g.h }, this.look);
      if (ch < 3) continue;
      context.lineWidth = 1.5;
      context.strokeStyle = palette.target;
      if (currentRow >= 0) context.strokeRect(x + 0.75, y + currentRow * ch, g.w - 1.5, ch);
      if (!(hover?.row < visible) || hover.column === undefined) continue;
      context.lineWidth = 2;
      context.strokeStyle = palette.accent;
      context.strokeRect(x + hover.column * cw, y + hover.row * ch, cw, ch);
    }
  }

  get look() {
    const { stage } = this;
    const picture = (layer, head, map) => stage.picture(`${layer} ${head}`, map, stage.selection.view);
    return { palette: stage.palette, table: stage.table, picture };
  }

  /** A canvas to draw on: pictures that are smaller than their maps are smoothed. */
  smooth(canvas, { w, h }) {
    const { view } = this.stage.selection;
    const context = this.stage.context(canvas);
    context.imageSmoothingEnabled = view.columns.length > w || view.rows.length > h;
    context.imageSmoothingQuality = "medium";
    return context;
  }
}
