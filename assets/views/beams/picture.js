// The tree on the page: nodes are buttons, edges one SVG under them; stepping only shows and hides.

import { make, setAttribute, SVG } from "../kit/dom.js";
import { fill, number, surface } from "../kit/format.js";
import { onKey } from "./keys.js";
import { edgePath, GAP, layoutOf, TALL } from "./layout.js";
import { fateOf, marksOf, shortChance } from "./words.js";

export const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** An element of an SVG picture. */
function draw(tag, name) {
  const element = document.createElementNS(SVG, tag);
  if (name) element.setAttribute("class", name);
  return element;
}

export class TreePicture {
  /** @param {import("../beams.js").Beams} beams */
  constructor(beams) {
    this.beams = beams;
    const { tree, header, words: w } = beams;
    this.svg = draw("svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.edges = tree.levels.map(() => draw("g"));
    this.hoverLine = draw("path", "hover");
    this.fork = draw("circle", "fork");
    this.svg.append(...this.edges, this.hoverLine, this.fork);
    this.band = make("div", { class: "band" });
    this.heads = tree.levels.map((_, step) =>
      make(
        "button",
        { type: "button", class: "head", tabindex: -1, title: fill(w.go, { step: step + 1 }), onclick: () => beams.go(step) },
        make("span", { text: fill(w.step_n, { step: step + 1 }) }),
        make("small", { text: fill(w.takes, { n: header.widths[step] }) }),
      ),
    );
    this.partsMark = header.parts_at === null ? null : make("span", { class: "parts", text: w.parts });
    this.headRow = make("div", { class: "heads" }, ...this.heads, this.partsMark);
    this.start = make("span", { class: "start", text: "<s>" });
    this.nodes = tree.nodes.map((node) => this.nodeButton(node));
    this.columns = tree.levels.map((level) => make("div", { class: "level" }, ...level.map((node) => this.nodes[node.id])));
    this.canvas = make("div", { class: "canvas" }, this.band, this.svg, this.headRow, this.start, ...this.columns);
    this.element = make("div", { class: "tree", role: "group", "aria-label": w.tree }, this.canvas);
    this.element.onkeydown = (event) => onKey(beams, event);
    this.lit = [];
  }

  nodeButton(node) {
    const { tree, header, words: w } = this.beams;
    const marks = marksOf(tree, node, w);
    const special = /^<.*>$/.test(node.label);
    return make(
      "button",
      {
        type: "button",
        class: `node ${node.status}${tree.winner.has(node.id) ? " winner" : ""}${special ? " special" : ""}${node.joined ? " joined" : ""}`,
        "data-at": node.id,
        title: node.byte ? w.byte : null,
        tabindex: -1,
      },
      marks && make("span", { class: "marks", text: marks, "aria-hidden": "true" }),
      make("bdi", { lang: header.target, dir: "auto", text: surface(node.label) }),
      make(
        "span",
        { class: "figures" },
        make("span", { class: "score", text: number(node.score) }),
        make("span", { class: "p", text: `p ${shortChance(node.p)}` }),
      ),
    );
  }

  // --- Focus and scrolling

  /** One node at a time is reached by Tab; arrows lead on to the others. */
  reach(id) {
    if (this.reached !== undefined) setAttribute(this.nodes[this.reached], "tabindex", -1);
    this.reached = id;
    setAttribute(this.nodes[id], "tabindex", 0);
  }

  focus(id) {
    this.nodes[id].focus({ preventScroll: true });
    this.nodes[id].scrollIntoView({ block: "nearest", inline: "nearest", behavior: "auto" });
  }

  /** Bring a step's column into sight, no further than needed.
   *  @param {number} step
   *  @param {ScrollBehavior} behavior */
  scrollTo(step, behavior = isCalm() ? "instant" : "smooth") {
    if (!this.places) return;
    const { x, width } = this.places.steps[step];
    const { scrollLeft, clientWidth } = this.element;
    if (x + width + GAP > scrollLeft + clientWidth) this.element.scrollTo({ left: x + width + GAP - clientWidth, behavior });
    else if (x - GAP < scrollLeft) this.element.scrollTo({ left: step ? x - GAP : 0, behavior });
  }

  // --- Places

  layout() {
    const { beams } = this;
    const { tree, dropped, chosen, fonts } = beams;
    const key = `${dropped} ${chosen} ${fonts}`;
    if (key === this.placed) return;
    this.placed = key;
    this.places = layoutOf(tree, (node) => beams.isShown(node), beams.words, (text, size, weight) => beams.measure(text, size, weight));
    const { head, start, spots, steps, width, height } = this.places;
    this.start.style.top = `${start.y}px`;
    this.start.style.width = `${start.width}px`;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.svg.setAttribute("width", String(width));
    this.svg.setAttribute("height", String(height));
    this.headRow.style.height = `${head - 4}px`;
    this.nodes.forEach((element, id) => {
      const spot = spots[id];
      element.hidden = !spot;
      if (!spot) return;
      element.style.transform = `translate(${spot.x}px, ${spot.y}px)`;
      element.style.width = `${spot.width}px`;
    });
    this.heads.forEach((element, step) => {
      element.style.transform = `translateX(${steps[step].x}px)`;
      element.style.width = `${steps[step].width}px`;
    });
    this.placeEdges();
    this.placeFork();
  }

  /** The edge that leads to a node. */
  edgeTo(node) {
    const { start, spots } = this.places;
    return edgePath(node.parent === null ? start : spots[node.parent], spots[node.id]);
  }

  placeEdges() {
    const { tree, dropped } = this.beams;
    const { spots, steps } = this.places;
    this.lines = new Array(tree.nodes.length);
    const order = (node) => (tree.winner.has(node.id) ? 2 : node.status === "pruned" ? 0 : 1);
    const line = (name, d) => {
      const element = draw("path", name);
      element.setAttribute("d", d);
      return element;
    };
    tree.levels.forEach((level, step) => {
      const shown = level.filter((node) => spots[node.id]).sort((a, b) => order(a) - order(b));
      const lines = shown.map((node) => (this.lines[node.id] = line(`${node.status}${tree.winner.has(node.id) ? " winner" : ""}`, this.edgeTo(node))));
      for (const node of shown) if (tree.greedy.has(node.id)) lines.push(line("greedy", this.edgeTo(node)));
      const { x, width, cut, taken } = steps[step];
      if (shown.length > taken || dropped) {
        const before = step ? steps[step - 1].cut : cut;
        lines.push(line("edge", `M${x - GAP / 2} ${before}V${cut}H${x + width + GAP / 2}`));
      }
      this.edges[step].replaceChildren(...lines);
    });
  }

  /** Where the winner and greedy part: behind the last piece that both have. */
  placeFork() {
    const { tree, header } = this.beams;
    const { start, spots, steps } = this.places;
    const at = header.parts_at;
    if (at === null) return;
    const shared = at ? spots[tree.path(header.hypotheses[0].node)[at - 1]] : start;
    this.fork.setAttribute("cx", String(shared.x + shared.width + 1));
    this.fork.setAttribute("cy", String(shared.y + TALL / 2));
    this.fork.setAttribute("r", "6");
    this.partsMark.style.transform = `translateX(${steps[at].x + steps[at].width / 2}px) translateX(-50%)`;
  }

  // --- Painting

  paint() {
    const { step, header } = this.beams;
    this.columns.forEach((column, i) => {
      column.classList.toggle("later", i > step);
      this.edges[i].classList.toggle("later", i > step);
      this.heads[i].classList.toggle("now", i === step);
      this.heads[i].classList.toggle("ahead", i > step);
    });
    const { x, width } = this.places.steps[step];
    this.band.style.transform = `translateX(${x - GAP / 2 + 6}px)`;
    this.band.style.width = `${width + GAP - 12}px`;
    const ahead = header.parts_at === null || header.parts_at > step;
    this.partsMark?.classList.toggle("ahead", ahead);
    this.fork.classList.toggle("later", ahead);
    this.paintNodes();
    this.paintReach();
    this.paintPath();
  }

  paintNodes() {
    const { tree, step, chosen, words: w } = this.beams;
    const key = `${this.placed} ${step}`;
    if (key === this.painted) return;
    this.painted = key;
    for (const node of tree.nodes) {
      const element = this.nodes[node.id];
      if (node.step > step || element.hidden) continue;
      const lost = tree.isLost(node, step);
      element.classList.toggle("lost", lost);
      this.lines[node.id].classList.toggle("lost", lost);
      setAttribute(element, "aria-pressed", node.id === chosen);
      const [piece, score, p] = [surface(node.label), number(node.score), shortChance(node.p)];
      setAttribute(element, "aria-label", fill(w.node, { piece, score, p, fate: fateOf(tree, node, step, w) }));
    }
  }

  /** Tab leads to the node that was reached last, or else to the best one of this step. */
  paintReach() {
    const { tree, step } = this.beams;
    const reached = this.reached === undefined ? null : tree.nodes[this.reached];
    if (reached && reached.step <= step && this.places.spots[reached.id]) return;
    this.reach(tree.levels[step][0].id);
  }

  /** The way to the node in question. The winner's is marked anyway. */
  paintPath() {
    const { tree, header, step, chosen, pointed } = this.beams;
    const at = pointed ?? (tree.winner.has(chosen) ? null : chosen);
    const path = at === null ? [] : at === "greedy" ? header.greedy.path : tree.path(at);
    const shown = path.filter((id) => this.places.spots[id] && tree.nodes[id].step <= step);
    this.hoverLine.setAttribute("d", shown.map((id) => this.edgeTo(tree.nodes[id])).join(""));
    for (const id of this.lit) this.nodes[id].classList.remove("lit");
    for (const id of shown) this.nodes[id].classList.add("lit");
    this.lit = shown;
  }
}
