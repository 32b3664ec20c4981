// A picture for a paper, as SVG or PNG. It is drawn by the same functions as the one on screen: into a `Recorder`, which
// stands for a canvas's context and keeps what is drawn.

import { colourTable, headColour } from "./colour.js";
import { save } from "./dom.js";
import { fitted } from "./format.js";

const ANCHORS = { left: "start", center: "middle", right: "end" };
const STATE = ["fillStyle", "strokeStyle", "lineWidth", "globalAlpha", "font", "textAlign", "textBaseline", "lineCap", "lineJoin", "dash", "matrix"];

/** As much of a canvas's context as the views draw with. What is clipped on screen is whole on paper. */
export class Recorder {
  /** @param {string} fonts
   *  @param {import("./payloads.js").Ruler} [ruler] what measures texts */
  constructor(fonts, ruler) {
    this.isPaper = true;
    this.fonts = fonts;
    this.ruler = ruler;
    this.items = [];
    this.saved = [];
    this.path = [];
    this.circle = null;
    this.fillStyle = this.strokeStyle = "#000000";
    this.lineWidth = this.globalAlpha = 1;
    this.lineCap = /** @type {CanvasLineCap} */ ("butt");
    this.lineJoin = /** @type {CanvasLineJoin} */ ("miter");
    this.dash = [];
    this.font = `16px ${fonts}`;
    this.textAlign = /** @type {CanvasTextAlign} */ ("left");
    this.textBaseline = /** @type {CanvasTextBaseline} */ ("alphabetic");
    this.matrix = [1, 0, 0, 1, 0, 0];
  }

  save() {
    this.saved.push(STATE.map((name) => this[name]));
  }

  restore() {
    this.saved.pop().forEach((value, i) => (this[STATE[i]] = value));
  }

  translate(x, y) {
    const [a, b, c, d, e, f] = this.matrix;
    this.matrix = [a, b, c, d, a * x + c * y + e, b * x + d * y + f];
  }

  rotate(angle) {
    const [a, b, c, d, e, f] = this.matrix;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.matrix = [a * cos + c * sin, b * cos + d * sin, c * cos - a * sin, d * cos - b * sin, e, f];
  }

  place(x, y) {
    const [a, b, c, d, e, f] = this.matrix;
    return [a * x + c * y + e, b * x + d * y + f];
  }

  beginPath() {
    this.path = [];
    this.circle = null;
  }

  moveTo(x, y) {
    this.path.push(["M", ...this.place(x, y)]);
  }

  lineTo(x, y) {
    this.path.push(["L", ...this.place(x, y)]);
  }

  bezierCurveTo(x1, y1, x2, y2, x, y) {
    this.path.push(["C", ...this.place(x1, y1), ...this.place(x2, y2), ...this.place(x, y)]);
  }

  /** Circles are whole. */
  arc(x, y, r) {
    const [cx, cy] = this.place(x, y);
    this.circle = { cx, cy, r };
  }

  rect() {}

  clip() {}

  setLineDash(dash) {
    this.dash = dash;
  }

  stroke() {
    const { strokeStyle: stroke, lineWidth: width, globalAlpha: alpha, lineCap: cap, lineJoin: join, dash } = this;
    this.items.push({ type: "path", path: this.path, stroke, width, alpha, cap, join, dash });
  }

  fill() {
    const shape = this.circle ? { type: "circle", ...this.circle } : { type: "area", path: this.path };
    this.items.push({ ...shape, fill: this.fillStyle, alpha: this.globalAlpha });
  }

  fillRect(x, y, w, h) {
    this.items.push({ type: "rect", ...this.corner(x, y), w, h, fill: this.fillStyle, alpha: this.globalAlpha });
  }

  strokeRect(x, y, w, h) {
    this.items.push({ type: "rect", ...this.corner(x, y), w, h, stroke: this.strokeStyle, width: this.lineWidth, alpha: this.globalAlpha });
  }

  /** Rectangles are drawn upright, or turned with all that stands before them. */
  corner(x, y) {
    const [left, top] = this.place(x, y);
    return { x: left, y: top, turn: this.turn() };
  }

  /** By how much what is drawn is turned, degrees clockwise. */
  turn() {
    return (Math.atan2(this.matrix[1], this.matrix[0]) * 180) / Math.PI;
  }

  measureText(text) {
    this.ruler.font = this.font;
    return this.ruler.measureText(text);
  }

  fillText(text, x, y) {
    const [, weight = "400", size] = this.font.match(/^(?:(\d+) )?([\d.]+)px/) ?? [];
    const lower = this.textBaseline === "middle" ? Number(size) * 0.35 : 0;
    const item = { ...this.corner(x, y + lower), text: text.replace(/[\u2068\u2069]/g, ""), fill: this.fillStyle, alpha: this.globalAlpha };
    this.items.push({ type: "text", ...item, size: Number(size), weight: Number(weight), align: this.textAlign });
  }

  /** Draw all of it on a canvas. */
  replay(context) {
    for (const item of this.items) {
      context.save();
      context.globalAlpha = item.alpha;
      if (item.path) {
        context.beginPath();
        for (const [command, ...at] of item.path) context[{ M: "moveTo", L: "lineTo", C: "bezierCurveTo" }[command]](...at);
      }
      if (item.type === "path") {
        Object.assign(context, { strokeStyle: item.stroke, lineWidth: item.width, lineCap: item.cap, lineJoin: item.join });
        context.setLineDash(item.dash);
        context.stroke();
      } else if (item.type === "area") {
        context.fillStyle = item.fill;
        context.fill();
      } else if (item.type === "circle") {
        context.fillStyle = item.fill;
        context.beginPath();
        context.arc(item.cx, item.cy, item.r, 0, 2 * Math.PI);
        context.fill();
      } else {
        context.translate(item.x, item.y);
        context.rotate((item.turn * Math.PI) / 180);
        if (item.type === "text") {
          Object.assign(context, { font: `${item.weight} ${item.size}px ${this.fonts}`, textAlign: item.align, fillStyle: item.fill });
          context.fillText(item.text, 0, 0);
        } else if (item.fill) {
          context.fillStyle = item.fill;
          context.fillRect(0, 0, item.w, item.h);
        } else {
          Object.assign(context, { strokeStyle: item.stroke, lineWidth: item.width });
          context.strokeRect(0, 0, item.w, item.h);
        }
      }
      context.restore();
    }
  }

  /** All of it as the text of an SVG file, on a white ground or on none. */
  svg(width, height, ground = "#FFFFFF") {
    const short = (value) => (typeof value === "number" ? String(+value.toFixed(3)) : value);
    const safe = (text) =>
      String(text)
        .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
        .replace(/[&<>"]/g, (mark) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[mark]);
    const tag = (name, attributes, text) => {
      const kept = Object.entries(attributes).filter(([, value]) => value !== undefined);
      const start = `<${name} ${kept.map(([key, value]) => `${key}="${safe(short(value))}"`).join(" ")}`;
      return text === undefined ? `${start}/>` : `${start}>${safe(text)}</${name}>`;
    };
    const turned = ({ x, y, turn }) => (turn ? `rotate(${[turn, x, y].map(short).join(" ")})` : undefined);
    const parts = this.items.map((item) => {
      const opacity = item.alpha === 1 ? undefined : item.alpha;
      const d = item.path?.map(([command, ...at]) => command + at.map(short).join(" ")).join("");
      if (item.type === "area") return tag("path", { d: `${d}Z`, fill: item.fill, "fill-opacity": opacity });
      if (item.type === "path") {
        const ends = { "stroke-linecap": item.cap === "butt" ? undefined : item.cap, "stroke-linejoin": item.join === "miter" ? undefined : item.join };
        const look = { stroke: item.stroke, "stroke-width": item.width, "stroke-opacity": item.alpha, ...ends };
        return tag("path", { d, fill: "none", ...look, "stroke-dasharray": item.dash.length ? item.dash.join(" ") : undefined });
      }
      if (item.type === "circle") return tag("circle", { cx: item.cx, cy: item.cy, r: item.r, fill: item.fill, "fill-opacity": opacity });
      if (item.type === "text") {
        const { x, y, fill, size, weight, align } = item;
        const look = { fill, "font-size": size, "font-weight": weight === 400 ? undefined : weight, "text-anchor": ANCHORS[align], opacity };
        return tag("text", { x, y, ...look, transform: turned(item) }, item.text);
      }
      const box = { x: item.x, y: item.y, width: item.w, height: item.h, transform: turned(item) };
      if (item.fill) return tag("rect", { ...box, fill: item.fill, "fill-opacity": opacity });
      return tag("rect", { ...box, fill: "none", stroke: item.stroke, "stroke-width": item.width, "stroke-opacity": opacity });
    });
    const back = ground ? [tag("rect", { width, height, fill: ground })] : [];
    const start = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${safe(this.fonts)}">`;
    return [start, ...back, ...parts, "</svg>"].join("\n");
  }

  /** Show what was recorded in an SVG element of the page, `scale` times as large.
   *  @param {SVGSVGElement} svg */
  show(svg, width, height, scale = 1) {
    const drawn = new DOMParser().parseFromString(this.svg(width, height, null), "image/svg+xml").documentElement;
    for (const { name, value } of drawn.attributes) svg.setAttribute(name, value);
    svg.setAttribute("width", String(width * scale));
    svg.setAttribute("height", String(height * scale));
    svg.replaceChildren(...drawn.childNodes);
  }
}

/** A picture for a paper in the making: white ground, the colours of the light theme, measured text. */
export class Paper {
  /** @param {import("./payloads.js").Palettes} palette
   *  @param {import("./payloads.js").Ruler} ruler */
  constructor(palette, ruler = document.createElement("canvas").getContext("2d")) {
    this.palette = palette.light;
    this.table = colourTable({ ...this.palette, sequential: ["#FFFFFF", ...this.palette.sequential.slice(1)] });
    this.fonts = "'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'Helvetica Neue', Arial, sans-serif";
    this.size = 16;
    this.context = new Recorder(this.fonts, ruler);
  }

  font(size = this.size, weight = 400) {
    return `${weight} ${size}px ${this.fonts}`;
  }

  measure(text, size = this.size, weight = 400) {
    this.context.font = this.font(size, weight);
    return this.context.measureText(text).width;
  }

  /** A text cut to a width. */
  fitted(text, width, size = this.size, weight = 400) {
    this.context.font = this.font(size, weight);
    return fitted(this.context, text, width);
  }

  text(x, y, text, { align = "left", fill = this.palette.text, size = this.size, weight = 400 } = {}) {
    Object.assign(this.context, { font: this.font(size, weight), textAlign: align, textBaseline: "alphabetic", fillStyle: fill });
    this.context.fillText(text, x, y);
  }

  rect(x, y, w, h, fill) {
    this.context.fillStyle = fill;
    this.context.fillRect(x, y, w, h);
  }

  headColour(head) {
    return headColour(this.palette, head);
  }

  /** A legend of heads from x on. -> where it ends */
  heads(heads, name, x, y) {
    for (const head of heads) {
      this.rect(x, y - 12, 14, 14, this.headColour(head));
      this.text(x + 20, y, name(head));
      x += this.measure(name(head)) + 44;
    }
    return x;
  }

  /** Save the picture as "svg", or as "png" at twice its size or what is given. */
  save(kind, name, width, height, most = 2) {
    const [w, h] = [Math.ceil(width), Math.ceil(height)];
    if (kind === "svg") return save(new Blob([this.context.svg(w, h)], { type: "image/svg+xml" }), `${name}.svg`);
    const canvas = document.createElement("canvas");
    const scale = Math.min(most, 16000 / Math.max(w, h));
    canvas.width = w * scale;
    canvas.height = h * scale;
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    context.fillStyle = "#FFFFFF";
    context.fillRect(0, 0, w, h);
    this.context.replay(context);
    return canvas.toBlob((blob) => blob && save(blob, `${name}.png`), "image/png");
  }
}
