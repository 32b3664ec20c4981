// A picture for a paper, as SVG or PNG.

import { headColour, colourTable } from "./colour.js";
import { SVG, save } from "./dom.js";
import { fitted } from "./format.js";

/** A picture for a paper in the making: white ground, the colours of the light theme, measured text. */
export class Paper {
  constructor(palette) {
    this.palette = palette.light;
    this.table = colourTable({ ...this.palette, sequential: ["#FFFFFF", ...this.palette.sequential.slice(1)] });
    this.fonts = "'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'Helvetica Neue', Arial, sans-serif";
    this.size = 16;
    this.items = [];
    this.ruler = document.createElement("canvas").getContext("2d");
    this.ruler.font = `${this.size}px ${this.fonts}`;
    this.measure = (text) => this.ruler.measureText(text).width;
    this.text = (x, y, text, more = {}) => {
      const plain = text.replace(/[\u2068\u2069]/g, "");
      this.items.push({ type: "text", x, y, text: plain, fill: this.palette.text, size: this.size, anchor: "start", ...more });
    };
  }

  /** A text cut to a width; in the title's letters where it is the title. */
  fitted(text, width, title = false) {
    this.ruler.font = title ? `600 20px ${this.fonts}` : `${this.size}px ${this.fonts}`;
    const found = fitted(this.ruler, text, width);
    this.ruler.font = `${this.size}px ${this.fonts}`;
    return found;
  }

  headColour(head) {
    return headColour(this.palette, head);
  }

  /** A legend of heads from x on. -> where it ends */
  heads(heads, name, x, y) {
    for (const head of heads) {
      this.items.push({ type: "rect", x, y: y - 12, w: 14, h: 14, fill: this.headColour(head) });
      this.text(x + 20, y, name(head));
      x += this.measure(name(head)) + 44;
    }
    return x;
  }

  /** Save the picture as "svg", or as "png" at twice its size. */
  save(kind, name, width, height) {
    const scene = { width: Math.ceil(width), height: Math.ceil(height), items: this.items, fonts: this.fonts };
    if (kind === "svg") return save(new Blob([sceneToSvg(scene)], { type: "image/svg+xml" }), `${name}.svg`);
    return sceneToCanvas(scene, 2).toBlob((blob) => blob && save(blob, `${name}.png`), "image/png");
  }
}

function sceneToSvg({ width, height, items, fonts }) {
  const svg = document.createElementNS(SVG, "svg");
  const set = (element, attributes) => {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, typeof value === "number" ? +value.toFixed(3) : value);
    return element;
  };
  const add = (tag, attributes, text) => {
    const element = set(document.createElementNS(SVG, tag), attributes);
    if (text !== undefined) element.textContent = text;
    svg.append(element);
  };
  set(svg, { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": fonts });
  add("rect", { width, height, fill: "#FFFFFF" });
  for (const item of items) {
    if (item.type === "rect") {
      const edge = item.stroke ? { stroke: item.stroke, "stroke-width": 0.5 } : {};
      add("rect", { x: item.x, y: item.y, width: item.w, height: item.h, fill: item.fill, ...edge });
    } else if (item.type === "curve") {
      const bend = (item.x2 - item.x1) * 0.42;
      const d = `M${item.x1} ${item.y1.toFixed(2)}C${item.x1 + bend} ${item.y1.toFixed(2)} ${item.x2 - bend} ${item.y2.toFixed(2)} ${item.x2} ${item.y2.toFixed(2)}`;
      add("path", { d, fill: "none", stroke: item.stroke, "stroke-width": item.width, "stroke-opacity": item.alpha });
    } else {
      const turn = item.rotate ? { transform: `rotate(${item.rotate} ${item.x.toFixed(2)} ${item.y.toFixed(2)})` } : {};
      const weight = item.weight ? { "font-weight": item.weight } : {};
      add("text", { x: item.x, y: item.y, fill: item.fill, "font-size": item.size, "text-anchor": item.anchor, ...turn, ...weight }, item.text);
    }
  }
  return new XMLSerializer().serializeToString(svg);
}

function sceneToCanvas({ width, height, items, fonts }, scale) {
  const canvas = document.createElement("canvas");
  const most = Math.min(scale, 16000 / Math.max(width, height));
  canvas.width = width * most;
  canvas.height = height * most;
  const context = canvas.getContext("2d");
  context.scale(most, most);
  context.fillStyle = "#FFFFFF";
  context.fillRect(0, 0, width, height);
  for (const item of items) {
    context.globalAlpha = item.alpha ?? 1;
    if (item.type === "rect") {
      context.fillStyle = item.fill;
      context.fillRect(item.x, item.y, item.w, item.h);
      if (!item.stroke) continue;
      context.strokeStyle = item.stroke;
      context.lineWidth = 0.5;
      context.strokeRect(item.x, item.y, item.w, item.h);
    } else if (item.type === "curve") {
      const bend = (item.x2 - item.x1) * 0.42;
      context.strokeStyle = item.stroke;
      context.lineWidth = item.width;
      context.beginPath();
      context.moveTo(item.x1, item.y1);
      context.bezierCurveTo(item.x1 + bend, item.y1, item.x2 - bend, item.y2, item.x2, item.y2);
      context.stroke();
    } else {
      context.save();
      context.translate(item.x, item.y);
      if (item.rotate) context.rotate((item.rotate * Math.PI) / 180);
      context.font = `${item.weight ?? 400} ${item.size}px ${fonts}`;
      context.textAlign = { start: "left", middle: "center", end: "right" }[item.anchor];
      context.fillStyle = item.fill;
      context.fillText(item.text, 0, 0);
      context.restore();
    }
  }
  return canvas;
}
