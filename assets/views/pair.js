// Two runs side by side: one step, one kind and one layer for both, a head of its own for each, one scale.
//
// The browser gets both packed Traces in one piece (pages/ui/pair.py); every step, hover and choice is answered here.

import { make, range, segments, setAttribute, setPressed, setText } from "./kit/dom.js";
import { chance, fill, number, signed, surface } from "./kit/format.js";
import { cellPicture, drawHeatmap, MapBox, mapGeometry } from "./kit/heatmap.js";
import { signedShade } from "./kit/strip.js";
import { KINDS, unpack, Weights } from "./kit/trace.js";
import { Transport } from "./kit/transport.js";
import { mount, View } from "./kit/view.js";
import { aligned } from "./pair/align.js";
import { AVERAGE, Side } from "./pair/side.js";
import { possiblePair } from "./pair/state.js";

const TICK = 900; // milliseconds a step

class Pair extends View {
  constructor(parent, assets) {
    super(parent, assets);
    this.hover = null; // {row, column, at}: indices of the view and the side under the pointer
  }

  async read(data) {
    const { header, body } = unpack(data);
    const middle = header.lengths[0];
    const [a, b] = await Promise.all([Weights.read(body.subarray(0, middle)), Weights.read(body.subarray(middle))]);
    return { header, weights: [a, b] };
  }

  take({ header, weights }) {
    const source = JSON.stringify([weights[0].header.source, weights[0].header.typed]);
    const carried = this.state && this.version === header.version;
    const before = { ...this.state, step: this.source === source ? this.state?.step : null };
    this.version = header.version;
    this.source = source;
    this.transport?.stop();
    this.hover = null;
    this.sides = weights.map((one, at) => new Side(one, header.sides[at], at));
    const [a, b] = this.sides.map((side) => side.header);
    this.same = JSON.stringify([a.source, a.languages[0]]) === JSON.stringify([b.source, b.languages[0]]);
    this.linked = header.difference && this.sides[0].heads === this.sides[1].heads;
    this.state = possiblePair(carried ? before : header.state, this.sides, this.linked);
    this.last = Math.max(...this.sides.map((side) => side.T)) - 1;
    // The first rows in which both have read the same: there, and only there, one can be taken from the other.
    const [read, other] = [a, b].map((h) => h.input.map((piece, i) => h.spelled?.output[i - 1] ?? piece)); // bytes, not labels
    const parts = read.findIndex((piece, i) => piece !== other[i]);
    this.common = parts < 0 ? Math.min(a.input.length, b.input.length) : parts;
    this.build();
  }

  destroy() {
    super.destroy();
    this.transport?.stop();
  }

  // --- State

  headOf(side) {
    return side.at ? this.state.head_b : this.state.head_a;
  }

  change(patch) {
    const before = this.state;
    const next = possiblePair({ ...before, ...patch }, this.sides, this.linked);
    if (next.kind !== before.kind) this.hover = null;
    this.state = next;
    if (next.kind !== before.kind) this.layout();
    this.follow = true;
    this.schedule();
    if (!this.transport.playing) this.tell(this.state);
  }

  chooseHead(side, head) {
    this.change(side.at && !this.linked ? { head_b: head } : { head_a: head, ...(this.linked ? { head_b: head } : {}) });
  }

  go(step) {
    this.transport.go(step);
  }

  onKey(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target.tagName === "INPUT") return;
    if ([" ", "Enter"].includes(event.key) && target.tagName === "BUTTON") return event.stopPropagation();
    const { step, layer } = this.state;
    this.doKey(event, {
      ArrowLeft: () => this.go(step - 1),
      ArrowRight: () => this.go(step + 1),
      Home: () => this.go(0),
      End: () => this.go(this.last),
      ArrowUp: () => this.change({ layer: Math.min(layer + 1, this.layers - 1) }),
      ArrowDown: () => this.change({ layer: Math.max(0, layer - 1) }),
      1: () => this.change({ kind: KINDS[0] }),
      2: () => this.change({ kind: KINDS[1] }),
      3: () => this.change({ kind: KINDS[2] }),
      " ": () => this.transport.toggle(),
    });
  }

  get layers() {
    return Math.max(...this.sides.map((side) => side.weights.layers(this.state.kind)));
  }

  /** Whether one map can be taken from the other, cell by cell. */
  get comparable() {
    return this.same && this.sides.every((side) => side.has(this.state.kind));
  }

  // --- Building

  build() {
    const w = this.words;
    this.chips = [[], []];
    this.panels = [...this.sides.map((side) => this.buildPanel(side)), ...(this.header.difference ? [this.buildDifference()] : [])];
    this.said = make("p", { class: "said", "aria-live": "polite" });
    this.rules = make("p", { class: "rules" });
    this.root = make(
      "div",
      {
        class: `hl of${this.panels.length}${this.header.rollout ? " rollout" : ""}`,
        tabindex: "0",
        role: "group",
        "aria-label": fill(w.pair, { a: this.sides[0].name, b: this.sides[1].name }),
        lang: this.header.language === "zh" ? "zh-Hans" : "en",
        onkeydown: (event) => this.onKey(event),
      },
      !this.header.rollout && this.buildSentences(),
      this.buildControls(),
      make("div", { class: "sides" }, ...this.panels.map((panel) => panel.element)),
      make("div", { class: "footer" }, this.rules, this.buildScale()),
      this.said,
    );
    this.follow = true;
  }

  badge(side) {
    return make("span", { class: "badge", text: side.letter, "aria-hidden": "true" });
  }

  buildSentences() {
    const { sides } = this;
    const rows = (this.same ? sides.slice(0, 1) : sides).flatMap((side) => {
      const code = side.header.languages[0];
      const label = make("span", { class: "side-label source" }, !this.same && this.badge(side), make("span", { class: "label", text: this.language(code) }));
      return [label, this.buildSource(side, code)];
    });
    const labels = sides.map((side) =>
      make("span", { class: "side-label target" }, this.badge(side), make("span", { class: "label", text: side.name, title: side.name })),
    );
    this.sentences = make("div", { class: "sentences" }, ...rows, make("div", { class: "side-labels" }, ...labels), this.buildTranslations());
    return this.sentences;
  }

  language(code) {
    return this.words.languages[code] ?? code;
  }

  buildSource(side, code) {
    const { header } = side;
    const chip = (i) => {
      const special = header.source_specials.includes(i);
      const unknown = header.unknown.includes(i);
      const spelled = header.spelled?.source[i];
      const gone = (this.same ? this.sides : [side]).filter((one) => one.about.masked.includes(i)).map((one) => one.letter);
      const notes = [unknown && this.words.unknown, spelled && this.words.spelled, gone.length && fill(this.words.masked_piece, { sides: gone.join(", ") })].filter(Boolean);
      const element = make(
        "span",
        {
          class: `chip source${special ? " special" : ""}${unknown ? " unknown" : ""}${spelled ? " spelled" : ""}${gone.length ? " gone" : ""}`,
          title: notes.length ? `${surface(header.source[i])}: ${notes.join(", ")}` : null,
        },
        make("bdi", { dir: "auto", text: surface(header.source[i]) }),
        (unknown || gone.length > 0) && make("sup", { text: gone.length ? `✕${gone.join("")}` : "?", "aria-hidden": "true" }),
      );
      element.onpointerenter = (event) => event.pointerType !== "touch" && this.state.kind !== "decoder_self" && this.hoverOver({ column: i, at: side.at });
      element.onpointerleave = () => this.hoverOver(null);
      return element;
    };
    const words = header.source_words.map(([from, to]) => make("span", { class: "pieces" }, ...range(to - from).map((i) => chip(from + i))));
    return make("div", { class: "scroller", role: "group", tabindex: "0", "aria-label": this.words.source, lang: code }, make("div", { class: "chips" }, ...words));
  }

  /** Both translations, one above the other: pieces that both have stand in one place, with both probabilities. */
  buildTranslations() {
    const w = this.words;
    const headers = this.sides.map((side) => side.header);
    const comparable = headers[0].languages[1] === headers[1].languages[1];
    const begins = headers.map((header) => new Set(header.output_words.map(([from]) => from)));
    const cell = (at, i, differs) => {
      if (i < 0) return make("span", { class: "cell", "aria-hidden": "true" });
      const header = headers[at];
      const special = header.output_specials.includes(i);
      const spelled = header.spelled?.output[i];
      const title = spelled ? `${surface(header.output[i])}: ${w.spelled}` : null;
      const chip = make(
        "button",
        { type: "button", title, class: `chip target${special ? " special" : ""}${spelled ? " spelled" : ""}${differs ? " differs" : ""}`, onclick: () => this.go(i) },
        differs && make("span", { class: "mark", text: "≠", "aria-hidden": "true" }),
        make("bdi", { dir: "auto", text: surface(header.output[i]) }),
      );
      const p = make("span", { class: "p", text: chance(header.chosen[i]) });
      const note = differs ? `, ${w.differs}` : "";
      const said = `${surface(header.output[i])}, p = ${chance(header.chosen[i])}${note}`;
      this.chips[at].push({ chip, p, i, said });
      return make("span", { class: begins[at].has(i) ? "cell begins" : "cell" }, chip, p);
    };
    const output = headers.map((h) => h.output.map((piece, i) => h.spelled?.output[i] ?? piece)); // bytes, not labels
    const pairs = comparable ? aligned(...output) : range(this.last + 1).map((i) => headers.map((h) => (i < h.output.length ? i : -1)));
    const slots = pairs.map(([i, j]) => {
      const differs = comparable && (i < 0 || j < 0 || output[0][i] !== output[1][j]);
      return make("div", { class: "slot" }, cell(0, i, differs), cell(1, j, differs));
    });
    this.slots = slots;
    this.targetScroller = make("div", { class: "scroller", role: "group", "aria-label": w.translations, lang: headers[0].languages[1] }, make("div", { class: "slots" }, ...slots));
    return this.targetScroller;
  }

  buildControls() {
    const w = this.words;
    this.transport = new Transport(this, {
      last: this.last,
      at: () => this.state.step,
      show: (step) => this.change({ step }),
      pace: () => TICK,
      paused: () => {
        this.schedule();
        this.tell(this.state);
      },
    });
    this.kindButtons = KINDS.map((kind) =>
      make("button", {
        type: "button",
        text: w.kinds[kind],
        title: w.kinds_long[kind],
        disabled: !this.sides.some((side) => side.has(kind)),
        onclick: () => this.change({ kind }),
      }),
    );
    const most = Math.max(1, ...this.sides.flatMap((side) => side.header.layers));
    this.layerButtons = range(most).map((layer) =>
      make("button", { type: "button", text: String(layer + 1), "aria-label": fill(w.layer_n, { n: layer + 1 }), onclick: () => this.change({ layer }) }),
    );
    const layers = make("div", { class: "labelled" }, make("span", { text: w.layer, "aria-hidden": "true" }), segments(w.layer, this.layerButtons));
    if (this.header.rollout) return make("div", { class: "row controls" }, layers);
    return make(
      "div",
      { class: "row controls" },
      this.transport.buttons,
      this.transport.slider,
      this.transport.text,
      segments(w.kind, this.kindButtons),
      layers,
    );
  }

  /** A map that scrolls where it must; `side` is null for the difference. */
  buildMap(side, label) {
    const panel = { side, map: null, none: make("p", { class: "none", hidden: true }) };
    const seen = (cell) => this.hoverOver(cell && { ...cell, at: side?.at ?? "difference" });
    panel.map = new MapBox(label, {
      view: () => this.viewOf(panel),
      visible: () => this.visibleIn(panel),
      point: seen,
      choose: (cell) => {
        if (cell?.row !== undefined && this.state.kind !== "encoder_self") this.go(cell.row);
        seen(cell);
      },
      scrolled: () => this.scrolled(panel),
    });
    return panel;
  }

  buildPanel(side) {
    const w = this.words;
    const panel = this.buildMap(side, fill(w.map, { side: side.letter }));
    panel.where = make("span", { class: "where" });
    panel.readout = make("span", { class: "readout" });
    panel.ablate =
      this.header.ablation &&
      make("button", {
        type: "button",
        class: "toggle",
        text: w.ablate,
        title: w.ablate_alt,
        onclick: () => this.act({ ablate: [side.at, this.state.kind, side.layer(this.state.kind, this.state.layer), this.headOf(side)] }),
      });
    panel.tiles = (side.heads > 1 ? [AVERAGE, ...range(side.heads)] : [0]).map((head) => {
      const picture = make("canvas", { "aria-hidden": "true" });
      const name = make("span", { class: "tile-name", text: head === AVERAGE ? w.average : head + 1 });
      const dot = head !== AVERAGE && make("i", { class: "dot", style: `--dot: var(--head-${head % 8})` });
      const element = make(
        "button",
        { type: "button", class: head === AVERAGE ? "tile mean" : "tile", onclick: () => this.chooseHead(side, head) },
        picture,
        make("span", { class: "caption" }, dot, name),
      );
      return { head, element, picture, name };
    });
    panel.picker = make("div", { class: side.heads > 1 ? "picker" : "picker single", role: "group", "aria-label": fill(w.heads, { side: side.letter }) }, ...panel.tiles.map((tile) => tile.element));
    panel.picker.style.setProperty("--heads", side.heads);
    panel.element = make(
      "section",
      { class: "panel", "aria-label": `${side.letter}: ${side.name}` },
      make("div", { class: "panel-head" }, this.badge(side), make("strong", { class: "name", text: side.name, title: side.name }), panel.where, panel.readout, panel.ablate),
      panel.picker,
      panel.map.box,
      panel.none,
    );
    return panel;
  }

  buildDifference() {
    const w = this.words;
    const panel = this.buildMap(null, w.difference);
    panel.where = make("span", { class: "where" });
    panel.readout = make("span", { class: "readout" });
    panel.note = make("p", { class: "note" });
    const legend = make(
      "span",
      { class: "scale", role: "img", "aria-label": w.scale_difference, title: w.scale_difference },
      make("span", { text: "−1" }),
      make("i", { class: "ramp difference" }),
      make("span", { text: "+1" }),
    );
    panel.element = make(
      "section",
      { class: "panel difference", "aria-label": w.difference },
      make("div", { class: "panel-head" }, make("strong", { class: "name", text: "B − A" }), panel.where, panel.readout),
      make("div", { class: "picker legend" }, legend, panel.note),
      panel.map.box,
      panel.none,
    );
    return panel;
  }

  buildScale() {
    const { scale } = this.words;
    return make("span", { class: "scale", role: "img", "aria-label": scale, title: scale }, make("span", { text: "0" }), make("i", { class: "ramp" }), make("span", { text: "1" }));
  }

  // --- Theme and size

  restyled() {
    for (const side of this.sides ?? []) side.pictures.clear();
    this.differencePicture = null;
    this.hatch = null;
  }

  layout() {
    const width = this.frame.clientWidth;
    if (!this.root || !this.palette || !width) return;
    this.root.classList.toggle("narrow", width < 640);
    const across = width < 640 ? 1 : this.panels.length;
    this.root.classList.toggle("folded", width / across < 430); // heads in two lines
    this.em = parseFloat(getComputedStyle(this.root).fontSize);
    this.fontSize = Math.max(14, Math.round(this.em * 0.78));
    this.layoutMaps();
    this.follow = true;
    this.schedule();
  }

  /** What a panel draws: rows, columns, and how many rows there are at most. */
  viewOf(panel) {
    const { kind } = this.state;
    if (panel.side) return panel.side.view(kind);
    const view = this.sides[0].view(kind);
    const other = this.sides[1].view(kind);
    if (kind === "encoder_self") return { ...view, masked: true, allowed: (row, column) => view.allowed(row, column) || other.allowed(row, column) };
    return {
      ...view,
      rows: view.rows.slice(0, this.common).map((row, r) => this.sharedRow(row, other.rows[r])),
      columns: kind === "decoder_self" ? view.columns.slice(0, this.common) : view.columns,
      masked: true,
      allowed: (row, column) => view.allowed(row, column) || other.allowed(row, column),
    };
  }

  /** A row that reads the same on both sides, and may predict two things. */
  sharedRow(row, other) {
    return row.label === other.label ? row : { ...row, label: `${row.label} / ${other.label}` };
  }

  isShown(panel) {
    return panel.side ? panel.side.has(this.state.kind) : this.comparable;
  }

  layoutMaps() {
    const measure = (text, size) => this.measure(text, size);
    const shown = this.panels.filter((panel) => this.isShown(panel));
    for (const panel of this.panels) {
      const there = shown.includes(panel);
      panel.map.box.hidden = !there;
      panel.none.hidden = there;
      panel.map.geometry = null;
    }
    for (const panel of shown) panel.map.measure(this.fontSize, measure);
    if (this.same && shown.length > 1) {
      // The same sentence: cells of the same size in the same place, so that the eye can go from one map to the other.
      const x0 = Math.max(...shown.map((panel) => panel.map.geometry.x0));
      const all = shown.map((panel) => {
        const { map } = panel;
        const { width, height } = map.room;
        return (map.geometry = mapGeometry(this.viewOf(panel), width - x0 + map.geometry.x0, height, this.fontSize, measure));
      });
      const y0 = Math.max(...all.map((g) => g.y0));
      const scrolls = all.some((g) => g.scrolls);
      const cell = scrolls ? this.fontSize + 4 : Infinity;
      const cw = Math.min(cell, ...all.map((g) => (scrolls ? cell : g.cw)));
      const ch = Math.min(cell, ...all.map((g) => (scrolls ? cell : (g.ch * (g.height - y0)) / (g.height - g.y0))));
      for (const g of all) Object.assign(g, { x0, y0, cw, ch, scrolls, rotated: g.rotated || scrolls });
    }
    for (const panel of shown) {
      const { map } = panel;
      map.settle();
      this.sizeCanvas(map.canvas, map.geometry.width, map.geometry.height);
    }
  }

  /** Maps of the same sentence scroll together. */
  scrolled(panel) {
    const { x, y } = panel.map.scroll;
    for (const other of this.same ? this.panels : [panel]) {
      if (!other.map.geometry) continue;
      if (other !== panel) other.map.scroll.to({ x, y });
      this.drawPanel(other);
    }
  }

  hoverOver(hover) {
    if (JSON.stringify(hover) === JSON.stringify(this.hover)) return;
    this.hover = hover;
    this.pendingHover ??= requestAnimationFrame(() => {
      this.pendingHover = null;
      if (!this.gone) this.paintMaps();
    });
  }

  /** What is under the pointer, as it concerns a panel: rows are the same where the source is. */
  hoverOf(panel) {
    const { hover } = this;
    if (!hover) return null;
    const own = panel.side?.at ?? "difference";
    if (!this.same && hover.at !== own) return null;
    const view = this.viewOf(panel);
    const cell = {};
    if (hover.row < Math.min(this.visibleIn(panel), view.rows.length)) cell.row = hover.row;
    if (hover.column < view.columns.length) cell.column = hover.column;
    return cell.row === undefined && cell.column === undefined ? null : cell;
  }

  visibleIn(panel) {
    const { kind, step } = this.state;
    if (panel.side) return panel.side.visible(kind, step);
    const both = Math.min(...this.sides.map((side) => side.visible(kind, step)));
    return kind === "encoder_self" ? both : Math.min(both, this.common);
  }

  // --- Painting

  paint() {
    if (!this.em) return;
    this.paintSentences();
    this.paintControls();
    this.paintPickers();
    this.paintNotes();
    if (this.follow) {
      this.follow = false;
      this.scrollToStep();
    }
    this.paintMaps();
  }

  paintSentences() {
    const { step } = this.state;
    const w = this.words;
    this.chips.forEach((chips, at) => {
      for (const { chip, p, i, said } of chips) {
        const there = i <= step;
        chip.classList.toggle("ghost", !there);
        chip.classList.toggle("now", i === step);
        p.style.visibility = there ? "" : "hidden";
        setAttribute(chip, "aria-label", `${"AB"[at]}, ${there ? fill(w.go, { step: i + 1, piece: said }) : fill(w.not_yet, { step: i + 1 })}`);
        if (i === step) setAttribute(chip, "aria-current", "step");
        else chip.removeAttribute("aria-current");
      }
    });
  }

  paintControls() {
    const { kind, layer, step } = this.state;
    const w = this.words;
    this.transport.paint(fill(w.step_of, { step: step + 1, steps: this.last + 1 }));
    this.kindButtons.forEach((button, i) => setPressed(button, KINDS[i] === kind));
    this.layerButtons.forEach((button, i) => {
      setPressed(button, i === layer);
      button.hidden = i >= this.layers;
    });
  }

  where(side) {
    const w = this.words;
    const { kind } = this.state;
    const layer = side.layer(kind, this.state.layer) + 1;
    if (this.header.rollout) return fill(w.where_rollout, { layer });
    const head = this.headOf(side);
    if (side.heads === 1) return fill(w.where_only, { layer });
    if (head === AVERAGE) return fill(w.where_average, { layer, n: side.heads });
    return fill(w.where_head, { layer, head: head + 1 });
  }

  paintPickers() {
    const { kind, layer, step } = this.state;
    const w = this.words;
    for (const panel of this.panels) {
      const { side } = panel;
      if (!side) continue;
      const there = side.has(kind);
      panel.picker.style.visibility = there ? "" : "hidden";
      setText(panel.where, there ? this.where(side) : "");
      setAttribute(panel.where, "title", panel.where.textContent);
      if (panel.ablate) panel.ablate.hidden = !there || this.headOf(side) === AVERAGE;
      if (!there) {
        setText(panel.none, fill(w.none, { name: side.name, kind: w.kinds_long[kind] }));
        continue;
      }
      const view = side.view(kind);
      const [rows, columns, visible] = [view.rows.length, view.columns.length, side.visible(kind, step)];
      for (const { head, element, picture, name } of panel.tiles) {
        const change = head === AVERAGE ? undefined : side.change(kind, layer, head);
        const said = head === AVERAGE ? fill(w.average_alt, { n: side.heads }) : fill(w.head_n, { n: head + 1 });
        const label = `${side.letter}: ${said}${change ? `, ${w.changed[change]}` : ""}`;
        setAttribute(element, "aria-label", label);
        setAttribute(element, "title", label);
        setPressed(element, this.headOf(side) === head);
        if (head !== AVERAGE) setText(name, change ? `${head + 1} ✕` : String(head + 1));
        if (picture.width !== columns) picture.width = columns;
        if (picture.height !== rows) picture.height = rows;
        const context = picture.getContext("2d");
        context.clearRect(0, 0, columns, rows);
        context.drawImage(side.picture(kind, layer, head, this.table), 0, 0, columns, visible, 0, 0, columns, visible);
      }
    }
  }

  paintNotes() {
    const { kind, layer, step } = this.state;
    const w = this.words;
    const rules = [this.header.rollout ? w.scale_rollout : w.scale];
    for (const side of this.sides) {
      if (!side.has(kind)) continue;
      const own = side.weights.layers(kind);
      if (layer >= own) rules.push(fill(w.fewer_layers, { side: side.letter, n: own }));
      const away = range(side.heads).some((head) => side.change(kind, layer, head) === "zero");
      if (away && this.headOf(side) === AVERAGE) rules.push(fill(w.average_without, { side: side.letter }));
      if (kind !== "encoder_self" && step >= side.T) rules.push(fill(w.ended, { side: side.letter, step: side.T }));
    }
    if (this.sides.some((side) => side.about.masked.length) && kind !== "decoder_self") rules.push(w.hatched);
    setText(this.rules, rules.join(" · "));
    for (const panel of this.panels) {
      if (panel.side) continue;
      const heads = this.sides.map((side) => this.headOf(side));
      const named = heads[0] === heads[1] && this.linked ? this.where(this.sides[0]) : w.difference_heads;
      setText(panel.where, this.comparable ? named : "");
      setAttribute(panel.where, "title", panel.where.textContent);
      panel.element.classList.toggle("absent", !this.comparable);
      setText(panel.none, this.same ? w.difference_kind : w.difference_source);
      const most = Math.min(...this.sides.map((side) => side.T));
      const ends = kind !== "encoder_self" && this.common < Math.max(...this.sides.map((side) => side.T));
      setText(panel.note, ends ? fill(this.common < most ? w.difference_parts : w.difference_ends, { step: this.common }) : "");
    }
  }

  /** Both maps, and their difference: what changes under the pointer. */
  paintMaps() {
    for (const panel of this.panels) {
      this.paintReadout(panel);
      this.drawPanel(panel);
    }
    const { kind, step } = this.state;
    const said = kind === "encoder_self" ? [] : [fill(this.words.step_of, { step: step + 1, steps: this.last + 1 })];
    for (const panel of this.panels) if (panel.side && panel.map.geometry) said.push(`${panel.side.letter}: ${panel.finding}`);
    setAttribute(this.said, "aria-live", this.transport.playing || this.hover ? "off" : "polite");
    setText(this.said, said.join(". "));
  }

  focusOf(panel) {
    const { kind, layer } = this.state;
    if (panel.side) return panel.side.map(kind, layer, this.headOf(panel.side));
    const key = JSON.stringify([kind, layer, this.state.head_a, this.state.head_b]);
    if (this.differenceKey !== key || this.differenceOf !== this.sides) {
      const maps = this.sides.map((side) => side.map(kind, layer, this.headOf(side)));
      const widths = this.sides.map((side) => side.view(kind).columns.length);
      const view = this.viewOf(panel);
      const [R, C] = [view.rows.length, view.columns.length];
      const result = new Float32Array(R * C);
      for (let r = 0; r < R; r++) for (let c = 0; c < C; c++) result[r * C + c] = maps[1][r * widths[1] + c] - maps[0][r * widths[0] + c];
      Object.assign(this, { differenceKey: key, differenceOf: this.sides, differenceMap: result, differencePicture: null });
    }
    return this.differenceMap;
  }

  drawPanel(panel) {
    const g = panel.map.geometry;
    if (!g) return;
    const { kind, layer, step } = this.state;
    const { side } = panel;
    const view = this.viewOf(panel);
    const focus = this.focusOf(panel);
    const visible = Math.min(this.visibleIn(panel), view.rows.length);
    const current = (side ?? this.sides[0]).current(kind, step);
    const scene = {
      view,
      focus,
      visible,
      current: current < visible ? current : -1,
      hover: this.hoverOf(panel),
      pinned: { rows: [], columns: [] },
      step,
      palette: this.palette,
      table: side ? this.table : this.differences,
      fonts: this.fonts,
      size: this.fontSize,
      picture: () => side ? side.picture(kind, layer, this.headOf(side), this.table) : (this.differencePicture ??= cellPicture(focus, view, this.differences, signedShade)),
      hatch: view.masked ? this.hatching() : null,
      ...(side ? {} : { shade: signedShade, text: signed }),
    };
    const context = this.context(panel.map.canvas);
    drawHeatmap(context, g, scene, panel.map.scroll);
    const alt = fill(this.words.map_alt, { kind: this.header.rollout ? "" : `${this.words.kinds_long[kind]}, `, where: panel.where.textContent, rows: visible, columns: view.columns.length });
    setAttribute(panel.map.canvas, "aria-label", `${side ? `${side.letter}: ` : "B − A: "}${alt} ${panel.finding}`);
  }

  /** Fine slanted lines: where nothing may be attended to. */
  hatching() {
    if (!this.hatch) {
      const tile = document.createElement("canvas");
      tile.width = tile.height = 8;
      const context = tile.getContext("2d");
      context.strokeStyle = this.palette.border;
      context.lineWidth = 1;
      for (const shift of [-8, 0, 8]) {
        context.moveTo(shift, 8);
        context.lineTo(shift + 8, 0);
      }
      context.stroke();
      this.hatch = tile.getContext("2d").createPattern(tile, "repeat");
    }
    return this.hatch;
  }

  paintReadout(panel) {
    const finding = panel.map.geometry ? this.finding(panel) : "";
    const pointed = Boolean(panel.map.geometry && this.hoverOf(panel));
    panel.finding = finding;
    panel.where.hidden = pointed; // the two share a place
    setText(panel.readout, pointed ? finding : "");
  }

  /** In words: the cell under the pointer, else the most attended one of the current row (in the encoder, of all). */
  finding(panel) {
    const view = this.viewOf(panel);
    const focus = this.focusOf(panel);
    const C = view.columns.length;
    const hover = this.hoverOf(panel);
    const visible = Math.min(this.visibleIn(panel), view.rows.length);
    const current = (panel.side ?? this.sides[0]).current(this.state.kind, this.state.step);
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
    const value = focus[row * C + column];
    const values = { reader: view.rows[row].label, key: view.columns[column].label, value: panel.side ? number(value) : signed(value) };
    return fill(this.words.cell, values);
  }

  /** Bring what belongs to the step into sight, where not everything fits. */
  scrollToStep() {
    const { step, kind } = this.state;
    if (this.header.rollout) return;
    const chip = this.chips.map((chips) => chips.find(({ i }) => i === step)?.chip).find(Boolean);
    if (chip && this.targetScroller.scrollWidth > this.targetScroller.clientWidth) {
      const room = this.targetScroller.getBoundingClientRect();
      const place = chip.getBoundingClientRect();
      if (place.left < room.left + 30 || place.right > room.right - 30) {
        this.targetScroller.scrollLeft += (place.left + place.right - room.left - room.right) / 2;
      }
    }
    for (const panel of this.panels) {
      const g = panel.map.geometry;
      const row = panel.side?.current(kind, step) ?? -1;
      if (!g?.scrolls || row < 0) continue;
      const { scroll } = panel.map;
      const y = row * g.ch;
      if (y < scroll.y || y + g.ch > scroll.y + g.height - g.y0) scroll.to({ y: y - (g.height - g.y0) / 2 });
    }
  }
}

export default function view(component, assets) {
  return mount(Pair, component, assets);
}
