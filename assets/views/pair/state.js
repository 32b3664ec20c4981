// What two runs side by side show.

import { ALL, AVERAGE } from "./side.js";

/** What is shown, complete and possible for these two runs, whatever is requested. pages/ui/pair.py does the same. */
export function possiblePair(requested, sides, linked) {
  const w = requested && typeof requested === "object" ? requested : {};
  const counts = (value, limit) => Number.isInteger(value) && value >= 0 && value < limit;
  const usable = ["cross", "encoder_self", "decoder_self"].filter((kind) => sides.some((side) => side.has(kind)));
  const kind = usable.includes(w.kind) ? w.kind : (usable[0] ?? "cross");
  const layers = Math.max(...sides.map((side) => side.weights.layers(kind)));
  const usual = linked ? AVERAGE : ALL;
  const head = (value, n) => (n === 1 ? 0 : counts(value, n) || value === AVERAGE || value === ALL ? value : usual);
  const head_a = head(w.head_a, sides[0].heads);
  const ends = sides.map((side) => side.T - 1 - side.header.output_specials.length);
  return {
    kind,
    layer: counts(w.layer, layers) ? w.layer : Math.max(0, layers - 1),
    head_a,
    head_b: linked ? head_a : head(w.head_b, sides[1].heads),
    step: counts(w.step, Math.max(...sides.map((side) => side.T))) ? w.step : Math.max(0, ...ends),
    row: counts(w.row, Math.max(...sides.map((side) => side.weights.S))) ? w.row : 0,
    view: w.view === "lines" ? "lines" : "maps",
  };
}
