// Below the tree: all outputs by their scores, and all candidates of a step.

import { focusedBeside, make, setAttribute, setText } from "../kit/dom.js";
import { fill, number } from "../kit/format.js";
import { joinedText, shortChance } from "./words.js";

/** @param {(string | HTMLElement)[]} names */
const tableHead = (names) =>
  make("thead", {}, make("tr", {}, ...names.map((name, i) => make("th", { scope: "col", class: i > 1 ? "number" : "" }, name))));

export class Lists {
  /** @param {import("../beams.js").Beams} beams */
  constructor(beams) {
    this.beams = beams;
    this.element = make("div", { class: "lists" }, this.buildFinished(), this.buildLevel());
  }

  /** All outputs, best score first; and greedy's where it is none of them. */
  buildFinished() {
    const { tree, header, words: w } = this.beams;
    const { hypotheses, greedy } = header;
    const head = ["#", this.beams.explained(w.hypothesis, "hypothesis"), w.length, this.beams.explained(w.log_p, "log-probability"), this.beams.explained(w.score, "length-penalty")];
    this.rows = hypotheses.map((hypothesis, i) => {
      const { node } = hypothesis;
      const mark = `${i + 1}${i === 0 ? " ★" : ""}${tree.greedy.has(node) ? ` ${w.greedy_letter}` : ""}`;
      return this.outputRow(node, mark, fill(w.rank, { rank: mark }), hypothesis, tree.nodes[node].step);
    });
    if (!tree.greedyEnds) {
      this.rows.push(this.outputRow("greedy", `– ${w.greedy_letter}`, w.greedy, { ...greedy, length: greedy.pieces.length }, -1));
    }
    const body = make("tbody", {}, ...this.rows.map(({ element }) => element));
    return make(
      "section",
      {},
      make("table", {}, make("caption", { text: w.finished_title }), tableHead(head), body),
      !tree.greedyEnds && make("p", { class: "note", text: w.greedy_note }),
    );
  }

  outputRow(at, mark, name, { text, length, total, score }, step) {
    const { header, words: w } = this.beams;
    const choice = make("button", { type: "button", class: "choice", "data-at": at }, make("bdi", { lang: header.target, dir: "auto", text: text || "␣" }));
    const cells = [length, number(total), number(score)].map((value) => make("td", { class: "number", text: value }));
    const when = step < 0 ? null : make("span", { class: "when", text: fill(w.when, { step: step + 1 }) });
    const element = make("tr", { "data-at": at }, make("th", { scope: "row", text: mark, "aria-label": name }), make("td", {}, choice, when), ...cells);
    return { at, element, choice, step };
  }

  buildLevel() {
    const { tree, words: w } = this.beams;
    this.levelTitle = make("caption", {});
    this.levelBody = make("tbody", {});
    const head = tableHead(["#", w.hypothesis, this.beams.explained(w.probability, "probability"), w.score, w.fate]);
    this.levelList = make("div", { class: "level-list" }, make("table", {}, this.levelTitle, head, this.levelBody));
    const most = Math.max(...tree.levels.map((level) => level.length));
    this.levelList.style.setProperty("--rows", String(Math.min(most, 10)));
    return make("section", {}, this.levelList);
  }

  levelRow(node) {
    const { tree, header, words: w } = this.beams;
    const texts = tree.texts(node.id);
    const before = joinedText(texts.slice(0, -1));
    const own = joinedText(texts).slice(before.length) || (node.byte ? node.label : ""); // a byte that completes nothing yet
    const last = make("strong", { text: own });
    const text = make("bdi", { lang: header.target, dir: "auto" }, before, last);
    const choice = make("button", { type: "button", class: "choice", "data-at": node.id, title: before + own }, text);
    const cells = [shortChance(node.p), number(node.score)].map((figure) => make("td", { class: "number", text: figure }));
    const mark = `${node.rank + 1}${tree.greedy.has(node.id) ? ` ${w.greedy_letter}` : ""}`;
    const fate = make("td", { text: w.short[node.status] });
    const element = make("tr", { "data-at": node.id, class: node.status }, make("th", { scope: "row", text: mark }), make("td", {}, choice), ...cells, fate);
    return { at: node.id, element, choice, text };
  }

  paint() {
    const { step, chosen, hovered, dropped, fonts } = this.beams;
    for (const { at, element, choice, step: end } of this.rows) {
      element.classList.toggle("later", end > step);
      setAttribute(choice, "aria-pressed", at === chosen);
      element.classList.toggle("lit", at === hovered);
    }
    const key = `${step} ${dropped} ${chosen} ${fonts}`;
    if (key !== this.painted) {
      this.painted = key;
      this.paintLevel();
    }
    for (const { at, element } of this.levelRows) element.classList.toggle("lit", at === hovered);
  }

  paintLevel() {
    const { beams } = this;
    const shown = beams.tree.levels[beams.step].filter((node) => beams.isShown(node));
    const focused = focusedBeside(beams.root);
    const place = this.levelBody.contains(focused) ? focused.dataset.at : null;
    this.levelRows = shown.map((node) => this.levelRow(node));
    this.levelBody.replaceChildren(...this.levelRows.map(({ element }) => element));
    setText(this.levelTitle, fill(beams.words.level_title, { step: beams.step + 1 }));
    const long = this.levelRows.map(({ text, choice }) => text.offsetWidth > choice.clientWidth - 12); // one layout for all
    this.levelRows.forEach(({ at, choice }, i) => {
      setAttribute(choice, "aria-pressed", at === beams.chosen);
      choice.classList.toggle("long", long[i]);
      if (String(at) === place) choice.focus({ preventScroll: true });
    });
  }
}
