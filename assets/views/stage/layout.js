// Sizes of the attention view: what the room is given to. Nothing here depends on step or head, so that nothing jumps.

import { clamp, range, setText } from "../kit/dom.js";
import { rulesOf } from "./words.js";

const WIDE = 860; // pixels from which picture and controls stand beside each other
const BASE = { width: 1230, height: 545 }; // the room on a projector of 1280 x 720, where type has its base size
const PROJECTED = { width: 1050, height: 600 }; // in presentation the same type needs less room to be read from afar
const PADDING = { width: 32, height: 20 }; // in presentation, around all
const [TYPE, LARGEST] = [18, 48];
const LEAST = 44; // pixels: the picture of a head is not narrower for want of height

/** The base size of type in a room, in pixels. */
export function typeSize({ width, height, presenting }) {
  if (width < WIDE) return TYPE;
  if (presenting) return clamp(TYPE * Math.min(width / PROJECTED.width, height / PROJECTED.height), 21, LARGEST);
  return clamp(TYPE * Math.min(width / BASE.width, height / BASE.height) ** 0.8, TYPE, 30);
}

/** The size of words: as large as can be on as few lines as at a comfortable size; smaller where they would take too much.
 *  @param {{largest: number, comfortable: number, smallest: number}} sizes
 *  @param {(size: number) => number} linesAt
 *  @param {(size: number) => boolean} fits */
export function wordSize({ largest, comfortable, smallest }, linesAt, fits) {
  if (fits(comfortable)) {
    const lines = linesAt(comfortable);
    for (let size = largest; size > comfortable; size--) if (linesAt(size) <= lines && fits(size)) return size;
    return comfortable;
  }
  let [low, high] = [smallest, comfortable]; // low fits, or is the least
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Pictures of all heads of one layer, and small ones of all layers below, in a box; in a higher one where many heads and
 *  layers would be too small in it.
 *  @param {{width: number, height: number, heads: number, layers: number, aspect: number, caption: number, name: number}} of
 *  `aspect` of a map, `caption`: height of a head's number, `name`: width of a layer's
 *  @returns {{across: number, w: number, h: number, gap: number, mini: {w: number, h: number, gap: number}, height: number}} */
export function headPlaces({ width, height, heads, layers, aspect, caption, name }) {
  const gap = 6;
  const each = (width - name) / heads;
  const mini = { w: 0, h: 0, gap: each < 16 ? 1 : 4 };
  mini.w = Math.floor(each) - mini.gap;
  if (layers > 1) mini.h = Math.floor(clamp((height * 0.3) / layers - 4, 16, Math.max(16, mini.w / aspect)));
  const below = mini.h ? layers * (mini.h + mini.gap) + gap : 0;
  const divisors = range(heads).map((i) => i + 1).filter((across) => heads % across === 0); // or the last line would have gaps
  const most = divisors.findLast((across) => across === 1 || width >= across * (LEAST + gap));
  const least = (heads / most) * (LEAST / Math.max(1, aspect) + caption + gap);
  const room = Math.max(height - below, least);
  let best = null;
  for (const across of divisors) {
    if (room === least && across > most) break;
    const down = heads / across;
    const place = { w: Math.floor((width - gap * (across - 1)) / across) - 1, h: Math.floor(room / down - caption - gap) };
    const w = Math.max(12, Math.min(place.w, place.h * aspect * 1.8)); // cells need not be square
    const h = Math.max(12, Math.min(place.h, (place.w / aspect) * 1.4));
    const size = Math.min(w / aspect, h) + 0.1 * Math.max(w, h);
    if (!best || size > best.size) best = { size, across, w: Math.floor(w), h: Math.floor(h) };
  }
  const { across, w, h } = best;
  return { across, w, h, gap, mini, height: (heads / across) * (h + caption + gap) + below };
}

/** Keep room for the longest of the rules, so that nothing moves when one more holds. */
function reserveRules({ rules, lines, words, selection, weights }) {
  const { rows, columns } = selection.view;
  const most = weights.S * weights.T;
  const sums = lines.isShown && { drawn: most, all: most, isMean: true };
  rules.style.height = "";
  setText(rules, rulesOf(selection, words, { lines: sums, unseen: Math.max(rows.length, columns.length) > 24 ? "scroll" : null, anyPins: true }).join(" · "));
  rules.style.height = `${rules.offsetHeight}px`;
}

/** Give each part of the view its size. @param {import("../stage.js").Stage} stage */
export function arrange(stage) {
  const { root, frame, presenting, panels, sentences, selection } = stage;
  const room = presenting
    ? { width: window.innerWidth - PADDING.width, height: window.innerHeight - PADDING.height }
    : { width: frame.clientWidth, height: stage.room.measure() };
  const wide = room.width >= WIDE;
  const { view } = selection.state;
  stage.wide = wide;
  root.classList.toggle("wide", wide);
  root.classList.toggle("narrow", !wide);
  root.classList.toggle("tight", wide && room.width / typeSize({ ...room, presenting }) < 56);
  for (const name of ["map", "lines", "table"]) root.classList.toggle(`shows-${name}`, view === name);
  root.style.fontSize = `${typeSize({ ...room, presenting })}px`;
  stage.em = parseFloat(getComputedStyle(root).fontSize);
  stage.fontSize = Math.max(14, Math.round(stage.em * 0.78));
  stage.more.fold(wide);
  sentences.layout({ height: wide ? room.height : Infinity, presenting });
  reserveRules(stage);
  root.classList.toggle("crowded", stage.weights.S + stage.weights.T > 48);
  const rows = Math.min(24, selection.view.rows.length); // so many have their names at any height
  if (wide) {
    const gap = parseFloat(getComputedStyle(root).rowGap);
    const others = [...root.children].filter((part) => part !== panels && /** @type {HTMLElement} */ (part).offsetHeight);
    const taken = others.reduce((sum, part) => sum + /** @type {HTMLElement} */ (part).offsetHeight + gap, 0);
    const desk = stage.steps.element.offsetHeight + stage.controls.element.offsetHeight + 9.4 * stage.em;
    const least = Math.max(15 * stage.em, desk, rows * (rows > 18 ? 12.5 : 15.1) + 7 * stage.em);
    panels.style.height = `${Math.floor(Math.max(room.height - taken, least))}px`;
    stage.map.element.style.height = "";
  } else {
    panels.style.height = "";
    const high = rows * 26 + 9 * stage.em;
    stage.map.element.style.height = `${Math.round(clamp(high, 300, Math.max(360, window.innerHeight * 0.8)))}px`;
  }
  for (const part of [stage.candidates, stage.grid, stage.lines, stage.map]) part.layout();
}
