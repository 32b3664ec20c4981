// The maps of all heads of one side, each large enough to be pointed at: names on the outer edges, and above each map the piece
// in question with the weight that this head gives it. A click on a map shows it alone.

import { clamp, make, range, setAttribute } from "../kit/dom.js";
import { fill, fitted, number } from "../kit/format.js";
import { nameColour, raised } from "../kit/labels.js";
import { drawSmallMap } from "../kit/smallmap.js";
import { Caption } from "./caption.js";
import { GAP, mapsInRoom } from "./layout.js";

const TILT = Math.PI * 0.3;

export class Overview {
  /** @param {import("./side_panel.js").SidePanel} panel */
  constructor(panel) {
    this.panel = panel;
    const { pair, side } = panel;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.tiles = range(side.heads).map((head) => {
      const caption = new Caption(head);
      const element = make("button", { type: "button", class: "tile", onclick: () => panel.enlarge(head) }, caption.element);
      element.onpointermove = (event) => event.pointerType !== "touch" && pair.point(this.cellAt(event, head));
      element.onpointerleave = () => pair.point(null);
      return { head, element, caption };
    });
    this.element = make("div", { class: "overview", role: "group", "aria-label": fill(pair.words.heads, { side: side.letter }) }, this.canvas, ...this.tiles.map(({ element }) => element));
  }

  /** Find the place of each map, in this height or more. -> the height of all */
  layout(height) {
    const { pair, view, side } = this.panel;
    const { fontSize: size, em } = pair;
    const width = this.element.clientWidth;
    const measure = (word) => pair.measure(word.label, size, 700); // as it is written when it is lit
    const longest = (words) => Math.max(size, ...words.map(measure));
    const names = Math.ceil(Math.min(longest(view.rows), clamp(width * 0.11, 44, 110))) + 10;
    const [rows, columns] = [Math.max(1, view.rows.length), Math.max(1, view.columns.length)];
    const caption = Math.round(em * 1.25);
    const widest = longest(view.columns);
    const lean = Math.min(widest, size * 5) * Math.cos(TILT);
    const room = { n: side.heads, rows, columns, width: width - 2, height, names, caption };
    const flat = { ...mapsInRoom({ ...room, labels: size + 8 }), labels: size + 8, rotated: false, named: true };
    const high = Math.ceil(Math.min(widest, size * 5) * Math.sin(TILT) + size * 0.6 + 6);
    const turned = { ...mapsInRoom({ ...room, width: width - 2 - lean, labels: high }), labels: high, rotated: true, named: true };
    const bare = { ...mapsInRoom({ ...room, labels: 0 }), labels: 0, rotated: false, named: false };
    const fits = turned.across === bare.across && turned.w / columns >= (size + 2) / Math.sin(TILT);
    const g = widest + 4 <= flat.w / columns ? flat : fits ? turned : bare;
    this.geometry = { ...g, names, caption, cw: g.w / columns, ch: g.h / rows };
    const places = this.tiles.map(({ head }) => this.place(head));
    this.tiles.forEach(({ element }, i) => {
      const { x, y, top } = places[i];
      element.style.cssText = `left: ${x}px; top: ${top}px; width: ${g.w}px; height: ${y + g.h - top}px; --caption: ${caption}px`;
    });
    this.element.style.height = `${g.height}px`;
    pair.sizeCanvas(this.canvas, width, g.height + 2);
    return g.height;
  }

  /** Where a head's map stands: its cells at x and y, its heading at `top`. */
  place(head) {
    const { across, w, h, names, caption, labels, everywhere } = this.geometry;
    const [column, row] = [head % across, Math.floor(head / across)];
    const above = everywhere || row === 0 ? labels : 0;
    const top = row * (caption + h + GAP + (everywhere ? labels : 0)) + (row && !everywhere ? labels : 0);
    return { x: names + column * (w + GAP), y: top + caption + above, top, first: column === 0, named: above > 0 };
  }

  /** The cell of a head's map that an event is over; null where there is none. */
  cellAt(event, head) {
    const { view, visible, side } = this.panel;
    const { cw, ch, h } = this.geometry;
    const place = this.canvas.getBoundingClientRect();
    const { x, y } = this.place(head);
    const row = Math.floor((event.clientY - place.top - y) / ch);
    const column = Math.floor((event.clientX - place.left - x) / cw);
    const inside = event.clientY - place.top - y < h;
    if (!inside || row < 0 || row >= visible || column < 0 || column >= view.columns.length) return null;
    return view.allowed(view.rows[row], view.columns[column]) ? { row, column, at: side.at } : null;
  }

  paint() {
    const { panel } = this;
    const { side, pair } = panel;
    const { kind, layer } = pair.state;
    for (const { head, element, caption } of this.tiles) {
      const change = side.change(kind, layer, head);
      const found = panel.foundIn(head);
      caption.paint(found, change);
      const about = [fill(pair.words.head_n, { n: head + 1 }), change && pair.words.changed[change], found && fill(pair.words.cell, { ...found, value: number(found.weight) })];
      setAttribute(element, "aria-label", `${side.letter}: ${about.filter(Boolean).join(", ")}`);
      setAttribute(element, "title", fill(pair.words.enlarge, { n: head + 1 }));
    }
  }

  draw() {
    if (!this.geometry) return;
    const { panel } = this;
    const { pair, side, view, visible, current, hover } = panel;
    const { kind, layer } = pair.state;
    const { w, h } = this.geometry;
    const context = pair.context(this.canvas);
    const { palette, table } = pair;
    const row = current < visible ? current : -1;
    for (const { head } of this.tiles) {
      const place = this.place(head);
      const picture = () => side.picture(kind, layer, head, table);
      const hatch = view.masked ? pair.hatching() : null;
      drawSmallMap(context, { map: side.map(kind, layer, head), picture, view, visible, current: row, hover, palette, table, hatch }, { x: place.x, y: place.y, w, h });
      if (place.first) this.drawRowNames(context, place, row);
      if (place.named) this.drawColumnNames(context, place);
    }
  }

  /** The names of the rows that are there: first the one in question, then those that find room. */
  drawRowNames(context, { x, y }, current) {
    const { pair, view, visible, hover } = this.panel;
    const { ch, names } = this.geometry;
    const { fontSize: size, fonts, palette } = pair;
    const strong = [hover?.row, current].filter((row) => row >= 0);
    const placed = [];
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const row of [...strong, ...range(visible)]) {
      if (placed.some((other) => Math.abs(other - row) * ch < size + 1)) continue;
      placed.push(row);
      context.font = `${strong.includes(row) ? 700 : 400} ${size}px ${fonts}`;
      context.fillStyle = nameColour(palette, view.rows[row]);
      context.fillText(fitted(context, view.rows[row].label, names - 8), x - 7, y + (row + 0.5) * ch + 1);
    }
  }

  drawColumnNames(context, { x, y }) {
    const { pair, view, hover } = this.panel;
    const { cw, labels, rotated } = this.geometry;
    const { fontSize: size, fonts, palette, state } = pair;
    view.columns.forEach((column, c) => {
      if (column.ready > state.step) return;
      context.font = `${c === hover?.column ? 700 : 400} ${size}px ${fonts}`;
      context.fillStyle = nameColour(palette, column);
      context.textAlign = rotated ? "left" : "center";
      context.textBaseline = rotated ? "middle" : "alphabetic";
      context.save();
      context.translate(x + (c + 0.5) * cw, y - 6);
      if (rotated) context.rotate(-TILT);
      context.fillText(fitted(context, column.label, rotated ? (labels - 6) / Math.sin(TILT) - size * 0.5 : cw + 4), 0, -raised(column.label, size));
      context.restore();
    });
  }
}
