// The weights in focus as a heatmap, as lines, or as a table of numbers.

import { make, segments, setAttribute, setPressed, setText } from "../kit/dom.js";
import { fill, number } from "../kit/format.js";
import { drawHeatmap, MapBox } from "../kit/heatmap.js";
import { namesLeftOut } from "../kit/labels.js";

export class MapPanel {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w } = stage;
    this.title = make("strong", { class: "title" });
    this.readout = make("span", { class: "readout" });
    this.map = new MapBox(w.map, {
      view: () => stage.selection.view,
      visible: () => stage.selection.visible,
      point: (cell) => stage.point(cell),
      choose: (cell) => {
        const { state, view } = stage.selection;
        if (cell?.row !== undefined && state.kind !== "encoder_self") stage.go(view.rows[cell.row].to - 1);
        stage.point(cell);
      },
      scrolled: () => this.isMap && this.draw(),
    });
    const choice = (view) => make("button", { type: "button", text: w[view], title: view === "table" && w.table_alt, onclick: () => stage.change({ view }) });
    this.choices = Object.fromEntries(["map", "lines", "table"].map((view) => [view, choice(view)]));
    const scale = make(
      "span",
      { class: "scale", role: "img", "aria-label": w.scale, title: w.scale },
      make("span", { text: "0" }),
      make("i", { class: "ramp" }),
      make("span", { text: "1" }),
    );
    this.element = make(
      "section",
      { class: "panel map", "aria-label": w.map },
      make("div", { class: "panel-head" }, this.title, this.readout, scale, stage.lines.keep, segments(w.view, Object.values(this.choices))),
      this.map.box,
      stage.lines.element,
    );
  }

  get isMap() {
    return this.stage.selection.state.view === "map";
  }

  layout() {
    const { map, stage } = this;
    map.box.hidden = stage.lines.isShown;
    stage.lines.element.hidden = !stage.lines.isShown;
    if (!this.isMap) {
      map.content.style.width = "";
      map.content.style.height = "";
      map.scroll.remember();
      return;
    }
    if (map.canvas.parentElement !== map.content) map.content.replaceChildren(map.canvas);
    map.measure(stage.fontSize, (text, size) => stage.measure(text, size));
    map.settle();
    stage.sizeCanvas(map.canvas, map.geometry.width, map.geometry.height);
  }

  paint(finding) {
    const { selection, words: w } = this.stage;
    const { view, state } = selection;
    const where = selection.where(w);
    setText(this.title, where);
    setAttribute(this.title, "title", where);
    const names = { kind: w.kinds_long[state.kind], where, finding, rows: view.rows.length, columns: view.columns.length };
    setAttribute(this.map.canvas, "aria-label", fill(w.map_alt, names));
    for (const [name, button] of Object.entries(this.choices)) setPressed(button, name === state.view);
    if (state.view === "table") this.paintTable();
  }

  draw() {
    const { map, stage } = this;
    const { selection } = stage;
    if (!map.geometry) return;
    const name = `focus ${selection.state.layer} ${selection.heads}`;
    const scene = {
      view: selection.view,
      focus: selection.focus,
      visible: selection.visible,
      current: selection.currentRow,
      hover: stage.hover,
      pinned: { rows: selection.pinned("r"), columns: selection.pinned("c") },
      strongest: this.strongest,
      step: selection.state.step,
      written: selection.written,
      palette: stage.palette,
      table: stage.table,
      fonts: stage.fonts,
      size: stage.fontSize,
      picture: () => stage.picture(name, selection.focus, selection.view),
    };
    drawHeatmap(stage.context(map.canvas), map.geometry, scene, map.scroll);
  }

  /** The cell under the pointer, in words; it shares its place with the title. */
  paintReadout() {
    const { selection, hover, words } = this.stage;
    const { view, focus } = selection;
    const pointed = hover?.row !== undefined && hover.column !== undefined;
    this.title.hidden = pointed;
    if (!pointed) return setText(this.readout, "");
    const [reader, key] = [view.rows[hover.row].label, view.columns[hover.column].label];
    const weight = number(focus[hover.row * view.columns.length + hover.column]);
    return setText(this.readout, fill(words.cell, { reader, key, weight }));
  }

  paintTable() {
    const { words: w, selection } = this.stage;
    const { view, focus, visible, currentRow, state } = selection;
    const width = view.columns.length;
    const head = make("tr", {}, make("th", { scope: "col", text: view.kind === "encoder_self" ? w.reader_encoder : w.reader }));
    for (const column of view.columns) {
      const known = column.ready <= state.step;
      const name = make("bdi", { dir: "auto", class: known ? "" : "ahead", text: column.label });
      head.append(make("th", { scope: "col", class: column.side }, name));
    }
    const body = make("tbody");
    for (let r = 0; r < visible; r++) {
      const row = view.rows[r];
      const name = make("th", { scope: "row" });
      if (row.reads !== undefined) name.append(make("bdi", { class: "reads", dir: "auto", text: row.reads }), " → ");
      name.append(make("bdi", { class: row.side, dir: "auto", text: row.label }));
      const line = make("tr", { class: r === currentRow ? "now" : "" }, name);
      view.columns.forEach((column, c) => {
        const there = view.allowed(row, column);
        line.append(make("td", { text: there ? number(focus[r * width + c]) : "" }));
      });
      body.append(line);
    }
    const caption = fill(w.table_caption, { kind: w.kinds_long[view.kind], where: selection.where(w) });
    this.map.content.replaceChildren(make("table", {}, make("caption", { text: caption }), make("thead", {}, head), body));
  }

  /** What of the map cannot be seen at once: "scroll", or "names" that are left out for want of room; null: nothing. */
  get unseen() {
    const { geometry } = this.map;
    if (!this.isMap || !geometry) return null;
    if (geometry.scrolls) return "scroll";
    const { rows, columns } = namesLeftOut(geometry, this.stage.fontSize);
    return rows || columns ? "names" : null;
  }

  /** The column that the row of this step weighs most; -1 where there is no such row. */
  get strongest() {
    const { view, focus, currentRow: row } = this.stage.selection;
    if (row < 0) return -1;
    const weights = focus.subarray(row * view.columns.length, (row + 1) * view.columns.length);
    return weights.reduce((most, weight, c) => (weight > weights[most] ? c : most), 0);
  }

  /** Bring a row, and the cell in it that weighs most, into sight, where not everything fits. */
  scrollTo(row) {
    const { geometry: g, scroll } = this.map;
    if (!this.isMap || !g?.scrolls) return;
    const along = (index, size, at, room) => (index * size < at || (index + 1) * size > at + room ? (index + 0.5) * size - room / 2 : undefined);
    scroll.to({ x: along(this.strongest, g.cw, scroll.x, g.width - g.x0), y: along(row, g.ch, scroll.y, g.height - g.y0) });
  }
}
