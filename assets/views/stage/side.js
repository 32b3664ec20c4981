// Beside lines and heatmap: all heads of all layers as small maps, and the candidates for this step.

import { make, range, setAttribute, setPressed, setText } from "../kit/dom.js";
import { chance, fill, surface } from "../kit/format.js";
import { drawCells } from "../kit/heatmap.js";

/** Draw the map of every head, on screen and on paper.
 *  @param {import("../kit/payloads.js").DrawingContext} context
 *  @param {import("./state.js").Selection} selection
 *  @param {{x: number, y: number, w: number, h: number, gap: number}} g where the first map stands, and the size of each
 *  @param {{palette: import("../kit/payloads.js").Palette, table: import("../kit/payloads.js").ColourTable, picture: (layer: number, head: number, map: Float32Array) => HTMLCanvasElement}} look */
export function drawHeads(context, selection, g, { palette, table, picture }) {
  const { view, visible, weights, state } = selection;
  for (const layer of range(weights.layers(state.kind))) {
    for (const head of range(weights.header.heads)) {
      const x = g.x + head * (g.w + g.gap);
      const y = g.y + layer * (g.h + g.gap);
      context.fillStyle = palette.surface;
      context.fillRect(x, y, g.w, g.h);
      const map = weights.shown(view, layer, head);
      const scene = { picture: () => picture(layer, head, map), map, view, visible, table };
      drawCells(context, scene, { x, y, w: g.w, h: (g.h * visible) / Math.max(1, view.rows.length) });
    }
  }
}

export class HeadGrid {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w, header } = stage;
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.buttons = [];
    this.grid = make("div", { class: "grid", role: "group" });
    this.grid.append(
      make("span"),
      ...range(header.heads).map((head) =>
        make(
          "span",
          { class: "column-name", "aria-hidden": "true" },
          make("i", { class: "dot", style: `--dot: var(--head-${head % 8})` }),
          make("span", { text: String(head + 1) }),
        ),
      ),
    );
    for (const layer of range(Math.max(...header.layers))) {
      this.grid.append(make("span", { class: "row-name", "aria-hidden": "true", text: String(layer + 1) }));
      for (const head of range(header.heads)) this.grid.append(this.button(layer, head));
    }
    this.box = make("div", { class: "grid-box" }, this.canvas, this.grid);
    this.element = make(
      "section",
      { class: "panel heads", "aria-label": w.heads },
      make("div", { class: "panel-head" }, make("strong", { class: "title", text: w.heads })),
      this.box,
    );
  }

  button(layer, head) {
    const { stage } = this;
    const label = fill(stage.words.mini, { layer: layer + 1, head: head + 1 });
    const choose = (event) => {
      if (layer !== stage.selection.state.layer) stage.change({ layer, heads: [head] });
      else stage.chooseHead(head, stage.isSeveral(event));
    };
    const button = make("button", { type: "button", class: "mini", "aria-label": label, title: label, style: `--dot: var(--head-${head % 8})`, onclick: choose });
    this.buttons.push({ button, layer, head });
    return button;
  }

  layout() {
    const { stage, box, grid } = this;
    const { header, weights } = stage;
    const layers = weights.layers(stage.selection.state.kind);
    const names = Math.round(stage.em * 1.1);
    const gap = 4;
    const across = (box.clientWidth - names) / header.heads - gap;
    const room = stage.root.classList.contains("narrow") ? Infinity : stage.presenting ? box.clientHeight - names : stage.em * 7.2;
    const rows = Math.max(...header.layers);
    for (const { button, layer } of this.buttons) button.hidden = layer >= layers;
    const fit = (high) => {
      const h = Math.max(12, Math.floor(Math.min(across, high)));
      const w = Math.max(12, Math.floor(Math.min(across, 2 * h)));
      this.geometry = { x: names + gap, y: names + gap, w, h, gap };
      grid.style.gridTemplateColumns = `${names}px repeat(${header.heads}, ${w}px)`;
      grid.style.gridTemplateRows = `${names}px repeat(${rows}, ${h}px)`;
      grid.style.gap = `${gap}px`;
    };
    const high = room / rows - gap;
    fit(high);
    const panel = box.parentElement; // few heads are wide and so would be high: the candidates below keep their place
    const over = panel.scrollHeight - panel.clientHeight;
    if (over > 0) fit(Math.min(across, high) - (over + gap) / rows);
    const { w, h } = this.geometry;
    stage.sizeCanvas(this.canvas, names + header.heads * (w + gap), names + rows * (h + gap));
  }

  paint() {
    const { stage } = this;
    const { selection, words } = stage;
    const { kind, layer } = selection.state;
    for (const { button, layer: own, head } of this.buttons) {
      setPressed(button, own === layer && selection.heads.includes(head));
      button.classList.toggle("removed", selection.isAblated(kind, own, head));
      button.classList.toggle("of-average", selection.isAverage);
    }
    setAttribute(this.grid, "aria-label", fill(words.heads_alt, { kind: words.kinds_long[kind] }));
    const context = stage.context(this.canvas);
    const { w, h } = this.geometry;
    context.imageSmoothingEnabled = selection.view.columns.length > w || selection.view.rows.length > h;
    context.imageSmoothingQuality = "medium";
    const picture = (own, head, map) => stage.picture(`${own} ${head}`, map, selection.view);
    drawHeads(context, selection, this.geometry, { palette: stage.palette, table: stage.table, picture });
  }
}

export class Candidates {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w } = stage;
    this.note = make("span", { class: "note" });
    this.rows = range(10).map((i) => {
      const text = make("bdi", { dir: "auto" });
      // In the app a candidate can be forced in place of what was chosen, and the model goes on from there.
      const force = () => stage.act({ force: [stage.selection.state.step, stage.selection.candidates().pieces[i]] });
      const name = !stage.can("force")
        ? make("span", { class: "name" }, text)
        : make("button", { type: "button", class: "name", onclick: force }, text);
      const level = make("span", { class: "level" });
      const value = make("span", { class: "number" });
      const mark = make("span", { class: "mark", "aria-hidden": "true", text: "✓" });
      const row = make("li", {}, mark, name, make("span", { class: "well", "aria-hidden": "true" }, level), value);
      return { row, name, text, level, value };
    });
    this.element = make(
      "section",
      { class: "panel candidates", "aria-label": w.candidates },
      make("div", { class: "panel-head" }, make("strong", { class: "title", text: w.candidates }), this.note),
      make("ol", { "aria-label": w.candidates_alt }, ...this.rows.map(({ row }) => row)),
    );
  }

  paint() {
    const { stage } = this;
    const { header, words: w } = stage;
    const { step } = stage.selection.state;
    const { labels, probabilities, pieces } = stage.selection.candidates();
    const chosen = labels.indexOf(header.output[step]);
    const isByte = (i) => header.bytes && /^<0x[0-9A-F]{2}>$/.test(pieces[i]);
    this.rows.forEach(({ row, name, text, level, value }, i) => {
      const there = i < labels.length;
      row.style.visibility = there ? "" : "hidden";
      if (!there) return;
      setText(text, surface(labels[i]));
      setText(value, chance(probabilities[i]));
      level.style.transform = `scaleX(${probabilities[i]})`;
      row.classList.toggle("chosen", i === chosen);
      row.title = `${pieces[i]} ${probabilities[i]}${i === chosen ? ` (${w.chosen})` : ""}${isByte(i) ? `. ${w.byte}` : ""}`;
      if (stage.can("force")) {
        /** @type {HTMLButtonElement} */ (name).disabled = i === chosen;
        const phrase = i === chosen ? w.chosen : fill(w.force, { step: step + 1 });
        row.title = `${row.title}. ${phrase}`;
        setAttribute(name, "aria-label", `${surface(labels[i])}, ${chance(probabilities[i])}. ${phrase}`);
      }
      setAttribute(row, "aria-current", i === chosen);
    });
    const values = { piece: surface(header.output[step]), p: chance(header.chosen[step]) };
    setText(this.note, chosen < 0 ? fill(w.outside, values) : "");
  }
}
