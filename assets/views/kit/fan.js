// What one word attends to in several heads, drawn: a band on each word and a line from it, in the colour of the head.

import { headColour } from "./colour.js";

const LEAST = 0.02; // weights below are no line: nobody would see it

/** Draw bands and lines, on screen and on paper.
 *  @param {import("./payloads.js").DrawingContext} context
 *  @param {{heads: number[], rows: ArrayLike<number>[], word: number}} chosen rows: the weights of each head
 *  @param {{bands: number, band: number, left: number, right: number, pitch: number, top: number}} g where bands begin,
 *  how wide one is, where lines begin and end, and where rows stand
 *  @param {import("./payloads.js").Palette} palette */
export function drawFan(context, { heads, rows, word }, g, palette) {
  const middle = (at) => g.top + (at + 0.5) * g.pitch;
  const bend = (g.right - g.left) * 0.45;
  heads.forEach((head, i) => {
    const colour = headColour(palette, head);
    const shift = (i - (heads.length - 1) / 2) * Math.min(3, (g.pitch * 0.6) / heads.length);
    Array.from(rows[i]).forEach((weight, k) => {
      // A band on each word: the head's colour as strong as the weight.
      const [x, y] = [g.bands + i * g.band, g.top + k * g.pitch];
      context.globalAlpha = weight;
      context.fillStyle = colour;
      context.fillRect(x, y + 2, g.band - 1, g.pitch - 4);
      context.globalAlpha = 1;
      context.strokeStyle = palette.border;
      context.lineWidth = 1;
      context.strokeRect(x + 0.5, y + 2.5, g.band - 2, g.pitch - 5);
      if (weight < LEAST) return;
      const [from, to] = [middle(k) + shift, middle(word) + shift];
      context.globalAlpha = 0.3 + 0.7 * weight;
      context.strokeStyle = colour;
      context.lineWidth = 1 + 6 * weight;
      context.beginPath();
      context.moveTo(g.left, from);
      context.bezierCurveTo(g.left + bend, from, g.right - bend, to, g.right, to);
      context.stroke();
      context.globalAlpha = 1;
    });
  });
}
