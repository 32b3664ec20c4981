// Numbers and phrases as people read them.

/** Fill {names} of a phrase. Each value is isolated, so that one written from right to left turns nothing else around.
 *  @param {string} phrase
 *  @param {Record<string, unknown>} values */
export function fill(phrase, values = {}) {
  return phrase.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "string" && /[^\x20-\x7e]/.test(value) ? `\u2068${value}\u2069` : String(value);
  });
}

/** A number with so many decimals, a real minus sign and no minus zero. */
export function number(value, digits = 2) {
  if (value === -Infinity) return "−∞";
  return value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
}

/** The same with its sign; without one where it rounds to zero. */
export function signed(value, digits = 2) {
  const text = number(value, digits);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** A number with so many significant digits, zeros at its end left out. */
export function significant(value, digits) {
  if (value === -Infinity) return "−∞";
  return String(Number(value.toPrecision(digits))).replaceAll("-", "−");
}

/** A probability. */
export const chance = (p) => (p < 0.005 ? "<0.01" : number(p));

/** A piece as it is shown, without the mark of a word's beginning. */
export const surface = (piece = "") => piece.replace(/^▁/, "").trim() || "␣";

/** Fit a text into a width by cutting whole characters (as people count them), with an ellipsis. */
export function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const characters = [...text];
  while (characters.length > 1) {
    characters.pop();
    const shorter = `${characters.join("")}…`;
    if (context.measureText(shorter).width <= width) return shorter;
  }
  return characters.join("");
}
