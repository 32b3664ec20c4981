// Colours of the palette: scales as tables, and the colour of a head.

/** @param {string} hex
 *  @returns {number[]} red, green and blue, 0 to 255 */
export const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** @param {number[]} colour red, green and blue, 0 to 255 */
export function luminance([r, g, b]) {
  const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

export const headColour = (palette, head) => palette.heads[head % palette.heads.length];

const tables = new WeakMap(); // of each palette: making both takes some milliseconds, and pages show several views

/** 256 colours along one of a palette's scales, and for each the text colour that can be read on it.
 *  @param {{text: string, background: string, sequential: string[], diverging: string[]}} palette
 *  @param {"sequential" | "diverging"} scale
 *  @returns {import("./payloads.js").ColourTable} */
export function colourTable(palette, scale = "sequential") {
  if (!tables.has(palette)) tables.set(palette, {});
  return (tables.get(palette)[scale] ??= makeTable(palette, scale));
}

function makeTable(palette, scale) {
  const stops = palette[scale].map(rgb);
  const packed = new Uint32Array(256);
  const css = [];
  const ink = [];
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * (stops.length - 1);
    const at = Math.min(Math.floor(place), stops.length - 2);
    const colour = stops[at].map((low, j) => Math.round(low + (place - at) * (stops[at + 1][j] - low)));
    packed[i] = (255 << 24) | (colour[2] << 16) | (colour[1] << 8) | colour[0]; // little-endian RGBA
    css.push(`rgb(${colour.join(",")})`);
    const contrast = (other) => {
      const [one, two] = [luminance(colour), luminance(rgb(other))].sort((x, y) => x - y);
      return (two + 0.05) / (one + 0.05);
    };
    // Halfway up a scale neither of the palette's inks can be read; black or white always can.
    const [best] = [palette.text, palette.background].sort((x, y) => contrast(y) - contrast(x));
    ink.push(contrast(best) >= 4.6 ? best : contrast("#000000") > contrast("#FFFFFF") ? "#000000" : "#FFFFFF");
  }
  return { packed, css, ink };
}
