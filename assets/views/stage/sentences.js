// Source and translation, piece by piece, with the cross-attention of this step as bars over the source.

import { make, range, ScrollPlace, setAttribute, setPressed, setText } from "../kit/dom.js";
import { fill, number, surface } from "../kit/format.js";
import { wordSize } from "./layout.js";
import { SHOWN } from "./state.js";

/** A chip's classes: its side, and those of its marks that hold. */
const chipClass = (side, marks) => ["chip", side, ...Object.keys(marks).filter((mark) => marks[mark])].join(" ");

export class Sentences {
  /** @param {import("../stage.js").Stage} stage */
  constructor(stage) {
    this.stage = stage;
    const { words: w, header } = stage;
    // A Trace from elsewhere may be of an encoder alone, or of a decoder alone: one text.
    this.isAlone = !header.source.length || !header.output.length;
    const names = header.languages.map((code, i) => w.languages[code] ?? (this.isAlone ? w.lone : w[i ? "target" : "source"]));
    stage.root.classList.toggle("crossless", !stage.weights.layers("cross"));
    this.caption = make("span", { class: "what" });
    this.bars = [];
    this.wordBars = [];
    this.sourceChips = header.source.map((_, i) => this.sourceChip(i));
    const forced = new Set((header.change.forced ?? []).map(([step]) => step));
    this.targetChips = header.output.map((_, i) => this.targetChip(i, forced.has(i)));
    const source = header.source_words.map(([from, to]) => {
      const pieces = range(to - from).map((i) => make("span", { class: "piece" }, this.bar(this.bars), this.sourceChips[from + i]));
      return make("span", { class: "word" }, this.bar(this.wordBars), make("span", { class: "pieces" }, ...pieces));
    });
    const target = header.output_words.map(([from, to]) =>
      make("span", { class: "word" }, make("span", { class: "pieces" }, ...this.targetChips.slice(from, to))),
    );
    this.startChip = make("span", { class: chipClass("target", { special: (header.input_specials ?? [0]).includes(0), start: true }) }, make("bdi", { text: header.input[0] }));
    this.sourceBox = make("div", { class: "scroller", role: "group", lang: header.languages[0] }, make("div", { class: "chips" }, ...source));
    this.targetBox = make(
      "div",
      { class: "scroller", role: "group", "aria-label": names[1], lang: header.languages[1] },
      make("div", { class: "chips" }, make("span", { class: "word" }, this.startChip), ...target),
    );
    const label = (side, ...parts) => make("div", { class: `side-label ${side}` }, ...parts);
    const labels = [label("source", make("strong", { text: names[0] }), this.caption), label("target", make("strong", { text: names[1] }))];
    labels[0].hidden = this.sourceBox.hidden = !header.source.length;
    labels[1].hidden = this.targetBox.hidden = !header.output.length;
    this.names = names;
    this.scroll = { source: new ScrollPlace(this.sourceBox), target: new ScrollPlace(this.targetBox) };
    this.element = make(
      "div",
      { class: "sentences" },
      labels[0],
      this.sourceBox,
      labels[1],
      this.targetBox,
      header.page && header.spelled && make("p", { class: "spelled-note", text: this.spelledNote() }),
    );
  }

  bar(list) {
    const value = make("span", { class: "value" });
    const level = make("span", { class: "level" });
    const box = make("span", { class: "bar", "aria-hidden": "true" }, value, make("span", { class: "well" }, level));
    list.push({ box, value, level });
    return box;
  }

  sourceChip(i) {
    const { header, words: w } = this.stage;
    const piece = surface(header.source[i]);
    const masked = (header.change.masked_source ?? []).includes(i);
    const unknown = header.unknown.includes(i);
    const spelled = this.spelledTitle("source", i);
    const marks = { special: header.source_specials.includes(i), unknown, spelled, masked };
    const title = masked ? `${piece}: ${w.masked}` : unknown ? `${piece}: ${w.unknown}` : spelled;
    return make(
      "button",
      { type: "button", class: chipClass("source", marks), title, onclick: () => this.pin(i) },
      make("bdi", { dir: "auto", text: piece }),
      unknown && make("sup", { text: "?", "aria-hidden": "true" }),
    );
  }

  targetChip(i, forced) {
    const { header, words: w } = this.stage;
    const spelled = this.spelledTitle("output", i);
    const marks = { special: header.output_specials.includes(i), forced, spelled };
    return make(
      "button",
      { type: "button", class: chipClass("target", marks), title: forced ? w.forced : spelled, onclick: () => this.choose(i) },
      make("bdi", { dir: "auto", text: surface(header.output[i]) }),
    );
  }

  /** Go to a piece's step, or reveal what is hidden there. */
  choose(i) {
    const { stage } = this;
    if (i === stage.state.step && stage.selection.shown < SHOWN.all) stage.reveal();
    else stage.go(i);
  }

  /** Why a piece is a byte, null for one that is none. */
  spelledTitle(side, i) {
    const { header, weights, words } = this.stage;
    const byte = weights.byte(side, i);
    return byte ? `${surface(header[side][i])} ${byte}: ${words.spelled}` : null;
  }

  spelledNote() {
    const { header, words } = this.stage;
    const { characters } = header.spelled;
    const shown = characters.length > 12 ? [...characters.slice(0, 12), "…"] : characters;
    return shown.length ? fill(words.spelled_note, { characters: shown.join(" ") }) : words.spelled_none;
  }

  /** A source chip pins the word where it is a key: as a column, which in masked self-attention it is not. */
  pin(i) {
    const { state, view } = this.stage.selection;
    if (state.kind === "decoder_self") return;
    const word = view.columns.find((column) => column.from <= i && i < column.to);
    if (word) this.stage.togglePin("c", word);
  }

  /** The size of the words: all of both sentences is seen, on more lines or smaller where it must be. */
  layout({ height, presenting }) {
    const { stage, element, sourceBox, targetBox } = this;
    const largest = stage.wide ? Math.round(stage.em * 1.34 + 0.3) : 22;
    const sizes = { largest, comfortable: presenting || !stage.wide ? largest : Math.round(largest * 0.75), smallest: 14 };
    const set = (size) => element.style.setProperty("--word", `${size}px`);
    for (const box of [sourceBox, targetBox]) box.style.maxHeight = "";
    const lines = (box) => new Set([...box.firstElementChild.children].map((word) => /** @type {HTMLElement} */ (word).offsetTop)).size;
    const linesAt = (size) => (set(size), lines(sourceBox) + lines(targetBox));
    const fits = (size) => (set(size), element.offsetHeight <= height * (presenting ? 0.45 : 0.31));
    set(wordSize(sizes, linesAt, fits));
    if (stage.wide) {
      sourceBox.style.maxHeight = `${Math.round(height * 0.46)}px`; // of the longest sentences, which scroll then
      targetBox.style.maxHeight = `${Math.round(height * 0.24)}px`;
    }
    this.scroll.source.remember();
    this.scroll.target.remember();
    this.places = { source: this.chipPlaces(sourceBox, this.sourceChips), target: this.chipPlaces(targetBox, this.targetChips) };
  }

  chipPlaces(scroller, chips) {
    const start = scroller.getBoundingClientRect().top - scroller.scrollTop;
    const [room, all] = [scroller.clientHeight, scroller.scrollHeight];
    return chips.map((chip) => {
      const { top, height } = chip.getBoundingClientRect();
      return { top: top - start, height, room, all };
    });
  }

  /** @param {Float32Array | null} weightsOfStep over the source; null while they are hidden */
  paint(weightsOfStep) {
    const { header, words: w, selection, weights } = this.stage;
    const { step, merged, hidden, kind } = selection.state;
    const row = weightsOfStep ?? new Float32Array(header.source.length);
    const isCrossed = weights.layers("cross") > 0;
    const isHidden = (i) => i === step && selection.shown === SHOWN.nothing;
    this.targetChips.forEach((chip, i) => {
      chip.classList.toggle("ghost", i > step);
      chip.classList.toggle("now", i === step);
      chip.classList.toggle("read", i === step - 1);
      chip.classList.toggle("guess", isHidden(i));
      const phrase = i > step ? fill(w.not_yet, { step: i + 1 }) : fill(w.go, { step: i + 1, piece: isHidden(i) ? w.guess_hidden : surface(header.output[i]) });
      setAttribute(chip, "aria-label", phrase);
      if (i === step) setAttribute(chip, "aria-current", "step");
      else chip.removeAttribute("aria-current");
    });
    this.startChip.classList.toggle("read", step === 0);
    // The bars are always cross-attention, whatever kind the pictures below show.
    this.stage.root.classList.toggle("merged", merged);
    const isAbsent = (i) => hidden && header.source_specials.includes(i);
    this.bars.forEach((bar, i) => this.paintBar(bar, row[i], isAbsent(i)));
    header.source_words.forEach(([from, to], i) => {
      let sum = 0;
      for (let k = from; k < to; k++) sum += row[k];
      this.paintBar(this.wordBars[i], sum, isAbsent(from));
    });
    this.strongest = row.reduce((best, weight, i) => (weight > row[best] && !isAbsent(i) ? i : best), 0);
    const pins = kind === "decoder_self" ? [] : selection.pinned("c").map((i) => selection.view.columns[i]);
    this.sourceChips.forEach((chip, i) => {
      chip.classList.toggle("glow", i === this.strongest && row[i] >= 0.05);
      const unknown = header.unknown.includes(i) ? `, ${w.unknown}` : weights.byte("source", i) ? `, ${w.spelled}` : "";
      const weight = weightsOfStep ? number(row[i]) : w.guess_hidden;
      const piece = surface(header.source[i]);
      setAttribute(chip, "aria-label", (isCrossed ? fill(w.source_piece, { piece, weight }) : piece) + unknown);
      setPressed(chip, pins.some((word) => word.from <= i && i < word.to));
    });
    if (!isCrossed) return setAttribute(this.sourceBox, "aria-label", this.names[0]);
    const where = selection.where(w);
    setText(this.caption, fill(w.bars, { where }));
    const parts = weightsOfStep ? header.source.map((piece, i) => `${surface(piece)} ${number(row[i])}`).join(", ") : w.guess_hidden;
    return setAttribute(this.sourceBox, "aria-label", fill(w.bars_alt, { where, piece: isHidden(step) ? "?" : surface(header.output[step]), parts }));
  }

  paintBar({ box, value, level }, weight, absent) {
    box.classList.toggle("absent", absent);
    setText(value, number(weight));
    box.classList.toggle("faint", weight < 0.05);
    level.style.transform = `scaleY(${weight.toFixed(4)})`;
  }

  /** Bring the piece of this step, and the source piece that it attends to most, into sight. */
  scrollToStep() {
    const { step } = this.stage.selection.state;
    const bring = (scroll, place) => {
      if (!place) return; // of a side that is not there
      const { top, height, room, all } = place;
      if (all > room && (top < scroll.y + 4 || top + height > scroll.y + room - 4)) scroll.to({ y: top + height / 2 - room / 2 });
    };
    bring(this.scroll.target, this.places.target[step]);
    bring(this.scroll.source, this.places.source[this.strongest]);
  }
}
