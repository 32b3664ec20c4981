// Guess first: the piece of a step is hidden, then its weights, until somebody reveals them.

import { SHOWN } from "./state.js";

export class Guess {
  constructor() {
    /** @type {Map<number, number>} what is shown of each step that somebody was at */
    this.revealed = new Map();
  }

  /** What of a step is shown.
   *  @param {import("../kit/payloads.js").StageState} state
   *  @param {boolean} playing nobody guesses while the translation plays */
  shown({ guess, step }, playing) {
    if (!guess) {
      this.revealed.clear();
      return SHOWN.all;
    }
    if (playing) this.revealed.set(step, SHOWN.all);
    return this.revealed.get(step) ?? SHOWN.nothing;
  }

  /** Show more of a step: its piece, then its weights, which a model without attention does not have.
   *  @param {number} step
   *  @param {boolean} blind */
  reveal(step, blind) {
    const next = this.revealed.has(step) || blind ? SHOWN.all : SHOWN.piece;
    this.revealed.set(step, next);
  }
}
