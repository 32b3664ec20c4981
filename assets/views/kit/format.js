// Numbers and phrases as people read them.

/** Fill {names} of a phrase. Each value is isolated, so that one written from right to left turns nothing else around. */
export function fill(phrase, values = {}) {
  return phrase.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "string" && /[^\x20-\x7e]/.test(value) ? `\u2068${value}\u2069` : String(value);
  });
}

export const number = (weight) => weight.toFixed(2);
export const surface = (piece) => piece.replace(/^▁/, "").trim() || "␣";

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
