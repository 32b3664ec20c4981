// The node in question in words and numbers; where none is, how beam and greedy part.

import { make } from "../kit/dom.js";
import { fill, number, surface } from "../kit/format.js";
import { isCalm } from "./picture.js";
import { lengthPenalty } from "./tree.js";
import { composed, fateOf, joinedText } from "./words.js";

export class Readout {
  /** @param {import("../beams.js").Beams} beams */
  constructor(beams) {
    this.beams = beams;
    const { header, words: w } = beams;
    this.headline = make("p", { class: "headline" });
    this.detail = make("p", { class: "detail" });
    const link = make("button", {
      type: "button",
      class: "toggle",
      text: w.to_stage,
      onclick: () => {
        const stage = document.querySelector(`.st-key-${header.stage}`);
        stage?.scrollIntoView({ behavior: isCalm() ? "auto" : "smooth", block: "start" });
      },
    });
    const agree = header.parts_at === null && header.beam_size > 1;
    const find = make("button", { type: "button", class: "toggle", text: w.find, onclick: () => beams.act({ find: true }) });
    this.element = make(
      "div",
      { class: "readout" },
      make("div", { class: "readout-text" }, this.headline, this.detail),
      make("div", { class: "links" }, agree && find, link),
    );
  }

  paint() {
    const { pointed, chosen, step } = this.beams;
    const key = [pointed, chosen, step].join(" ");
    if (key === this.painted) return;
    this.painted = key;
    const [headline, detail] = pointed === null ? this.parting() : this.numbers(pointed);
    this.headline.replaceChildren(...headline);
    this.detail.replaceChildren(...detail);
  }

  target(text) {
    return make("bdi", { class: "target", lang: this.beams.header.target, dir: "auto", text });
  }

  /** How a score comes about. */
  sum(length, total, score) {
    const { header, words: w } = this.beams;
    const penalty = lengthPenalty(length, header.alpha).toFixed(2);
    return fill(length === 1 ? w.sum_one : w.sum, { score: number(score), total: number(total), penalty, length });
  }

  /** Of a node, or of greedy's output where the beam lost it: its text, and its score. */
  numbers(at) {
    const { tree, header, words: w, chosen, step } = this.beams;
    const node = at === "greedy" ? null : tree.nodes[at];
    const { total, score } = node ?? header.greedy;
    const pieces = tree.pieces(at);
    const ended = pieces.at(-1) === "</s>";
    const headline = [
      this.target(joinedText(tree.texts(at).slice(0, ended ? -1 : undefined))),
      ended && make("span", { class: "ended", text: "</s>" }),
      at === chosen && make("span", { class: "tag", text: w.chosen }),
    ];
    const more = node
      ? `${fill(w.this_piece, { p: node.p.toFixed(4), piece: surface(node.label) })} ${fateOf(tree, node, step, w)}`
      : w.greedy_lost;
    const sum = make("strong", { text: this.sum(pieces.length, total, score) });
    return [headline.filter(Boolean), [sum, ` ${more}`]];
  }

  /** Where beam and greedy part, and whose score is better. */
  parting() {
    const { tree, header, words: w } = this.beams;
    const { parts_at: at, hypotheses, greedy, widths, beam_size: size } = header;
    const winner = hypotheses[0];
    if (at === null) {
      const agreement = make("strong", { text: size === 1 ? w.single : w.agree });
      return [[agreement], [this.target(winner.text), ` ${this.sum(winner.length, winner.total, winner.score)}`]];
    }
    const taken = tree.nodes[tree.path(winner.node)[at]];
    const other = tree.nodes[greedy.path[at]]; // of two equally probable pieces the search may have listed the other one
    const end = tree.nodes[greedy.path.at(-1)];
    const headline = composed(w.part, {
      where: make("strong", { text: fill(w.part_where, { step: at + 1 }) }),
      greedy: this.target(surface(other?.label ?? greedy.pieces[at])),
      greedy_p: other ? number(other.p) : "–",
      piece: this.target(surface(taken.label)),
      p: number(taken.p),
    });
    const fate = (node) => {
      const rank = tree.ranks.get(node.id) ?? node.rank + 1;
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
}
