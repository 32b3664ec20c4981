// A beam search as a tree that grows by step: what each step kept, finished and dropped, and the numbers that decided.
//
// Steps stand side by side, the candidates of each below one another, best first: above the dashed line is what the beam
// took, below it what it dropped. Nodes are buttons, edges one SVG under them; stepping only shows and hides.

import { make, setAttribute, setPressed, setText, SVG } from "./kit/dom.js";
import { fill, number, surface } from "./kit/format.js";
import { Transport } from "./kit/transport.js";
import { mount, View } from "./kit/view.js";

const TALL = 38; // pixels: a node
const PITCH = 44; // from node to node
const GAP = 38; // between steps, where edges run
const CUT = 18; // more room at the beam's edge
const PLAY_EVERY = 900; // milliseconds a step

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const shortChance = (p) => (p > 0 && p < 0.005 ? "<.01" : number(p));
const written = (pieces) => pieces.map((piece) => piece.replace(/▁/g, " ")).join("").trimStart();

/** A phrase whose {names} may be elements: -> its parts in order. */
function composed(phrase, values) {
  return phrase.split(/\{(\w+)\}/).map((part, i) => (i % 2 ? (values[part]?.cloneNode?.(true) ?? String(values[part])) : part));
}

/** What the log-probability of a hypothesis is divided by, as in core/decoding.py. */
export const lengthPenalty = (length, alpha) => ((5 + length) / 6) ** alpha;

class Beams extends View {
  constructor(parent, assets) {
    super(parent, assets);
    this.dropped = true; // whether what was dropped is shown
    this.hovered = null;
    this.ruler = document.createElement("canvas").getContext("2d");
  }

  destroy() {
    this.transport?.stop();
    super.destroy();
  }

  take({ header }) {
    const name = `${header.language} ${header.search}`;
    const again = this.search === header.search; // only what is chosen, or the language, is new
    this.chosen = header.chosen;
    if (again) this.keep();
    if (name === this.name) return;
    this.transport?.stop();
    if (!again) {
      const last = header.widths.length - 1;
      this.step = this.step === undefined || this.step === this.last ? last : Math.min(this.step, last);
      this.last = last;
      this.hovered = this.focused = null;
    }
    this.name = name;
    this.search = header.search;
    this.readTree(header);
    this.placed = null;
    this.build();
  }

  /** What the browser forgets when an element is put on the page anew. */
  keep() {
    const focused = this.root.getRootNode().activeElement;
    this.kept = {
      left: this.scroller.scrollLeft,
      top: this.scroller.scrollTop,
      list: this.levelList.scrollTop,
      focused: this.root.contains(focused) ? focused : null,
    };
  }

  restore() {
    if (!this.kept) return;
    const { left, top, list, focused } = this.kept;
    this.kept = null;
    this.scroller.scrollTo({ left, top, behavior: "instant" });
    this.levelList.scrollTop = list;
    if (focused?.isConnected) focused.focus({ preventScroll: true });
  }

  // --- The tree

  readTree(header) {
    this.levels = header.widths.map(() => []);
    this.nodes = header.nodes.map(([parent, step, piece, total, p, score, rank, status, label = piece, text = piece], id) => {
      // A piece that is a byte has a label and a text of its own: what it completes, and what it adds to the text.
      const node = { id, parent: parent < 0 ? null : parent, step, piece, label, text, total, p, score, rank, status, children: [] };
      node.byte = header.bytes && /^<0x[0-9A-F]{2}>$/.test(piece);
      this.levels[step].push(node);
      return node;
    });
    this.firsts = this.levels[0];
    for (const node of this.nodes) if (node.parent !== null) this.nodes[node.parent].children.push(node);
    // Until which step something lives that goes on from a node; what finished lives on.
    for (const node of [...this.nodes].reverse()) {
      if (node.status === "pruned") node.lives = node.step - 1;
      else if (node.status !== "kept") node.lives = Infinity;
      else node.lives = Math.max(node.step, ...node.children.map((child) => child.lives));
    }
    this.winner = new Set(this.path(header.hypotheses[0].node));
    this.greedy = new Set(header.greedy.path);
    this.ranks = new Map(header.hypotheses.map(({ node }, i) => [node, i + 1]));
    this.greedyEnds = this.ranks.has(header.greedy.path.at(-1)); // greedy's output is one of the hypotheses
    const spaced = this.nodes.some((node) => node.step > 0 && node.piece.startsWith("▁"));
    for (const node of this.nodes) node.joined = spaced && node.step > 0 && (node.byte ? !/^[^\p{L}\p{M}\p{N}]/u.test(node.text) : /^[\p{L}\p{M}\p{N}]/u.test(node.piece));
  }

  path(id) {
    const found = [];
    for (let at = id; at !== null; at = this.nodes[at].parent) found.unshift(at);
    return found;
  }

  pieces(which) {
    return which === "greedy" ? this.header.greedy.pieces : this.path(which).map((id) => this.nodes[id].piece);
  }

  /** What each piece adds to the text. */
  texts(which) {
    return which === "greedy" ? (this.header.greedy.texts ?? this.header.greedy.pieces) : this.path(which).map((id) => this.nodes[id].text);
  }

  penalty(length) {
    return lengthPenalty(length, this.header.alpha);
  }

  /** What can be said of a node, or of greedy's output where the beam lost it. */
  facts(which) {
    if (which !== "greedy") {
      const node = this.nodes[which];
      return { node, pieces: this.pieces(which), total: node.total, score: node.score };
    }
    const { pieces, total, score } = this.header.greedy;
    return { node: null, pieces, total, score };
  }

  isShown(node) {
    return this.dropped || node.status !== "pruned" || this.greedy.has(node.id) || node.id === this.chosen;
  }

  fate(node) {
    const w = this.words;
    if (node.status === "pruned") {
      return fill(w.fates.pruned, { step: node.step + 1, rank: node.rank + 1, width: this.header.widths[node.step] });
    }
    if (node.status === "kept" && node.lives < this.step) return fill(w.lost, { step: node.lives + 2 });
    const rank = this.ranks.get(node.id);
    const fate = fill(w.fates[node.status], { rank, step: node.step + 1 });
    return rank === 1 ? `${fate} ${w.wins}` : fate;
  }

  // --- Building

  build() {
    const w = this.words;
    this.root = make(
      "div",
      { class: "hl", role: "group", "aria-label": w.beams, lang: this.header.language === "zh" ? "zh-Hans" : "en" },
      this.buildTransport(),
      this.buildReadout(),
      this.buildTree(),
      this.buildLegend(),
      make("div", { class: "lists" }, this.buildFinished(), this.buildLevel()),
    );
    this.reached = undefined;
    this.readoutShown = this.nodesShown = null;
    this.lit = [];
    this.root.onpointerover = (event) => this.hover(event);
    this.root.onpointerleave = () => this.hover(null);
    this.root.onfocusin = (event) => this.focus(event);
    this.root.onfocusout = () => this.focus(null);
    this.root.onclick = (event) => this.click(event);
  }

  buildTransport() {
    const w = this.words;
    this.transport = new Transport(this, {
      last: this.last,
      at: () => this.step,
      show: (step) => this.show(step),
      pace: () => PLAY_EVERY,
      paused: () => this.schedule(),
    });
    this.summary = make("p", { class: "summary", "aria-live": "polite" });
    this.toggle = make("button", {
      type: "button",
      class: "toggle",
      text: w.dropped,
      onclick: () => {
        this.dropped = !this.dropped;
        this.layout();
        this.follow("instant");
      },
    });
    return make(
      "div",
      { class: "row transport" },
      this.transport.buttons,
      this.transport.slider,
      this.transport.text,
      this.summary,
      this.toggle,
    );
  }

  buildReadout() {
    const w = this.words;
    this.headline = make("p", { class: "headline" });
    this.detail = make("p", { class: "detail" });
    const link = make("button", {
      type: "button",
      class: "toggle",
      text: w.to_stage,
      onclick: () => {
        const stage = document.querySelector(`.st-key-${this.header.stage}`);
        stage?.scrollIntoView({ behavior: isCalm() ? "auto" : "smooth", block: "start" });
      },
    });
    const agree = this.header.parts_at === null && this.header.beam_size > 1;
    const find = make("button", { type: "button", class: "toggle", text: w.find, onclick: () => this.act({ find: true }) });
    return make(
      "div",
      { class: "readout" },
      make("div", { class: "said" }, this.headline, this.detail),
      make("div", { class: "links" }, agree && find, link),
    );
  }

  buildTree() {
    const w = this.words;
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.edges = this.levels.map(() => this.draw("g"));
    this.hoverLine = this.draw("path", "hover");
    this.fork = this.draw("circle", "fork");
    this.svg.append(...this.edges, this.hoverLine, this.fork);
    this.band = make("div", { class: "band" });
    this.heads = this.levels.map((_, step) =>
      make(
        "button",
        { type: "button", class: "head", tabindex: -1, title: fill(w.go, { step: step + 1 }), onclick: () => this.go(step) },
        make("span", { text: fill(w.step_n, { step: step + 1 }) }),
        make("small", { text: fill(w.takes, { n: this.header.widths[step] }) }),
      ),
    );
    this.partsMark = this.header.parts_at === null ? null : make("span", { class: "parts", text: w.parts });
    this.headRow = make("div", { class: "heads" }, ...this.heads, this.partsMark);
    this.start = make("span", { class: "start", text: "<s>" });
    this.nodeElements = this.nodes.map((node) => this.buildNode(node));
    this.columns = this.levels.map((level) =>
      make("div", { class: "level" }, ...level.map((node) => this.nodeElements[node.id])),
    );
    this.canvas = make("div", { class: "canvas" }, this.band, this.svg, this.headRow, this.start, ...this.columns);
    this.scroller = make("div", { class: "tree", role: "group", "aria-label": w.tree }, this.canvas);
    this.scroller.onkeydown = (event) => this.onKey(event);
    return this.scroller;
  }

  draw(tag, name) {
    const element = document.createElementNS(SVG, tag);
    if (name) element.setAttribute("class", name);
    return element;
  }

  buildNode(node) {
    const winner = this.winner.has(node.id);
    const marks = this.marks(node);
    const special = /^<.*>$/.test(node.label);
    return make(
      "button",
      {
        type: "button",
        class: `node ${node.status}${winner ? " winner" : ""}${special ? " special" : ""}${node.joined ? " joined" : ""}`,
        "data-at": node.id,
        title: node.byte ? this.words.byte : null,
        tabindex: -1,
      },
      marks && make("span", { class: "marks", text: marks, "aria-hidden": "true" }),
      make("bdi", { lang: this.header.target, dir: "auto", text: surface(node.label) }),
      make(
        "span",
        { class: "figures" },
        make("span", { class: "score", text: number(node.score) }),
        make("span", { class: "p", text: `p ${shortChance(node.p)}` }),
      ),
    );
  }

  marks(node) {
    const fate = { kept: "", pruned: "✕", finished: "✓", cut: "⊣", stopped: "…" }[node.status];
    const rank = this.ranks.get(node.id);
    return [rank === 1 ? "★" : fate, this.greedy.has(node.id) ? this.words.greedy_letter : ""].join("");
  }

  buildLegend() {
    const w = this.words;
    const found = new Set(this.nodes.map((node) => node.status));
    const sample = (status, mark) => make("span", { class: `sample node ${status}`, text: mark, "aria-hidden": "true" });
    const line = (name) => make("span", { class: `line ${name}`, "aria-hidden": "true" });
    const entry = (sign, text) => make("li", {}, sign, make("span", { text }));
    return make(
      "ul",
      { class: "legend", "aria-label": w.legend },
      entry(line("winner"), `★ ${w.winner}`),
      entry(line("greedy"), `${w.greedy_letter} ${w.greedy}`),
      entry(sample("kept", "\u00a0"), w.kept),
      entry(sample("lost", "\u00a0"), w.gone),
      entry(sample("pruned", "✕"), w.pruned),
      entry(sample("finished", "✓"), w.finished),
      found.has("cut") && entry(sample("cut", "⊣"), w.cut),
      found.has("stopped") && entry(sample("stopped", "…"), w.stopped),
      entry(line("edge"), w.edge),
    );
  }

  /** All outputs, best score first; and greedy's where it is none of them. */
  buildFinished() {
    const w = this.words;
    const { hypotheses, greedy, target } = this.header;
    const row = (at, mark, text, length, total, score, step) => {
      const name = at === "greedy" ? w.greedy : fill(w.rank, { rank: mark });
      const choice = make("button", { type: "button", class: "choice", "data-at": at }, make("bdi", { lang: target, dir: "auto", text: text || "␣" }));
      const cells = [length, number(total), number(score)].map((value) => make("td", { class: "number", text: value }));
      const when = step < 0 ? null : make("span", { class: "when", text: fill(w.when, { step: step + 1 }) });
      const element = make("tr", { "data-at": at }, make("th", { scope: "row", text: mark, "aria-label": name }), make("td", {}, choice, when), ...cells);
      this.rows.push({ at, element, choice, step });
      return element;
    };
    this.rows = [];
    const body = hypotheses.map((hypothesis, i) => {
      const marks = `${i + 1}${i === 0 ? " ★" : ""}${this.greedy.has(hypothesis.node) ? ` ${w.greedy_letter}` : ""}`;
      const { node, text, length, total, score } = hypothesis;
      return row(node, marks, text, length, total, score, this.nodes[node].step);
    });
    if (!this.greedyEnds) {
      body.push(row("greedy", `– ${w.greedy_letter}`, greedy.text, greedy.pieces.length, greedy.total, greedy.score, -1));
    }
    const heads = ["#", w.hypothesis, w.length, w.log_p, w.score];
    return make(
      "section",
      {},
      make("table", {}, make("caption", { text: w.finished_title }), this.tableHead(heads), make("tbody", {}, ...body)),
      !this.greedyEnds && make("p", { class: "note", text: w.greedy_note }),
    );
  }

  tableHead(names) {
    const cells = names.map((name, i) => make("th", { scope: "col", class: i > 1 ? "number" : "", text: name }));
    return make("thead", {}, make("tr", {}, ...cells));
  }

  buildLevel() {
    const w = this.words;
    this.levelTitle = make("caption", {});
    this.levelBody = make("tbody", {});
    const heads = this.tableHead(["#", w.hypothesis, w.probability, w.score, w.fate]);
    this.levelList = make("div", { class: "level-list" }, make("table", {}, this.levelTitle, heads, this.levelBody));
    this.levelShown = null;
    const most = Math.max(...this.levels.map((level) => level.length));
    this.levelList.style.setProperty("--rows", Math.min(most, 10));
    return make("section", {}, this.levelList);
  }

  levelRow(node) {
    const texts = this.texts(node.id);
    const before = written(texts.slice(0, -1));
    const own = written(texts).slice(before.length) || (node.byte ? node.label : ""); // a byte that completes nothing yet
    const last = make("strong", { text: own });
    const choice = make(
      "button",
      { type: "button", class: "choice", "data-at": node.id, title: before + own },
      make("bdi", { lang: this.header.target, dir: "auto" }, before, last),
    );
    const cells = [shortChance(node.p), number(node.score)].map((text) => make("td", { class: "number", text }));
    const mark = `${node.rank + 1}${this.greedy.has(node.id) ? ` ${this.words.greedy_letter}` : ""}`;
    return make(
      "tr",
      { "data-at": node.id, class: node.status },
      make("th", { scope: "row", text: mark }),
      make("td", {}, choice),
      ...cells,
      make("td", { text: this.words.short[node.status] }),
    );
  }

  // --- What visitors do

  go(step) {
    this.transport.go(step);
  }

  show(next) {
    if (next === this.step) return;
    this.step = next;
    this.follow();
    this.schedule();
  }

  /** Bring the step's column into sight, no further than needed. */
  follow(behavior = isCalm() ? "instant" : "smooth") {
    if (!this.places) return;
    const { x, width } = this.places[this.step];
    const { scrollLeft, clientWidth } = this.scroller;
    if (x + width + GAP > scrollLeft + clientWidth) this.scroller.scrollTo({ left: x + width + GAP - clientWidth, behavior });
    else if (x - GAP < scrollLeft) this.scroller.scrollTo({ left: this.step ? x - GAP : 0, behavior });
  }

  /** The node that an event is about, "greedy", or null. */
  at(event) {
    const found = event?.target?.closest?.("[data-at]")?.dataset.at;
    return found === undefined ? null : found === "greedy" ? found : Number(found);
  }

  hover(event) {
    const at = this.at(event);
    if (at === this.hovered) return;
    this.hovered = at;
    this.schedule();
  }

  focus(event) {
    const at = this.at(event);
    if (at === this.focused) return;
    this.focused = at;
    if (at !== null && at !== "greedy" && event.target.classList.contains("node")) this.reach(at);
    this.schedule();
  }

  click(event) {
    const at = this.at(event);
    if (at === null || at === this.chosen) return;
    this.chosen = at;
    this.act({ choose: this.pieces(at) });
    this.layout(); // what was dropped and is chosen stays in sight
  }

  /** One node at a time is reached by Tab; arrows lead on to the others. */
  reach(id) {
    if (this.reached !== undefined) setAttribute(this.nodeElements[this.reached], "tabindex", -1);
    this.reached = id;
    setAttribute(this.nodeElements[id], "tabindex", 0);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.at(event);
    if (at === null || at === "greedy") return;
    const node = this.nodes[at];
    const grown = (list) => list.filter((other) => other.step <= this.step && this.isShown(other));
    const level = grown(this.levels[node.step]);
    const place = level.indexOf(node);
    const target = {
      ArrowLeft: () => node.parent !== null && this.nodes[node.parent],
      ArrowRight: () => grown(node.children)[0],
      ArrowUp: () => level[place - 1],
      ArrowDown: () => level[place + 1],
      Home: () => grown(this.firsts)[0],
      End: () => grown(this.levels[this.step])[0],
    }[event.key];
    if (!target && event.key !== "Enter" && event.key !== " ") return;
    event.stopPropagation(); // or the app would take the key for one of its own
    if (!target) return;
    event.preventDefault();
    const next = target();
    if (!next) return;
    this.hovered = null; // what was reached last is in question, by keys or by pointer
    this.nodeElements[next.id].focus({ preventScroll: true });
    this.nodeElements[next.id].scrollIntoView({ block: "nearest", inline: "nearest", behavior: "auto" });
  }

  // --- Places

  layout() {
    if (!this.root || !this.fonts) return;
    const width = this.frame.clientWidth;
    this.root.classList.toggle("narrow", width < 640);
    this.root.classList.toggle("wide", width >= 860);
    this.place();
    this.restore();
    this.schedule();
  }

  place() {
    const key = `${this.name} ${this.dropped} ${this.chosen} ${this.fonts}`;
    if (key === this.placed) return;
    this.placed = key;
    const width = (text, size, weight = 400) => {
      this.ruler.font = `${weight} ${size}px ${this.fonts}`;
      return this.ruler.measureText(text).width;
    };
    const figures = Math.ceil(width("p <.01", 14) + 1);
    const head = this.partsMark ? 66 : 48;
    this.start.style.top = `${head}px`;
    const startWidth = Math.ceil(width("<s>", 18) + 14);
    this.start.style.width = `${startWidth}px`;
    let x = startWidth + 4 + GAP;
    let rows = 1;
    this.spots = new Array(this.nodes.length);
    this.places = this.levels.map((level, step) => {
      const shown = level.filter((node) => this.isShown(node));
      const taken = shown.filter((node) => node.status !== "pruned").length;
      const widest = Math.max(
        ...shown.map((node) => {
          const score = Math.max(figures, width(number(node.score), 14, 600));
          const marks = this.marks(node);
          return Math.min(width(surface(node.label), 19, 600), 170) + (marks ? width(marks, 14) + 5 : 0) + score + 30;
        }),
        width(fill(this.words.takes, { n: this.header.widths[step] }), 14) + 8,
      );
      const place = { x, width: Math.ceil(widest), taken, cut: head + taken * PITCH + (CUT - PITCH + TALL) / 2 };
      shown.forEach((node, i) => {
        this.spots[node.id] = { x, y: head + i * PITCH + (i >= taken ? CUT : 0), width: place.width };
      });
      rows = Math.max(rows, shown.length);
      x += place.width + GAP;
      return place;
    });
    this.startSpot = { x: 0, y: head, width: startWidth };
    this.size = { width: x - GAP + 8, height: head + rows * PITCH + CUT };
    this.canvas.style.width = `${this.size.width}px`;
    this.canvas.style.height = `${this.size.height}px`;
    this.svg.setAttribute("width", this.size.width);
    this.svg.setAttribute("height", this.size.height);
    this.headRow.style.height = `${head - 4}px`;
    for (const node of this.nodes) {
      const spot = this.spots[node.id];
      const element = this.nodeElements[node.id];
      element.hidden = !spot;
      if (!spot) continue;
      element.style.transform = `translate(${spot.x}px, ${spot.y}px)`;
      element.style.width = `${spot.width}px`;
    }
    this.heads.forEach((element, step) => {
      element.style.transform = `translateX(${this.places[step].x}px)`;
      element.style.width = `${this.places[step].width}px`;
    });
    this.placeEdges();
    this.placeFork();
    this.levelShown = null;
  }

  spotBefore(node) {
    return node.parent === null ? this.startSpot : this.spots[node.parent];
  }

  curve(node) {
    const [from, to] = [this.spotBefore(node), this.spots[node.id]];
    const [x1, y1, x2, y2] = [from.x + from.width, from.y + TALL / 2, to.x, to.y + TALL / 2];
    const bend = Math.min(x2 - x1, GAP) * 0.5;
    return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }

  placeEdges() {
    this.lines = new Array(this.nodes.length);
    const order = (node) => (this.winner.has(node.id) ? 2 : node.status === "pruned" ? 0 : 1);
    this.levels.forEach((level, step) => {
      const shown = level.filter((node) => this.spots[node.id]).sort((a, b) => order(a) - order(b));
      const lines = shown.map((node) => {
        const line = this.draw("path", `${node.status}${this.winner.has(node.id) ? " winner" : ""}`);
        line.setAttribute("d", this.curve(node));
        this.lines[node.id] = line;
        return line;
      });
      for (const node of shown) {
        if (!this.greedy.has(node.id)) continue;
        const line = this.draw("path", "greedy");
        line.setAttribute("d", this.curve(node));
        lines.push(line);
      }
      const { x, width, cut, taken } = this.places[step];
      if (shown.length > taken || this.dropped) {
        const before = step ? this.places[step - 1].cut : cut;
        const edge = this.draw("path", "edge");
        edge.setAttribute("d", `M${x - GAP / 2} ${before}V${cut}H${x + width + GAP / 2}`);
        lines.push(edge);
      }
      this.edges[step].replaceChildren(...lines);
    });
  }

  /** Where the winner and greedy part: behind the last piece that both have. */
  placeFork() {
    const at = this.header.parts_at;
    if (at === null) return;
    const shared = at ? this.spots[this.path(this.header.hypotheses[0].node)[at - 1]] : this.startSpot;
    this.fork.setAttribute("cx", shared.x + shared.width + 1);
    this.fork.setAttribute("cy", shared.y + TALL / 2);
    this.fork.setAttribute("r", 6);
    this.partsMark.style.transform = `translateX(${this.places[at].x + this.places[at].width / 2}px) translateX(-50%)`;
  }

  // --- Painting

  paint() {
    if (!this.places) return this.layout();
    const now = this.hovered ?? this.focused ?? null;
    const step = this.step;
    this.paintTransport();
    this.columns.forEach((column, i) => {
      column.classList.toggle("later", i > step);
      this.edges[i].classList.toggle("later", i > step);
      this.heads[i].classList.toggle("now", i === step);
      this.heads[i].classList.toggle("ahead", i > step);
    });
    const { x, width } = this.places[step];
    this.band.style.transform = `translateX(${x - GAP / 2 + 6}px)`;
    this.band.style.width = `${width + GAP - 12}px`;
    if (this.partsMark) this.partsMark.classList.toggle("ahead", this.header.parts_at > step);
    this.fork.classList.toggle("later", this.header.parts_at === null || this.header.parts_at > step);
    this.paintNodes();
    this.paintReach();
    this.paintHover(now);
    this.paintReadout(now);
    this.paintLists();
  }

  paintNodes() {
    const key = `${this.placed} ${this.step}`;
    if (key === this.nodesShown) return;
    this.nodesShown = key;
    for (const node of this.nodes) {
      const element = this.nodeElements[node.id];
      if (node.step > this.step || element.hidden) continue;
      const lost = node.status === "kept" && node.lives < this.step;
      element.classList.toggle("lost", lost);
      this.lines[node.id].classList.toggle("lost", lost);
      setAttribute(element, "aria-pressed", node.id === this.chosen);
      const [piece, score, p] = [surface(node.label), number(node.score), shortChance(node.p)];
      setAttribute(element, "aria-label", fill(this.words.node, { piece, score, p, fate: this.fate(node) }));
    }
  }

  /** Tab leads to the node that was reached last, or else to the best one of this step. */
  paintReach() {
    const reached = this.reached === undefined ? null : this.nodes[this.reached];
    if (reached && reached.step <= this.step && this.spots[reached.id]) return;
    this.reach(this.levels[this.step][0].id);
  }

  paintTransport() {
    const w = this.words;
    const step = this.step;
    this.transport.paint(fill(w.step_of, { step: step + 1, steps: this.last + 1 }));
    setPressed(this.toggle, this.dropped);
    const counts = {};
    for (const node of this.levels[step]) counts[node.status] = (counts[node.status] ?? 0) + 1;
    const parts = Object.entries(w.counts)
      .filter(([status]) => counts[status])
      .map(([status, phrase]) => fill(phrase, { n: counts[status] }));
    const reason = step < this.last ? "" : counts.stopped ? w.stops : w.ends;
    setText(this.summary, `${parts.join(w.comma)}${w.stop}${reason}`.trim());
  }

  /** The way to the node in question. The winner's is marked anyway. */
  paintHover(now) {
    const at = now ?? (this.winner.has(this.chosen) ? null : this.chosen);
    const path = at === null ? [] : at === "greedy" ? this.header.greedy.path : this.path(at);
    const shown = path.filter((id) => this.spots[id] && this.nodes[id].step <= this.step);
    this.hoverLine.setAttribute("d", shown.map((id) => this.curve(this.nodes[id])).join(""));
    for (const id of this.lit) this.nodeElements[id].classList.remove("lit");
    for (const id of shown) this.nodeElements[id].classList.add("lit");
    this.lit = shown;
  }

  /** What is in question in numbers; where nothing is, where beam and greedy part. */
  paintReadout(now) {
    const key = [now, this.chosen, this.step].join(" ");
    if (key === this.readoutShown) return;
    this.readoutShown = key;
    const [headline, detail] = now === null ? this.parting() : this.numbers(now);
    this.headline.replaceChildren(...headline);
    this.detail.replaceChildren(...detail);
  }

  target(text) {
    return make("bdi", { class: "target", lang: this.header.target, dir: "auto", text });
  }

  sum(length, total, score) {
    const values = { score: number(score), total: number(total), penalty: this.penalty(length).toFixed(2), length };
    return fill(length === 1 ? this.words.sum_one : this.words.sum, values);
  }

  numbers(at) {
    const w = this.words;
    const { node, pieces, total, score } = this.facts(at);
    const ended = pieces.at(-1) === "</s>";
    const headline = [
      this.target(written(this.texts(at).slice(0, ended ? -1 : undefined))),
      ended && make("span", { class: "ended", text: "</s>" }),
      at === this.chosen && make("span", { class: "tag", text: w.chosen }),
    ];
    const more = node
      ? `${fill(w.this_piece, { p: node.p.toFixed(4), piece: surface(node.label) })} ${this.fate(node)}`
      : w.greedy_lost;
    const sum = make("strong", { text: this.sum(pieces.length, total, score) });
    return [headline.filter(Boolean), [sum, ` ${more}`]];
  }

  parting() {
    const w = this.words;
    const { parts_at: at, hypotheses, greedy, widths, beam_size: size } = this.header;
    const winner = hypotheses[0];
    if (at === null) {
      const said = fill(size === 1 ? w.single : w.agree);
      return [[make("strong", { text: said })], [this.target(winner.text), ` ${this.sum(winner.length, winner.total, winner.score)}`]];
    }
    const taken = this.nodes[this.path(winner.node)[at]];
    const other = this.nodes[greedy.path[at]]; // of two equally probable pieces the search may have listed the other one
    const end = this.nodes[greedy.path.at(-1)];
    const headline = composed(w.part, {
      where: make("strong", { text: fill(w.part_where, { step: at + 1 }) }),
      greedy: this.target(surface(other?.label ?? greedy.pieces[at])),
      greedy_p: other ? number(other.p) : "–",
      piece: this.target(surface(taken.label)),
      p: number(taken.p),
    });
    const fate = (node) => {
      const rank = this.ranks.get(node.id) ?? node.rank + 1;
      return fill(w.greedy_fates[node.status] ?? "", { step: node.step + 1, rank, width: widths[node.step] });
    };
    const detail = composed(w.scores, {
      fate: end ? fate(end) : "",
      score: make("strong", { text: number(winner.score) }),
      greedy_score: make("strong", { text: number(greedy.score) }),
    });
    if (greedy.score > winner.score) detail.push(` ${w.worse}`);
    return [headline, detail];
  }

  paintLists() {
    const { step } = this;
    for (const { at, element, choice, step: ends } of this.rows) {
      element.classList.toggle("later", ends > step);
      setAttribute(choice, "aria-pressed", at === this.chosen);
      element.classList.toggle("lit", at === this.hovered);
    }
    const key = `${this.name} ${step} ${this.dropped} ${this.chosen}`;
    if (key !== this.levelShown) {
      this.levelShown = key;
      const shown = this.levels[step].filter((node) => this.isShown(node));
      const focused = this.root.getRootNode().activeElement;
      const place = this.levelBody.contains(focused) ? focused.dataset.at : null;
      this.levelBody.replaceChildren(...shown.map((node) => this.levelRow(node)));
      setText(this.levelTitle, fill(this.words.level_title, { step: step + 1 }));
      const choices = [...this.levelBody.querySelectorAll(".choice")];
      const long = choices.map((choice) => choice.firstChild.offsetWidth > choice.clientWidth - 12); // one layout for all
      choices.forEach((choice, i) => {
        setAttribute(choice, "aria-pressed", Number(choice.dataset.at) === this.chosen);
        choice.classList.toggle("long", long[i]);
        if (choice.dataset.at === place) choice.focus({ preventScroll: true });
      });
    }
    for (const row of this.levelBody.children) row.classList.toggle("lit", Number(row.dataset.at) === this.hovered);
  }
}

export default function view(component, assets) {
  return mount(Beams, component, assets);
}
