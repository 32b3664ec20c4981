// What the view of hops gets (pages/cost/way.py), as types. Nothing is imported from here at run time.

/**
 * @typedef {import("../kit/payloads.js").Visit & {
 *   id: string,
 *   title: string,
 *   rows: {name: string, hops: number[]}[],
 * }} HopsHeader rows: a kind of layer each, with the hops over which each position is reached
 */

export {};
