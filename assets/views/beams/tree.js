// A beam search as a tree: its nodes, what became of them, and the pieces that lead to each.

/** What the log-probability of a hypothesis is divided by, as in core/decoding.py. */
export const lengthPenalty = (length, alpha) => ((5 + length) / 6) ** alpha;

/** A candidate of a step. What its payload holds by position has names here; `lives`: until which step something lives that
 *  goes on from it; `joined`: it goes on a word.
 *  @typedef {object} TreeNode
 *  @property {number} id
 *  @property {number | null} parent
 *  @property {number} step
 *  @property {string} piece
 *  @property {string} label
 *  @property {string} text
 *  @property {number} total
 *  @property {number} p
 *  @property {number} score
 *  @property {number} rank
 *  @property {import("../kit/payloads.js").BeamNode[7]} status
 *  @property {boolean} byte
 *  @property {TreeNode[]} children
 *  @property {number} [lives]
 *  @property {boolean} [joined] */

export class Tree {
  /** @param {import("../kit/payloads.js").BeamsHeader} header */
  constructor(header) {
    this.header = header;
    /** @type {TreeNode[][]} the candidates of each step, best first */
    this.levels = header.widths.map(() => []);
    /** @type {TreeNode[]} */
    this.nodes = header.nodes.map(([parent, step, piece, total, p, score, rank, status, label = piece, text = piece], id) => {
      // A piece that is a byte has a label and a text of its own: what it completes, and what it adds to the text.
      const byte = Boolean(header.bytes) && /^<0x[0-9A-F]{2}>$/.test(piece);
      const node = { id, parent: parent < 0 ? null : parent, step, piece, label, text, total, p, score, rank, status, byte, children: [] };
      this.levels[step].push(node);
      return node;
    });
    for (const node of this.nodes) if (node.parent !== null) this.nodes[node.parent].children.push(node);
    // What finished lives on.
    for (const node of [...this.nodes].reverse()) {
      if (node.status === "pruned") node.lives = node.step - 1;
      else if (node.status !== "kept") node.lives = Infinity;
      else node.lives = Math.max(node.step, ...node.children.map((child) => child.lives));
    }
    this.winner = new Set(this.path(header.hypotheses[0].node));
    this.greedy = new Set(header.greedy.path);
    this.ranks = new Map(header.hypotheses.map(({ node }, i) => [node, i + 1]));
    this.greedyEnds = this.ranks.has(header.greedy.path.at(-1)); // greedy's output is one of the hypotheses
    const spaced = this.nodes.some((node) => node.step > 0 && node.piece.startsWith("▁"));
    for (const node of this.nodes) node.joined = spaced && node.step > 0 && (node.byte ? !/^[^\p{L}\p{M}\p{N}]/u.test(node.text) : /^[\p{L}\p{M}\p{N}]/u.test(node.piece));
  }

  /** The ids of the nodes that lead to one, its own being the last.
   *  @param {number} id
   *  @returns {number[]} */
  path(id) {
    const found = [];
    for (let at = id; at !== null; at = this.nodes[at].parent) found.unshift(at);
    return found;
  }

  /** The pieces up to a node, or those of "greedy".
   *  @param {number | "greedy"} which
   *  @returns {string[]} */
  pieces(which) {
    return which === "greedy" ? this.header.greedy.pieces : this.path(which).map((id) => this.nodes[id].piece);
  }

  /** What each of these pieces adds to the text.
   *  @param {number | "greedy"} which
   *  @returns {string[]} */
  texts(which) {
    return which === "greedy" ? (this.header.greedy.texts ?? this.header.greedy.pieces) : this.path(which).map((id) => this.nodes[id].text);
  }

  /** Whether a node that the beam kept has no descendant left at a step.
   *  @param {TreeNode} node
   *  @param {number} step */
  isLost(node, step) {
    return node.status === "kept" && node.lives < step;
  }
}
