// What the view of curves gets (pages/ui/curves.py), as types. Nothing is imported from here at run time.

/**
 * One line of a chart (pages/ui/curves.py), or an area between two lines.
 * @typedef {object} Curve
 * @property {string} name
 * @property {boolean} legend whether the legend names it
 * @property {number[]} x
 * @property {number[]} y of an area, its edge that is farther from 0
 * @property {number[] | null} below an area's other edge
 * @property {string} colour
 * @property {"solid" | "dot" | "dash"} dash
 * @property {number} width pixels; 0 for markers alone
 * @property {number[] | null} sizes diameters of its markers
 * @property {("circle" | "circle-open" | "diamond" | "arrow")[] | null} symbols shapes of its markers; an arrow points away from the point before
 * @property {string[] | null} texts above its points
 * @property {string[] | null} told what is read out at its points, by default the values
 */

/**
 * @typedef {{title: string, log: boolean, zero: boolean, range: number[] | null, ticks: number[] | null, labels: string[] | null}} Axis
 */

/**
 * @typedef {import("../kit/payloads.js").Visit & {
 *   id: string,
 *   title: string,
 *   file: string,
 *   height: number,
 *   bare: boolean,
 *   square: boolean,
 *   x: Axis,
 *   y: Axis,
 *   series: Curve[],
 *   bands: {from: number, to: number, label: string}[],
 *   places: number[],
 * }} CurvesHeader
 */

export {};
