// The source, once where both runs share it, and both translations, piece below piece.

import { make, range, setAttribute } from "../kit/dom.js";
import { chance, fill, surface } from "../kit/format.js";
import { aligned } from "./align.js";

/** The letter of a side. */
export const badge = (side) => make("span", { class: "badge", text: side.letter, "aria-hidden": "true" });

export class Sentences {
  /** @param {import("../pair.js").Pair} pair */
  constructor(pair) {
    this.pair = pair;
    const { sides, same, words: w } = pair;
    this.chips = [[], []];
    const sources = (same ? sides.slice(0, 1) : sides).flatMap((side) => {
      const code = side.header.languages[0];
      const name = make("span", { class: "label", text: w.languages[code] ?? code });
      return [make("span", { class: "side-label source" }, !same && badge(side), name), this.buildSource(side, code)];
    });
    const labels = sides.map((side) =>
      make("span", { class: "side-label target" }, badge(side), make("span", { class: "label", text: side.name, title: side.name })),
    );
    this.element = make("div", { class: "sentences" }, ...sources, make("div", { class: "side-labels" }, ...labels), this.buildTranslations());
  }

  buildSource(side, code) {
    const words = side.header.source_words.map(([from, to]) =>
      make("span", { class: "pieces" }, ...range(to - from).map((i) => this.sourceChip(side, from + i))),
    );
    return make("div", { class: "scroller", role: "group", tabindex: "0", "aria-label": this.pair.words.source, lang: code }, make("div", { class: "chips" }, ...words));
  }

  sourceChip(side, i) {
    const { pair } = this;
    const { header } = side;
    const w = pair.words;
    const special = header.source_specials.includes(i);
    const unknown = header.unknown.includes(i);
    const spelled = header.spelled?.source[i];
    const masked = (pair.same ? pair.sides : [side]).filter((one) => one.about.masked.includes(i)).map((one) => one.letter);
    const notes = [unknown && w.unknown, spelled && w.spelled, masked.length && fill(w.masked_piece, { sides: masked.join(", ") })].filter(Boolean);
    const element = make(
      "span",
      {
        class: `chip source${special ? " special" : ""}${unknown ? " unknown" : ""}${spelled ? " spelled" : ""}${masked.length ? " masked" : ""}`,
        title: notes.length ? `${surface(header.source[i])}: ${notes.join(", ")}` : null,
      },
      make("bdi", { dir: "auto", text: surface(header.source[i]) }),
      (unknown || masked.length > 0) && make("sup", { text: masked.length ? `✕${masked.join("")}` : "?", "aria-hidden": "true" }),
    );
    element.onpointerenter = (event) => event.pointerType !== "touch" && pair.state.kind !== "decoder_self" && pair.point({ column: i, at: side.at });
    element.onpointerleave = () => pair.point(null);
    return element;
  }

  /** Both translations, one above the other: pieces that both have stand in one place, with both probabilities. */
  buildTranslations() {
    const { sides, words: w, last } = this.pair;
    const headers = sides.map((side) => side.header);
    const comparable = headers[0].languages[1] === headers[1].languages[1];
    const [a, b] = headers.map((h) => h.output.map((piece, i) => h.spelled?.output[i] ?? piece)); // bytes, not labels
    const pairs = comparable ? aligned(a, b) : range(last + 1).map((i) => headers.map((h) => (i < h.output.length ? i : -1)));
    const slots = pairs.map(([i, j]) => {
      const differs = comparable && (i < 0 || j < 0 || a[i] !== b[j]);
      return make("div", { class: "slot" }, this.targetCell(0, i, differs), this.targetCell(1, j, differs));
    });
    this.scroller = make("div", { class: "scroller", role: "group", "aria-label": w.translations, lang: headers[0].languages[1] }, make("div", { class: "slots" }, ...slots));
    return this.scroller;
  }

  /** A piece of a side's translation and its probability; an empty place where `i` is -1. */
  targetCell(at, i, differs) {
    if (i < 0) return make("span", { class: "cell", "aria-hidden": "true" });
    const { pair } = this;
    const { header } = pair.sides[at];
    const w = pair.words;
    const piece = surface(header.output[i]);
    const special = header.output_specials.includes(i);
    const spelled = header.spelled?.output[i];
    const chip = make(
      "button",
      {
        type: "button",
        title: spelled ? `${piece}: ${w.spelled}` : null,
        class: `chip target${special ? " special" : ""}${spelled ? " spelled" : ""}${differs ? " differs" : ""}`,
        onclick: () => pair.go(i),
      },
      differs && make("span", { class: "mark", text: "≠", "aria-hidden": "true" }),
      make("bdi", { dir: "auto", text: piece }),
    );
    const p = make("span", { class: "p", text: chance(header.chosen[i]) });
    const label = `${piece}, p = ${chance(header.chosen[i])}${differs ? `, ${w.differs}` : ""}`;
    this.chips[at].push({ chip, p, i, label });
    const begins = header.output_words.some(([from]) => from === i);
    return make("span", { class: begins ? "cell begins" : "cell" }, chip, p);
  }

  paint() {
    const { state, words: w } = this.pair;
    const { step } = state;
    this.chips.forEach((chips, at) => {
      for (const { chip, p, i, label } of chips) {
        const there = i <= step;
        chip.classList.toggle("ghost", !there);
        chip.classList.toggle("now", i === step);
        p.style.visibility = there ? "" : "hidden";
        setAttribute(chip, "aria-label", `${"AB"[at]}, ${there ? fill(w.go, { step: i + 1, piece: label }) : fill(w.not_yet, { step: i + 1 })}`);
        if (i === step) setAttribute(chip, "aria-current", "step");
        else chip.removeAttribute("aria-current");
      }
    });
  }

  scrollTo(step) {
    const { scroller } = this;
    const chip = this.chips.map((chips) => chips.find(({ i }) => i === step)?.chip).find(Boolean);
    if (!chip || scroller.scrollWidth <= scroller.clientWidth) return;
    const room = scroller.getBoundingClientRect();
    const place = chip.getBoundingClientRect();
    if (place.left < room.left + 30 || place.right > room.right - 30) {
      scroller.scrollLeft += (place.left + place.right - room.left - room.right) / 2;
    }
  }
}
