// Where the axes of a chart stand, and what they are marked with.

import { clamp, range } from "../kit/dom.js";
import { significant } from "../kit/format.js";

export const LABEL = 14; // pixels: the least that is read from the back of a hall
const LINE = LABEL * 1.6;
const TILT = Math.PI / 5; // of labels for which there is no room side by side
const THOUSANDS = ["", "k", "M", "G", "T", "P"];

/** About how wide a text is: Chinese characters are as wide as high. */
export const widthOf = (text) => [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 1 : 0.58), 0) * LABEL;

/** Round numbers from low to high, about `count` of them. */
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((size) => size * unit >= rough) * unit;
  const first = Math.ceil(low / step - 1e-9);
  return range(Math.floor(high / step + 1e-9) - first + 1).map((i) => (first + i) * step);
}

/** Powers of ten between low and high, at most `count` of them. */
function powers(low, high, count) {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const step = Math.max(1, Math.ceil((last - first + 1) / count));
  return range(Math.max(0, Math.floor((last - first) / step) + 1)).map((i) => 10 ** (first + i * step));
}

/** A number of five digits or more in thousands, millions …, as 20M. */
function short(value) {
  if (Math.abs(value) < 10_000) return significant(value, 6);
  const at = Math.min(THOUSANDS.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3 + 1e-9)));
  return `${significant(value / 1000 ** at, 6)}${THOUSANDS[at]}`;
}

/** Where a value of [low, high] stands between the pixels of the two ends.
 *  @param {number} value
 *  @param {number[]} ends */
const along = (value, [low, high], from, to) => from + ((value - low) / (high - low)) * (to - from);

/** @returns {number[]} */
const spread = (values) => (values.length ? [Math.min(...values), Math.max(...values)] : [0, 1]);

/** The values that the y axis covers, with some room at its ends. */
function rangeOfY({ range, log }, values) {
  const [low, high] = spread(values);
  if (range) return [...range];
  if (log) return [low / (high / low) ** 0.06, high * (high / low) ** 0.06];
  const room = (high - low || 1) * 0.06;
  return [low >= 0 ? 0 : low - room, high + room];
}

/** Texts of an axis's ticks. */
function labelsOf({ labels, log }, values) {
  return labels ?? values.map((value) => (log ? short(value) : significant(value, 6)));
}

/** Where the axes of a chart stand and what they cover: pixels of the box, ranges and ticks of x and y.
 *  @param {import("./payloads.js").CurvesHeader} header */
export function axesOf(header, width, height) {
  const axes = axesThatFill(header, width, height);
  if (!header.square) return axes;
  const { box, xRange, yRange } = axes;
  const [across, down] = [box.right - box.left, box.bottom - box.top];
  const unit = Math.max((xRange[1] - xRange[0]) / across, (yRange[1] - yRange[0]) / down); // of a pixel, the same both ways
  const wide = (ends, pixels) => [-1, 1].map((side) => (ends[0] + ends[1] + side * unit * pixels) / 2);
  const [x, y] = [wide(xRange, across), wide(yRange, down)];
  return axesThatFill({ ...header, x: { ...header.x, range: x }, y: { ...header.y, range: y } }, width, height);
}

/** The same, where each axis covers its own range. @param {import("./payloads.js").CurvesHeader} header */
function axesThatFill({ series, x, y, bands, bare }, width, height) {
  const yRange = rangeOfY(y, series.flatMap((line) => [...line.y, ...(line.below ?? []), ...(line.texts ? [Math.max(...line.y) * 1.08] : [])]));
  const xRange = x.range ? [...x.range] : spread(series.flatMap((line) => line.x));
  if (xRange[0] === xRange[1]) xRange[1] += 1;
  const yTicks = y.ticks ?? (y.log ? powers(...yRange, 7) : ticks(yRange[0], yRange[1], clamp(Math.floor(height / 44), 2, 5)));
  const yLabels = labelsOf(y, yTicks);
  const left = Math.max(10 + Math.max(...yLabels.map(widthOf)), x.labels ? widthOf(x.labels[0]) / 2 + 2 : 0);
  const most = (width - left) / 60;
  const xTicks = x.ticks ?? (x.log ? powers(...xRange, most) : ticks(xRange[0], xRange[1], Math.min(8, Math.max(2, most))));
  const xLabels = labelsOf(x, xTicks);
  const last = widthOf(xLabels.at(-1) ?? "");
  const right = width - Math.max(14, last / 2 + 2); // half of the last label of x
  const longest = Math.max(...xLabels.map(widthOf));
  const tilt = x.labels && !x.log && longest + 8 > (right - left) / xRange.reduce((low, high) => high - low) ? TILT : 0;
  const below = tilt ? longest * Math.sin(tilt) + LABEL * 1.4 : LABEL * 2;
  const top = 8 + (y.title ? LINE : 0) + (bands.some(({ label }) => label) ? LINE : 0);
  const bottom = height - below - (x.title ? LINE : 0);
  const scaleOf = ({ log }, ends) => {
    const measure = log ? Math.log10 : (value) => value;
    return (value, from, to) => along(measure(value), ends.map(measure), from, to);
  };
  const [alongX, alongY] = [scaleOf(x, xRange), scaleOf(y, yRange)];
  const shown = (values, labels, ends) => values.map((value, i) => ({ value, label: labels[i] })).filter(({ value }) => value >= ends[0] && value <= ends[1]);
  const box = bare ? { left: 0, right: width, top: 0, bottom: height } : { left, right, top, bottom };
  return {
    hasZero: x.zero && xRange[0] < 0,
    box,
    height,
    tilt,
    xRange,
    yRange,
    xTicks: shown(xTicks, xLabels, xRange),
    yTicks: shown(yTicks, yLabels, yRange),
    px: (value) => alongX(value, box.left, box.right),
    py: (value) => alongY(value, box.bottom, box.top), // larger values higher up
  };
}
