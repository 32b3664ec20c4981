// What the view of all heads as points gets (pages/corpus/cloud.py), as types. Nothing is imported from here at run time.

/**
 * @typedef {object} HeadPoint
 * @property {[string, number, number]} head kind, layer and head, from 0
 * @property {string} name
 * @property {string} role one of core.analysis.ROLES
 * @property {number} x
 * @property {number} y
 * @property {number} size 0 to 1: its share of the largest importance
 * @property {string} mark "A" or "B" for a chosen head, "" for any other
 */

/**
 * @typedef {import("../kit/payloads.js").Visit & {
 *   id: string,
 *   title: string,
 *   file: string,
 *   height: number,
 *   x: import("../curves/payloads.js").Axis,
 *   y: import("../curves/payloads.js").Axis,
 *   roles: [role: string, name: string][],
 *   points: HeadPoint[],
 * }} CloudHeader
 */

export {};
