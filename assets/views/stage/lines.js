// Keys on the left, queries on the right, and between them a line for each weight that is kept.

import { headColour } from "../kit/colour.js";
import { clamp, make, range, ScrollPlace, setPressed, setText } from "../kit/dom.js";
import { fill, number } from "../kit/format.js";

const PLAIN = 6000; // lines: of more, curves cost more than they show
const CROWD = 1500; // pairs of pieces: among more, the current row stands out and the others stay as a ground

/** Draw the lines of the heads that are drawn, on screen and on paper.
 *  @param {import("../kit/payloads.js").DrawingContext} context
 *  @param {import("./state.js").Selection} selection
 *  @param {{rows: number[], columns: number[], byRow: boolean, byColumn: boolean}} active
 *  @param {{left: number, right: number, rows: number[], columns: number[], room: number, top: number, height: number}} g
 *  where words stand; `room` is a word's height; `top` and `height`: what is seen of all
 *  @param {import("../kit/payloads.js").Palette} palette
 *  @returns {{drawn: number, all: number, rows: Set<number>, columns: Set<number>}} how many lines, and which words they join */
export function drawLines(context, selection, active, g, palette) {
  const heads = selection.drawnHeads;
  const width = selection.view.columns.length;
  const current = selection.currentRow;
  const result = { drawn: 0, all: 0, rows: new Set(), columns: new Set() };
  const thick = clamp(g.room * 0.3, 3, 11) / Math.sqrt(heads.length);
  const spread = heads.length > 1 ? clamp((g.room * 0.75) / heads.length, 1.5, thick + 1) : 0;
  const bend = (g.right - g.left) * 0.42;
  const plain = active.rows.length * active.columns.length * heads.length > PLAIN;
  const crowded = !active.byRow && !active.byColumn && current >= 0 && selection.weights.T * width * heads.length > CROWD;
  const isSeen = (y) => y > g.top - 20 && y < g.top + g.height + 20;
  heads.forEach((head, k) => {
    const { map, cuts } = selection.drawn(head);
    const shift = (k - (heads.length - 1) / 2) * spread - g.top;
    const strengths = range(32).map(() => []); // 16 strengths; those of the current row apart
    for (const r of active.rows) {
      const y2 = g.rows[r];
      const seen = isSeen(y2);
      for (const c of active.columns) {
        const weight = map[r * width + c];
        if (!(weight > 0)) continue;
        result.all++;
        if (weight < cuts[r]) continue;
        result.drawn++;
        result.rows.add(r);
        result.columns.add(c);
        const y1 = g.columns[c];
        if (seen || isSeen(y1)) strengths[Math.min(15, Math.floor(weight * 16)) + (r === current ? 16 : 0)].push(y1 + shift, y2 + shift);
      }
    }
    context.strokeStyle = head === null ? palette.primary : headColour(palette, head);
    strengths.forEach((ends, level) => {
      if (!ends.length) return;
      context.beginPath();
      for (let i = 0; i < ends.length; i += 2) {
        context.moveTo(g.left + 6, ends[i]);
        if (plain) context.lineTo(g.right - 6, ends[i + 1]);
        else context.bezierCurveTo(g.left + bend, ends[i], g.right - bend, ends[i + 1], g.right - 6, ends[i + 1]);
      }
      const weight = ((level % 16) + 0.5) / 16;
      context.globalAlpha = (0.1 + 0.9 * weight ** 0.8) * (crowded && level < 16 ? 0.25 : 1);
      context.lineWidth = 0.8 + thick * weight;
      context.stroke();
    });
  });
  context.globalAlpha = 1;
  return result;
}

/** Beside each word that a line leads to: the sum over the rows (or columns) that are shown, mean of the chosen heads. */
export function drawLineNumbers(context, selection, active, lit, g, { palette, fonts, size }) {
  const { focus, view } = selection;
  const width = view.columns.length;
  context.font = `600 ${size}px ${fonts}`;
  context.textBaseline = "middle";
  const put = (x, y, sum, align) => {
    if (y < g.top - 10 || y > g.top + g.height + 10 || sum < 0.005) return;
    const text = number(sum);
    const wide = context.measureText(text).width;
    context.fillStyle = palette.background;
    context.globalAlpha = 0.86;
    context.fillRect(align === "left" ? x - 2 : x - wide - 2, y - g.top - size / 2 - 1, wide + 4, size + 2);
    context.globalAlpha = 1;
    context.fillStyle = palette.text;
    context.textAlign = align;
    context.fillText(text, x, y - g.top + 1);
  };
  const sumOf = (rows, columns) => rows.reduce((total, r) => columns.reduce((sum, c) => sum + focus[r * width + c], total), 0);
  if (active.byRow) for (const c of lit.columns) put(g.left + 8, g.columns[c], sumOf(active.rows, [c]), "left");
  if (active.byColumn) for (const r of lit.rows) put(g.right - 8, g.rows[r], sumOf([r], active.columns), "right");
}

export class Lines {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w } = stage;
    this.canvas = make("canvas", { role: "img" });
    this.labels = make("div", { class: "labels", role: "group", "aria-label": w.lines_words });
    this.content = make("div", { class: "content" }, this.canvas, this.labels);
    this.box = make("div", { class: "box", tabindex: "0", role: "group", "aria-label": w.lines }, this.content);
    this.scroll = new ScrollPlace(this.box, () => this.draw());
    this.thresholdText = make("span", { class: "number" });
    this.threshold = make("input", {
      type: "range",
      min: 50,
      max: 100,
      step: 5,
      "aria-label": w.keep_alt,
      "data-term": "kept-weights",
      oninput: () => stage.change({ threshold: Number(this.threshold.value) }),
    });
    this.keep = make("label", { class: "keep" }, this.threshold, this.thresholdText);
    this.left = make("span", { class: "left" });
    this.right = make("span", { class: "right" });
    this.element = make("div", { class: "lines" }, make("div", { class: "axes" }, this.left, this.right), this.box);
  }

  get isShown() {
    return this.stage.selection.state.view === "lines";
  }

  /** Two columns of words. They are elements, so that any script, an emoji or a reader's voice does what it should. */
  layout() {
    const { stage } = this;
    if (!this.isShown) return;
    const { view } = stage.selection;
    const width = this.box.clientWidth;
    const height = this.box.clientHeight;
    const pitch = stage.fontSize + 2;
    const content = Math.max(height, Math.max(view.rows.length, view.columns.length) * pitch);
    const inner = content > height ? this.box.clientWidth : width;
    const room = content / Math.max(view.rows.length, view.columns.length, 1);
    const size = clamp(Math.floor(room * 0.62), stage.fontSize, Math.round(stage.em * 1.34));
    const widest = (words) => Math.max(20, ...words.map((word) => stage.measure(word.label, size) * 1.08)) + 20;
    const left = Math.min(widest(view.columns), inner * 0.36);
    const right = Math.min(widest(view.rows), inner * 0.36);
    this.content.style.height = `${content}px`;
    stage.sizeCanvas(this.canvas, inner, height);
    const places = (n) => range(n).map((i) => ((i + 0.5) * content) / n);
    this.geometry = { height, left, right: inner - right, columns: places(view.columns.length), rows: places(view.rows.length), room, content };
    const label = (side, words) => words.map((word, i) => this.label(side, word, i, { slot: content / words.length, size, width: side === "r" ? right : left }));
    this.columnLabels = label("c", view.columns);
    this.rowLabels = label("r", view.rows);
    this.labels.replaceChildren(...this.columnLabels, ...this.rowLabels);
    this.scroll.remember();
  }

  label(side, word, i, { slot, size, width }) {
    const { stage } = this;
    const w = stage.words;
    const tall = Math.min(slot, size * 1.7);
    const title = side === "r" && word.reads ? `${w.reads} ${word.reads} → ${w.predicts} ${word.label}` : word.label;
    const place = `top:${((i + 0.5) * slot - tall / 2).toFixed(1)}px;height:${tall.toFixed(1)}px;font-size:${size}px;width:${width.toFixed(1)}px`;
    const element = make(
      "button",
      {
        type: "button",
        class: `label ${side === "r" ? "reader" : "key"} ${word.side}${word.special ? " special" : ""}${word.joined ? " joined" : ""}`,
        title,
        "aria-label": fill(w.pin, { piece: title }),
        style: place,
        onclick: () => stage.togglePin(side, word),
      },
      make("bdi", { dir: "auto", text: word.label }),
    );
    const point = () => stage.point(side === "r" ? { row: i } : { column: i });
    element.onpointerenter = (event) => event.pointerType !== "touch" && point();
    element.onpointerleave = () => stage.point(null);
    element.onfocus = () => element.matches(":focus-visible") && point();
    element.onblur = () => stage.point(null);
    return element;
  }

  paint() {
    const { selection, words: w } = this.stage;
    const { threshold, kind } = selection.state;
    if (Number(this.threshold.value) !== threshold) this.threshold.value = String(threshold);
    setText(this.thresholdText, fill(w.keep, { percent: threshold }));
    setText(this.left, w.is_read);
    setText(this.right, kind === "encoder_self" ? w.reader_encoder : w.predicts);
  }

  draw() {
    const { stage } = this;
    if (!this.isShown) return;
    const { selection, hover, palette } = stage;
    const context = stage.context(this.canvas);
    const active = selection.active(hover);
    const g = { ...this.geometry, top: this.scroll.y };
    const lit = drawLines(context, selection, active, g, palette);
    this.drawn = lit.drawn;
    this.all = lit.all;
    this.isNumbered = active.byRow || active.byColumn;
    drawLineNumbers(context, selection, active, lit, g, { palette, fonts: stage.fonts, size: stage.fontSize });
    this.paintLabels(this.columnLabels, selection.view.columns, { lit: lit.columns, marked: hover?.column, pinned: selection.pinned("c"), step: selection.state.step });
    this.paintLabels(this.rowLabels, selection.view.rows, { lit: lit.rows, marked: hover?.row, pinned: selection.pinned("r"), step: selection.written });
    const current = selection.currentRow;
    this.rowLabels.forEach((label, i) => label.classList.toggle("now", i === current));
  }

  paintLabels(labels, words, { lit, marked, pinned, step }) {
    labels.forEach((label, i) => {
      const isPinned = pinned.includes(i);
      label.classList.toggle("ghost", words[i].ready > step);
      label.classList.toggle("marked", i === marked);
      label.classList.toggle("dim", this.isNumbered && !lit.has(i) && i !== marked && !isPinned);
      setPressed(label, isPinned);
    });
  }

  /** Bring a row into sight, where not everything fits. */
  scrollTo(row) {
    if (!this.isShown) return;
    const { rows, content, height } = this.geometry;
    const y = rows[row];
    if (content > height && (y < this.scroll.y + 24 || y > this.scroll.y + height - 24)) this.scroll.to({ y: y - height / 2 });
  }
}
