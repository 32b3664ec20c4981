// What one word attends to in several heads: a band on each word and a line from it, in the colour of the head.

import { drawFan } from "../kit/fan.js";
import { fill, number } from "../kit/format.js";
import { nameColour } from "../kit/labels.js";
import { Paper } from "../kit/paper.js";

const NUMBERED = 0.005; // means below are no number: it would be 0.00
const LARGE = 0.1; // words with at least so much weight are bold

/** The mean of some heads' weights on a word, as text ("" where it would be zero), and whether it is large. */
export function meanOf(rows, k) {
  const mean = rows.reduce((total, row) => total + row[k], 0) / rows.length;
  return { text: mean >= NUMBERED ? number(mean) : "", large: mean >= LARGE };
}

/** Which head's weights differ most from those of `first`, by the sum of absolute differences; of equals the first one. */
export function mostDifferent(first, rows) {
  const difference = (row) => row.reduce((sum, weight, k) => sum + Math.abs(weight - rows[first][k]), 0);
  const others = rows.map((_, head) => head).filter((head) => head !== first);
  return others.reduce((best, head) => (difference(rows[head]) > difference(rows[best]) ? head : best), others[0]);
}

/** The picture for a paper: words, bands, lines and numbers, with a title and a legend of heads. */
export function fanSheet({ header, view, words: w, heads, layer, word, rows, palette: themes }, ruler = undefined) {
  const paper = new Paper(themes, ruler);
  const { palette } = paper;
  const [margin, top, pitch, band] = [24, 120, 30, 12];
  const label = (of) => paper.fitted(of.label, 170);
  const widest = Math.max(60, ...view.columns.map((of) => paper.measure(label(of))));
  const names = margin + widest; // where the words that are keys end
  const bands = names + 62;
  const left = bands + heads.length * band + 6;
  const right = left + 300;
  const line = (at) => top + (at + 0.5) * pitch + 5;
  paper.text(names, top - 12, w.is_read, { align: "right", fill: palette.muted });
  paper.text(right + 10, top - 12, w.reads, { fill: palette.muted });
  view.columns.forEach((of, k) => {
    const { text, large } = meanOf(rows, k);
    paper.text(names, line(k), label(of), { align: "right", fill: nameColour(palette, of), weight: large ? 700 : 400 });
    if (text) paper.text(names + 52, line(k), text, { align: "right", size: 13 });
  });
  drawFan(paper.context, { heads, rows, word }, { bands, band, left, right, pitch, top }, palette);
  view.rows.forEach((of, at) => {
    const chosen = at === word;
    paper.text(right + 10, line(at), label(of), { fill: chosen ? nameColour(palette, of) : palette.muted, weight: chosen ? 700 : 400 });
  });
  const title = fill(heads.length > 1 ? w.paper : w.paper_one, { layer: layer + 1, n: heads[0] + 1, word: view.rows[word].label });
  const base = top + view.rows.length * pitch + 38;
  const ends = [right + 10 + widest, margin + paper.measure(title), margin + 520];
  const end = Math.max(...ends, paper.heads(heads, (head) => fill(w.head_n, { n: head + 1 }), margin, base));
  paper.text(margin, 38, paper.fitted(header.typed, end - margin, 20, 600), { size: 20, weight: 600 });
  paper.text(margin, 66, title, { fill: palette.muted });
  return { paper, width: end + margin, height: base + 22 };
}
