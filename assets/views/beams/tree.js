// A beam search as a tree: its nodes, what became of them, and the pieces that lead to each.

/** What the log-probability of a hypothesis is divided by, as in core/decoding.py. */
export const lengthPenalty = (length, alpha) => ((5 + length) / 6) ** alpha;

export class Tree {
  /** @param {import("../kit/payloads.js").BeamsHeader} header */
  constructor(header) {
    this.header = header;
    this.levels = header.widths.map(() => []);
    this.nodes = header.nodes.map(([parent, step, piece, total, p, score, rank, status, label = piece, text = piece], id) => {
      // A piece that is a byte has a label and a text of its own: what it completes, and what it adds to the text.
      const byte = Boolean(header.bytes) && /^<0x[0-9A-F]{2}>$/.test(piece);
      const node = { id, parent: parent < 0 ? null : parent, step, piece, label, text, total, p, score, rank, status, byte, children: [] };
      this.levels[step].push(node);
      return node;
    });
    for (const node of this.nodes) if (node.parent !== null) this.nodes[node.parent].children.push(node);
    // Until which step something lives that goes on from a node; what finished lives on.
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

  /** The nodes that lead to one, it being the last. */
  path(id) {
    const found = [];
    for (let at = id; at !== null; at = this.nodes[at].parent) found.unshift(at);
    return found;
  }

  /** The pieces up to a node, or those of "greedy". */
  pieces(which) {
    return which === "greedy" ? this.header.greedy.pieces : this.path(which).map((id) => this.nodes[id].piece);
  }

  /** What each of these pieces adds to the text. */
  texts(which) {
    return which === "greedy" ? (this.header.greedy.texts ?? this.header.greedy.pieces) : this.path(which).map((id) => this.nodes[id].text);
  }

  /** Whether a node that the beam kept has no descendant left at a step. */
  isLost(node, step) {
    return node.status === "kept" && node.lives < step;
  }
}
