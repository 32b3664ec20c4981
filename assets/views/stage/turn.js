// Before and after: what was shown before the last change takes the place of what is shown now, and gives it back.

const CHANGES = ["kind", "layer", "heads", "merged", "hidden", "view"]; // of a state; another step is none

/** Whether two states of one Trace differ in more than their step. */
export const differs = (a, b) => CHANGES.some((name) => String(a[name]) !== String(b[name]));

export class Turn {
  /** @type {import("../kit/payloads.js").Shown | null} */
  other = null;
  /** Whether what was before is shown. */
  isBefore = false;

  /** Keep what a change replaces.
   *  @param {import("../kit/payloads.js").Shown} shown */
  remember(shown) {
    if (!this.isBefore) this.other = shown;
  }

  /** New data from the server are what is now. */
  begin() {
    this.isBefore = false;
  }

  /** What to show instead, at the same step where it has one.
   *  @param {import("../kit/payloads.js").Shown} shown what is shown now */
  swap(shown) {
    const { header, weights, state } = this.other;
    this.other = shown;
    this.isBefore = !this.isBefore;
    return { header, weights, state: { ...state, step: Math.min(shown.state.step, weights.T - 1) } };
  }
}
