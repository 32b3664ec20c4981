// A head's sentences as small pictures: pieces that are attended to at the left, queries at the right, weights as lines.

import { drawLines, weightsOf } from "./examples/lines.js";
import { make, range, setText } from "./kit/dom.js";
import { fill, number, surface } from "./kit/format.js";
import { mount, View } from "./kit/view.js";

const PITCH = 22; // pixels from piece to piece
const NUMBERED = 0.005; // weights below are no number: it would be 0.00
const NARROWEST = 40; // pixels between the two columns of pieces

/** @extends {View<import("./examples/payloads.js").ExamplesHeader, typeof import("./examples.json").en>} */
class Examples extends View {
  take({ header }) {
    this.pictures = [];
    this.root = make(
      "div",
      { class: "hl examples", role: "group", "aria-label": header.title, lang: header.language === "zh" ? "zh-Hans" : "en" },
      ...header.examples.map((example, at) => this.example(example, at)),
    );
    this.root.style.setProperty("--row", `${PITCH}px`);
  }

  /** @param {import("./examples/payloads.js").Example} example
   *  @param {number} at */
  example(example, at) {
    const w = this.words;
    const { n, query, key } = example;
    const name = n === null ? w.own : fill(w.nth, { n });
    const activation = fill(w.activation, { value: number(example.activation) });
    const link = make("a", { href: example.address, "aria-label": n === null ? w.open_own : fill(w.open_n, { n }), text: w.open });
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab or window of its own
      event.preventDefault();
      this.act({ open: at });
    };
    const title = make("figcaption", {}, make("strong", { text: name }), make("span", { text: activation }), link);
    const pair = { query: surface(example.queries[query]), key: surface(example.keys[key]) };
    const weights = weightsOf(example);
    const beside = example.beside && make("p", { class: "beside", text: example.beside });
    if (!weights) return make("figure", {}, title, make("p", { text: fill(w.too_long, pair) }), beside);
    const heaviest = number(weights[query * example.keys.length + key]);
    const picture = { example, weights, canvas: make("canvas", { "aria-hidden": "true" }), keys: [], queries: [], at: { query } };
    const column = (side) =>
      make(
        "ol",
        { class: side },
        ...example[side].map((label, i) => {
          const value = side === "keys" && make("span", { class: "weight" });
          const piece = make("li", { class: this.header.sides[side] }, make("bdi", { text: surface(label) || "␣" }), value);
          piece.onpointerenter = () => this.point(picture, side === "keys" ? { key: i } : { query: i });
          picture[side].push(piece);
          return piece;
        }),
      );
    const pieces = make("div", { class: "pieces" }, column("keys"), picture.canvas, column("queries"));
    pieces.onpointerleave = () => this.point(picture, { query });
    this.pictures.push(picture);
    const label = fill(w.heaviest, { ...pair, name, weight: heaviest });
    return make("figure", { "aria-label": label }, title, pieces, beside);
  }

  point(picture, at) {
    picture.at = at;
    this.schedule();
  }

  paint() {
    const colour = this.headColour(this.header.head);
    for (const picture of this.pictures) {
      const { canvas, weights, example, at } = picture;
      const count = { queries: example.queries.length, keys: example.keys.length };
      // A query shows what it gives each key; a key, what it gets from the query that attends to it most.
      const givers = range(count.queries).map((q) => weights[q * count.keys + at.key]);
      const query = at.query ?? givers.indexOf(Math.max(...givers));
      picture.queries.forEach((piece, i) => piece.classList.toggle("now", i === query));
      picture.keys.forEach((piece, i) => {
        const weight = weights[query * count.keys + i];
        const told = at.key === undefined || at.key === i;
        setText(piece.lastChild, told && weight >= NUMBERED ? number(weight) : "");
        piece.classList.toggle("now", at.key === undefined ? i === example.key && query === example.query : i === at.key);
      });
      const columns = [picture.keys, picture.queries].map(([piece]) => piece.parentElement.offsetWidth);
      const width = Math.max(NARROWEST, canvas.parentElement.clientWidth - columns[0] - columns[1]);
      this.sizeCanvas(canvas, width, Math.max(count.queries, count.keys) * PITCH);
      drawLines(this.context(canvas), weights, count, at, { width, pitch: PITCH, colour });
    }
  }
}

export default function view(component, assets) {
  return mount(Examples, component, assets);
}
