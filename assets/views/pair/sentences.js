// The source, once where both runs share it, and both translations, piece below piece.

import { make, range, setAttribute } from "../kit/dom.js";
import { chance, fill, surface } from "../kit/format.js";
import { aligned } from "./align.js";

const SIZES = [1.34, 1.17, 1]; // em: letters shrink so far before a translation takes a second line
const WRAPPED = 1.12; // em: the letters of one that does

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
    this.labels = make("div", { class: "side-labels" });
    this.element = make("div", { class: "sentences" }, ...sources, this.buildTranslations());
  }

  buildSource(side, code) {
    const words = side.header.source_words.map(([from, to]) =>
      make("span", { class: "pieces" }, ...range(to - from).map((i) => this.sourceChip(side, from + i))),
    );
    return make("div", { class: "chips", role: "group", "aria-label": this.pair.words.source, lang: code }, ...words);
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
    this.slots = make("div", { class: "slots", role: "group", "aria-label": w.translations, lang: headers[0].languages[1] }, ...slots);
    this.scroller = make("div", { class: "translations" }, this.labels, this.slots);
    return this.scroller;
  }

  /** The names of both sides before the first line, their letters before each further one. */
  labelLines(count) {
    if (this.labels.childElementCount === count) return;
    const { sides } = this.pair;
    const label = (side, line) =>
      make("span", { class: "side-label target" }, badge(side), line === 0 && make("span", { class: "label", text: side.name, title: side.name }));
    this.labels.replaceChildren(...range(count).flatMap((line) => make("div", { class: "line" }, ...sides.map((side) => label(side, line)))));
  }

  /** Both translations are seen whole: smaller if need be, and in several lines where letters would become too small. */
  layout() {
    const { slots, element } = this;
    this.labelLines(1);
    slots.classList.add("one-line");
    const fits = SIZES.some((size) => {
      element.style.setProperty("--chip", `${(size * this.pair.em).toFixed(1)}px`);
      return slots.scrollWidth <= slots.clientWidth;
    });
    if (fits) return;
    slots.classList.remove("one-line");
    element.style.setProperty("--chip", `${(WRAPPED * this.pair.em).toFixed(1)}px`);
    this.labelLines(new Set(Array.from(slots.children, (slot) => /** @type {HTMLElement} */ (slot).offsetTop)).size);
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

  /** Bring a step into sight, where there are so many lines that they scroll. */
  scrollTo(step) {
    const { scroller } = this;
    const chip = this.chips.map((chips) => chips.find(({ i }) => i === step)?.chip).find(Boolean);
    if (!chip || scroller.scrollHeight <= scroller.clientHeight) return;
    const room = scroller.getBoundingClientRect();
    const place = chip.closest(".slot").getBoundingClientRect();
    if (place.top < room.top || place.bottom > room.bottom) scroller.scrollTop += (place.top + place.bottom - room.top - room.bottom) / 2;
  }
}
