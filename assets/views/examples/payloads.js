// What the view of a head's sentences gets (pages/corpus/sentences.py), as types. Nothing is imported from here at run time.

/**
 * One sentence.
 * @typedef {object} Example
 * @property {number | null} n its number, null for the visitor's sentence
 * @property {number} activation
 * @property {string[]} queries labels of the pieces that attend
 * @property {string[]} keys labels of the pieces that are attended to
 * @property {number} query the position of the query with the heaviest weight
 * @property {number} key the position of the piece that gets it
 * @property {string} weights base64: round(255 w) in a byte each, row by row; empty where they are too many
 * @property {string} beside the other sentence of the pair, "" where both are drawn
 * @property {string} address of Translate with this sentence, head and query
 */

/**
 * @typedef {import("../kit/payloads.js").Visit & {
 *   id: string,
 *   title: string,
 *   head: number,
 *   sides: {queries: "source" | "target", keys: "source" | "target"},
 *   examples: Example[],
 * }} ExamplesHeader
 */

export {};
