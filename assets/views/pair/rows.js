// One row of one side as lines: what a word attends to in all heads, a colour for each head.

import { clamp, make, range, setAttribute } from "../kit/dom.js";
import { drawFan } from "../kit/fan.js";
import { fill, fitted } from "../kit/format.js";
import { nameColour, raised } from "../kit/labels.js";
import { Caption } from "./caption.js";

export class RowLines {
  /** @param {import("./side_panel.js").SidePanel} panel */
  constructor(panel) {
    this.panel = panel;
    const { pair, side } = panel;
    this.captions = range(side.heads).map((head) => new Caption(head));
    this.legend = make("div", { class: "legend" }, ...this.captions.map(({ element }) => element));
    this.canvas = make("canvas", { role: "img" });
    this.canvas.onpointermove = (event) => event.pointerType !== "touch" && pair.point(this.keyAt(event));
    this.canvas.onpointerleave = () => pair.point(null);
    this.element = make("div", { class: "row-lines" }, this.legend, this.canvas);
  }

  /** Words as far apart as the height allows; of more than fit the page grows. */
  layout(height) {
    const { pair, view } = this.panel;
    const width = this.element.clientWidth;
    const room = height - this.legend.offsetHeight - 12;
    const size = clamp(Math.floor(room / view.columns.length / 1.35), pair.fontSize, Math.round(pair.em * 1.1));
    const top = size + 8; // the numbers of the heads
    const pitch = clamp((room - top) / view.columns.length, size * 1.15, size * 2.2);
    const measure = (word) => pair.measure(word.label, size, 700);
    const names = Math.ceil(Math.min(width * 0.3, Math.max(...view.columns.map(measure)))) + 6;
    const words = Math.ceil(Math.min(width * 0.25, Math.max(...view.rows.map(measure)) * 1.2)) + 10;
    const band = Math.floor(clamp((width * 0.3) / this.captions.length, 4, 24));
    const left = names + band * this.captions.length + 4;
    this.geometry = { size, pitch, top, names, band, bands: names, left, right: width - words };
    pair.sizeCanvas(this.canvas, width, Math.ceil(top + pitch * view.columns.length + 2));
  }

  keyAt(event) {
    const { side, row, pair } = this.panel;
    if (row < 0) return null;
    const { top, pitch } = this.geometry;
    const { columns } = side.headsOf(pair.state.kind, pair.state.layer, row);
    const column = columns[Math.floor((event.clientY - this.canvas.getBoundingClientRect().top - top) / pitch)];
    return column === undefined ? null : { column, at: side.at };
  }

  paint() {
    const { panel } = this;
    const { kind, layer } = panel.pair.state;
    for (const caption of this.captions) caption.paint(panel.foundIn(caption.head), panel.side.change(kind, layer, caption.head));
  }

  draw() {
    const { panel, geometry: g } = this;
    if (!g) return;
    const { pair, side, view, row, hover } = panel;
    const { palette, fonts, state, words } = pair;
    const context = pair.context(this.canvas);
    const heads = range(side.heads);
    setAttribute(this.canvas, "aria-label", row < 0 ? "" : `${side.letter}: ${fill(words.lines_alt, { word: view.rows[row].label })} ${panel.finding}`);
    if (row < 0) return;
    const { rows, columns } = side.headsOf(state.kind, state.layer, row);
    context.textBaseline = "middle";
    context.font = `400 ${pair.fontSize}px ${fonts}`;
    context.fillStyle = palette.text;
    context.textAlign = "center";
    if (g.band > context.measureText(String(side.heads)).width) heads.forEach((head) => context.fillText(String(head + 1), g.bands + (head + 0.5) * g.band, g.top / 2));
    const pointed = columns.indexOf(hover?.column);
    if (pointed >= 0) {
      context.fillStyle = palette.surface;
      context.fillRect(0, g.top + pointed * g.pitch, g.left, g.pitch);
    }
    const middle = (columns.length - 1) / 2;
    drawFan(context, { heads, rows, word: middle }, g, palette);
    columns.forEach((c, k) => {
      const y = g.top + (k + 0.5) * g.pitch + 1;
      context.textAlign = "right";
      context.font = `${k === pointed ? 700 : 400} ${g.size}px ${fonts}`;
      context.fillStyle = nameColour(palette, view.columns[c]);
      const { label } = view.columns[c];
      context.fillText(fitted(context, label, g.names - 6), g.names - 6, y - raised(label, g.size));
    });
    context.textAlign = "left";
    context.font = `700 ${Math.round(g.size * 1.2)}px ${fonts}`;
    context.fillStyle = nameColour(palette, view.rows[row]);
    context.fillText(fitted(context, view.rows[row].label, this.canvas.clientWidth - g.right - 8), g.right + 8, g.top + (middle + 0.5) * g.pitch + 1);
  }
}
