// What all views share: small tools, colours, a Trace unpacked, the heatmap, and the frame that a view lives in.
//
// It stands before each view's own file, in one script with it (core/export/bundle.py). What people typed reaches
// the page as text nodes and canvas text only, never as markup.

const KINDS = ["encoder_self", "decoder_self", "cross"];
const REPORT_AFTER = 500; // milliseconds of rest before the server hears of a change
const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  first: "M5 5h2.4v14H5zM19 5v14l-10-7z",
  previous: "M17 5v14L7 12z",
  next: "M7 5v14l10-7z",
  last: "M16.6 5H19v14h-2.4zM5 5v14l10-7z",
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  present: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
  theme: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18v-1.6a7.4 7.4 0 0 0 0-14.8z",
};

// --- Small tools -----------------------------------------------------------------------------------------------------

/** An element with attributes (on… are handlers, text is text) and children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  picture.append(path);
  return picture;
}

/** Set a text, attribute or class only where it changes: untouched elements cost no layout. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}
function setPressed(button, pressed) {
  setAttribute(button, "aria-pressed", pressed);
}

/** Fill {names} of a phrase. Each value is isolated, so that one written from right to left turns nothing else around. */
function fill(phrase, values = {}) {
  return phrase.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "string" && /[^\x20-\x7e]/.test(value) ? `\u2068${value}\u2069` : String(value);
  });
}

const number = (weight) => weight.toFixed(2);
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const range = (n) => Array.from({ length: n }, (_, i) => i);
const surface = (piece) => piece.replace(/^▁/, "").trim() || "␣";
const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function luminance([r, g, b]) {
  const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 3294.6 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

const headColour = (palette, head) => palette.heads[head % palette.heads.length];

/** 256 colours along one of a palette's scales, and for each the text colour that reads on it. */
function colourTable(palette, scale = "sequential") {
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

/** Fit a text into a width by cutting whole characters (as people count them), with an ellipsis. */
function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  const characters = [...text];
  while (characters.length > 1) {
    characters.pop();
    const shorter = `${characters.join("")}…`;
    if (context.measureText(shorter).width <= width) return shorter;
  }
  return characters.join("");
}

// --- The Trace -------------------------------------------------------------------------------------------------------

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Data that came as bytes: a JSON header behind its length of four bytes, then numbers. -> {header, body} */
function unpack(bytes) {
  const size = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))), body: bytes.subarray(4 + size) };
}

const floats = (bytes) => new Float32Array(bytes.slice().buffer); // a copy, which begins where a number may

/** The packed Trace with its weights as numbers from 0 to 1, and what can be made of them, remembered. */
class Weights {
  static async read(bytes) {
    const { header, body } = unpack(bytes);
    return new Weights(header, header.deflate ? await inflate(body) : body);
  }

  constructor(header, body) {
    this.header = header;
    this.S = header.source.length;
    this.T = header.output.length;
    this.memory = new Map();
    const { S, T } = this;
    const triangle = header.causal ? (T * (T + 1)) / 2 : T * T;
    const sizes = [S * S, triangle, T * S];
    let at = 0;
    this.parts = {};
    KINDS.forEach((kind, i) => {
      const count = header.layers[i] * header.heads * sizes[i];
      this.parts[kind] = { body: body.subarray(at, at + count), size: sizes[i], layers: header.layers[i] };
      at += count;
    });
  }

  /** Remember what is dear to make; the oldest is forgotten. */
  once(key, create) {
    if (!this.memory.has(key)) {
      if (this.memory.size > 600) this.memory.delete(this.memory.keys().next().value);
      this.memory.set(key, create());
    }
    return this.memory.get(key);
  }

  /** How the pieces [from, to) of a side read together. A character that is spelled in bytes is read as itself in a
   *  word; a single piece, and a character that the word cuts short, by the labels of its bytes. */
  label(side, from, to, merged) {
    const texts = merged && this.header.texts?.[side].slice(from, to).filter(Boolean);
    return texts?.length ? surface(texts.join("")) : this.header[side].slice(from, to).map(surface).join("");
  }

  /** The byte that a piece of a side is, such as "<0xE4>"; undefined for any other piece. */
  byte(side, i) {
    return this.header.spelled?.[side][i];
  }

  layers(kind) {
    return this.parts[kind].layers;
  }

  /** One head's weights as they were recorded, (rows, columns), one row after the other. */
  recorded(kind, layer, head) {
    return this.once(`recorded ${kind} ${layer} ${head}`, () => {
      const { body, size, layers } = this.parts[kind];
      const start = (layer * this.header.heads + head) * size;
      const { S, T } = this;
      const rows = kind === "encoder_self" ? S : T;
      const columns = kind === "decoder_self" ? T : S;
      const result = new Float32Array(rows * columns);
      if (layer < 0 || layer >= layers) return result; // there is none in this model
      let from = start;
      for (let r = 0; r < rows; r++) {
        const length = kind === "decoder_self" && this.header.causal ? r + 1 : columns;
        for (let c = 0; c < length; c++) result[r * columns + c] = body[from++] / 255;
      }
      return result;
    });
  }

  /** Rows and columns of a kind as they are shown: single pieces or whole words, with or without specials.
   *  Each is a range of pieces [from, to) with its label; a row is there from step `ready` on. */
  view(kind, merged, hidden) {
    return this.once(`view ${kind} ${merged} ${hidden}`, () => {
      const h = this.header;
      const group = (side, special) => ([from, to]) => ({ from, to, label: this.label(side, from, to, merged), special: special(from) });
      const single = (n) => range(n).map((i) => [i, i + 1]);
      const isEnd = (i) => h.source_specials.includes(i);
      const isOutputEnd = (i) => h.output_specials.includes(i);
      const source = (merged ? h.source_words : single(this.S)).map(group("source", isEnd));
      for (const word of source) word.side = "source";
      const written = (merged ? h.output_words : single(this.T)).map(group("output", isOutputEnd));
      for (const word of written) {
        word.side = "target";
        word.reads = this.label("input", word.from, word.to, merged);
      }
      // Input position i holds output piece i - 1; position 0 holds the special that starts a translation.
      const shifted = [[0, 1], ...h.output_words.map(([from, to]) => [from + 1, Math.min(to + 1, this.T)])];
      const read = (merged ? shifted.filter(([from, to]) => from < to) : single(this.T)).map(
        group("input", (i) => i === 0),
      );
      for (const word of read) word.side = "target";
      const ready = (word, at) => ({ ...word, ready: at });
      let rows = kind === "encoder_self" ? source.map((w) => ready(w, -1)) : written.map((w) => ready(w, w.to - 1));
      let columns = (kind === "decoder_self" ? read : source).map((w) =>
        ready(w, kind === "decoder_self" ? w.from : -1),
      );
      if (hidden) {
        rows = rows.filter((word) => !word.special);
        columns = columns.filter((word) => !word.special);
      }
      const masked = kind === "decoder_self" && h.causal;
      const allowed = (row, column) => !masked || column.from <= row.to - 1;
      return { kind, rows, columns, allowed, masked, key: `${kind} ${merged} ${hidden}` };
    });
  }

  /** One head's weights as the view shows them: summed over the pieces that are read, averaged over those that read. */
  shown(view, layer, head) {
    return this.once(`shown ${view.key} ${layer} ${head}`, () => {
      const all = this.recorded(view.kind, layer, head);
      const width = view.kind === "decoder_self" ? this.T : this.S;
      const { rows, columns } = view;
      const result = new Float32Array(rows.length * columns.length);
      rows.forEach((row, r) => {
        columns.forEach((column, c) => {
          let sum = 0;
          for (let q = row.from; q < row.to; q++) {
            for (let k = column.from; k < column.to; k++) sum += all[q * width + k];
          }
          result[r * columns.length + c] = sum / (row.to - row.from);
        });
      });
      return result;
    });
  }

  /** The mean of some heads of a layer. */
  mean(view, layer, heads) {
    if (heads.length === 1) return this.shown(view, layer, heads[0]);
    return this.once(`mean ${view.key} ${layer} ${heads}`, () => {
      const maps = heads.map((head) => this.shown(view, layer, head));
      const result = new Float32Array(maps[0].length);
      for (const map of maps) for (let i = 0; i < result.length; i++) result[i] += map[i];
      for (let i = 0; i < result.length; i++) result[i] /= maps.length;
      return result;
    });
  }

  /** For each row the least weight that is kept, if the heaviest that make up `percent` of the row's mass are. */
  cuts(name, map, view, percent) {
    return this.once(`cuts ${name} ${percent}`, () => {
      const width = view.columns.length;
      return Float32Array.from(view.rows, (_, r) => {
        const row = map.slice(r * width, (r + 1) * width).sort();
        const mass = row.reduce((sum, weight) => sum + weight, 0) * (percent / 100) - 1e-6;
        let sum = 0;
        let least = 0;
        for (let i = width - 1; i >= 0 && row[i] > 0; i--) {
          sum += row[i];
          least = row[i];
          if (sum >= mass) break;
        }
        return least;
      });
    });
  }
}

// --- The heatmap -----------------------------------------------------------------------------------------------------

/** Where cells and labels stand. Cells shrink until all fit; below 7 pixels they grow to a readable size and scroll. */
function mapGeometry(view, width, height, size, measure) {
  const [R, C] = [Math.max(1, view.rows.length), Math.max(1, view.columns.length)];
  const longest = (texts, most) => Math.min(most, Math.max(16, ...texts.map((text) => measure(text, size))));
  const most = clamp(width * 0.2, 44, 110);
  const rowWidth = longest(view.rows.map((row) => row.label), view.kind === "encoder_self" ? most * 1.4 : most);
  const readsWidth = view.kind === "encoder_self" ? 0 : longest(view.rows.map((row) => row.reads), most);
  const arrow = readsWidth ? size * 1.9 : 0;
  const x0 = Math.ceil(rowWidth + readsWidth + arrow + 14);
  const columnWidth = longest(view.columns.map((column) => column.label), 120);
  const fitWidth = (width - x0 - 4) / C;
  const rotated = columnWidth + 6 > fitWidth;
  const tilt = Math.PI * 0.3;
  const labelHeight = rotated ? Math.min(height * 0.26, columnWidth * Math.sin(tilt) + size * 0.6) : size + 10;
  const y0 = Math.ceil(labelHeight + 6);
  // The last slanted label leans to the right of its cell.
  const lean = rotated ? Math.min(columnWidth, labelHeight / Math.sin(tilt)) * Math.cos(tilt) * 0.8 : 0;
  const fit = { w: (width - x0 - 4 - lean) / C, h: (height - y0 - 4) / R };
  const scrolls = fit.w < 7 || fit.h < 7;
  return {
    x0,
    y0,
    cw: scrolls ? size + 4 : Math.min(96, fit.w),
    ch: scrolls ? size + 4 : Math.min(46, fit.h),
    rowWidth,
    readsWidth,
    arrow,
    labelHeight,
    scrolls,
    rotated: rotated || scrolls,
    tilt,
    width,
    height,
  };
}

const shadeOf = (weight) => Math.min(255, Math.round(weight * 255)); // of a weight's colour in a table

/** A map as a picture of one pixel a cell: cells that may not be attended to stay clear. */
function cellPicture(map, view, table, shade = shadeOf) {
  const [rows, columns] = [view.rows.length, view.columns.length];
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, columns);
  canvas.height = Math.max(1, rows);
  if (!rows || !columns) return canvas;
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      if (view.masked && !view.allowed(view.rows[r], view.columns[c])) continue;
      pixels[r * columns + c] = table.packed[shade(map[r * columns + c])];
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** One map with its names. A scene may bring a scale of its own (`table`, `shade` and `text` of a value), and a `hatch` for
 *  cells that may not be attended to. */
function drawHeatmap(context, g, scene, scroll) {
  const { view, focus, visible, hover, palette, table, size } = scene;
  const [R, C] = [view.rows.length, view.columns.length];
  const { x0, y0, cw, ch } = g;
  const x = (c) => x0 + c * cw - scroll.x;
  const y = (r) => y0 + r * ch - scroll.y;
  const first = { r: Math.max(0, Math.floor(scroll.y / ch)), c: Math.max(0, Math.floor(scroll.x / cw)) };
  const last = {
    r: Math.min(R, Math.ceil((scroll.y + g.height - y0) / ch)),
    c: Math.min(C, Math.ceil((scroll.x + g.width - x0) / cw)),
  };

  context.save();
  context.beginPath();
  context.rect(x0, y0, g.width - x0, g.height - y0);
  context.clip();
  context.fillStyle = palette.surface; // the ground of rows that are not there yet and of cells that are masked
  context.fillRect(x(0), y(0), C * cw, R * ch);
  context.imageSmoothingEnabled = false;
  if (visible && scene.hatch) {
    context.fillStyle = scene.hatch;
    context.fillRect(x(0), y(0), C * cw, visible * ch);
  }
  if (visible) context.drawImage(scene.picture, 0, 0, C, visible, x(0), y(0), C * cw, visible * ch);
  const cells = (last.r - first.r) * (last.c - first.c);
  const lined = cw >= 9 && ch >= 9 && cells < 3000;
  context.strokeStyle = palette.border;
  context.lineWidth = 1;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${size}px ${scene.fonts}`;
  const widest = context.measureText((scene.text ?? number)(scene.text ? -0.88 : 0.88)).width;
  const numbered = cw >= widest + 3 && ch >= size + 4;
  if (lined) {
    for (let r = first.r; r < Math.min(last.r, visible); r++) {
      for (let c = first.c; c < last.c; c++) {
        if (!view.allowed(view.rows[r], view.columns[c])) continue;
        context.strokeRect(Math.round(x(c)) + 0.5, Math.round(y(r)) + 0.5, Math.round(cw), Math.round(ch));
        if (!numbered) continue;
        const weight = focus[r * C + c];
        context.fillStyle = table.ink[(scene.shade ?? shadeOf)(weight)];
        context.fillText((scene.text ?? number)(weight), x(c + 0.5), y(r + 0.5) + 1);
      }
    }
  }
  drawMarks(context, g, scene, x, y);
  context.restore();
  drawRowNames(context, g, scene, y, first, last);
  drawColumnNames(context, g, scene, x, first, last);

  function drawMarks() {
    const band = (colour, width, r, c) => {
      context.strokeStyle = colour;
      context.lineWidth = width;
      const inset = width / 2;
      if (r !== undefined && c !== undefined) context.strokeRect(x(c) + inset, y(r) + inset, cw - width, ch - width);
      else if (r !== undefined) context.strokeRect(x(0) + inset, y(r) + inset, C * cw - width, ch - width);
      else context.strokeRect(x(c) + inset, y(0) + inset, cw - width, visible * ch - width);
    };
    if (scene.current >= 0) band(palette.target, 2, scene.current);
    for (const r of scene.pinned.rows) if (r < visible) band(palette.text, 2, r);
    for (const c of scene.pinned.columns) if (visible) band(palette.text, 2, undefined, c);
    if (!hover) return;
    if (hover.row < visible) band(palette.text, 1.5, hover.row);
    if (hover.column !== undefined && visible) band(palette.text, 1.5, undefined, hover.column);
    if (hover.row < visible && hover.column !== undefined) band(palette.accent, 3, hover.row, hover.column);
  }
}

const nameColour = (palette, word) => (word.special ? palette.muted : palette[word.side]);

/** Names that fit are all there; of more, every so many; those in question always. */
function drawRowNames(context, g, scene, y, first, last) {
  const { view, palette, size, fonts, hover } = scene;
  const every = Math.max(1, Math.ceil((size + 1) / g.ch));
  const special = new Set([scene.current, hover?.row, ...scene.pinned.rows].filter((r) => r >= 0));
  context.save();
  context.beginPath();
  context.rect(0, g.y0 - 4, g.x0, g.height - g.y0 + 4);
  context.clip();
  context.textBaseline = "middle";
  const isFree = (r) => [...special].every((other) => Math.abs(other - r) * g.ch > size + 1);
  const put = (r, strong) => {
    const row = view.rows[r];
    if (row.ready > scene.step) return;
    const middle = y(r + 0.5) + 1;
    context.font = `${strong ? 700 : 400} ${size}px ${fonts}`;
    if (strong && g.ch < size + 2) {
      context.fillStyle = palette.background;
      context.fillRect(0, middle - size / 2 - 2, g.x0 - 2, size + 4);
    }
    context.textAlign = "right";
    context.fillStyle = nameColour(palette, row);
    context.fillText(fitted(context, row.label, g.rowWidth + 2), g.x0 - 8, middle);
    if (!g.readsWidth) return;
    context.fillStyle = palette.muted;
    context.fillText("→", g.x0 - 8 - g.rowWidth - size * 0.55, middle);
    context.fillText(fitted(context, row.reads, g.readsWidth + 2), g.x0 - 8 - g.rowWidth - g.arrow, middle);
  };
  for (let r = first.r - (first.r % every); r < last.r; r += every) if (r >= 0 && isFree(r)) put(r, false);
  for (const r of special) if (r >= first.r && r < last.r) put(r, true);
  context.restore();
}

function drawColumnNames(context, g, scene, x, first, last) {
  const { view, palette, size, fonts, hover } = scene;
  const needed = g.rotated ? (size + 2) / Math.sin(g.tilt) : 1;
  const every = Math.max(1, Math.ceil(needed / g.cw));
  const special = new Set([hover?.column, ...scene.pinned.columns].filter((c) => c >= 0));
  context.save();
  context.beginPath();
  context.rect(g.x0 - 6, 0, g.width - g.x0 + 6, g.y0);
  context.clip();
  const isFree = (c) => [...special].every((other) => Math.abs(other - c) * g.cw > needed);
  const put = (c, strong) => {
    const column = view.columns[c];
    if (column.ready > scene.step) return;
    context.font = `${strong ? 700 : 400} ${size}px ${fonts}`;
    context.save();
    context.translate(x(c + 0.5), g.y0 - 6);
    if (g.rotated) {
      context.rotate(-g.tilt);
      context.translate(2, 2);
      context.textAlign = "left";
    } else context.textAlign = "center";
    context.textBaseline = g.rotated ? "middle" : "alphabetic";
    const text = fitted(context, column.label, g.rotated ? g.labelHeight / Math.sin(g.tilt) - size * 0.5 : g.cw + 4);
    if (strong && g.rotated) {
      context.fillStyle = palette.background;
      context.fillRect(-1, -size / 2 - 2, context.measureText(text).width + 4, size + 4);
    }
    context.fillStyle = nameColour(palette, column);
    context.fillText(text, 0, 0);
    context.restore();
  };
  for (let c = first.c - (first.c % every); c < last.c; c += every) if (c >= 0 && isFree(c)) put(c, false);
  for (const c of special) if (c >= first.c && c < last.c) put(c, true);
  context.restore();
}

// --- Pictures as files -----------------------------------------------------------------------------------------------

/** A picture for a paper in the making: white ground, the colours of the light theme, measured text. */
class Paper {
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

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// --- The frame of a view ---------------------------------------------------------------------------------------------

/** A view: one picture on the page with a frame of its own, in the app's colours, that draws what the server sends.
 *
 *  A view says how it reads data (`read`), takes it over (`take`), finds its sizes (`layout`) and paints (`paint`). What
 *  is chosen is told the server at leisure (`tell`), what it must answer at once (`act`). `header` holds language, theme,
 *  and an `id` that is the same for the same data only. */
class View {
  constructor(parent, assets) {
    this.parent = parent;
    this.assets = assets;
    this.frame = make("div", { class: "hl-frame" });
    parent.append(make("style", { text: assets.css, "data-stage": true }), this.frame);
    this.ratio = window.devicePixelRatio || 1;
    this.observer = new ResizeObserver(() => {
      this.ratio = window.devicePixelRatio || 1; // it changes with the zoom, as the size does
      this.layout();
    });
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => this.restyle();
    this.scheme.addEventListener("change", this.onScheme);
    this.onElsewhere = (event) => {
      if (event.type === "pointerdown" || event.key === "Enter") event.composedPath().includes(this.frame) || this.tellNow();
    };
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, this.onElsewhere, { capture: true });
  }

  /** Called for new data, a new theme, or for nothing new at all. */
  async receive({ data, setStateValue, setTriggerValue }) {
    this.send = setStateValue ? (state) => setStateValue("state", state) : null;
    this.call = setTriggerValue ? (act) => setTriggerValue("act", act) : null;
    if (!data || this.data === data) return this.restyle();
    this.data = data;
    const content = await this.read(data); // newer data may come meanwhile, so that nothing of the view changes in there
    if (this.data !== data || this.gone) return;
    const before = this.header;
    this.header = content.header;
    this.words = this.assets.words[this.header.language] ?? this.assets.words.en;
    if (["id", "shown", "language"].some((name) => before?.[name] !== this.header[name])) {
      this.take(content);
      if (this.root.parentElement !== this.frame) this.frame.replaceChildren(this.root); // one that is kept keeps its place
      this.observer.disconnect();
      this.observer.observe(this.frame);
    }
    this.restyle();
    this.layout();
  }

  /** -> {header, …} for `take`. The app sends a plain object, or bytes where there are many numbers. */
  async read(data) {
    return { header: data };
  }

  /** Make `root`, the element that shows this content: a div of class "hl". */
  take() {}

  layout() {
    this.schedule();
  }

  paint() {}

  // --- Canvases, sharp on any screen

  sizeCanvas(canvas, width, height) {
    const [w, h] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }

  context(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    return context;
  }

  // --- What goes to the server

  // A message that comes while the server begins to answer another stops that, and what it asked for is lost. So what is
  // still to be told goes ahead of whatever else is asked for, here or elsewhere on the page.

  /** What is chosen here: the server hears of it once it has rested. */
  tell(state) {
    this.tellLater(() => this.send?.({ ...state, shown: this.header.shown }));
  }

  tellLater(report) {
    clearTimeout(this.resting);
    this.untold = report;
    this.resting = setTimeout(() => this.tellNow(), REPORT_AFTER);
  }

  tellNow() {
    const report = this.untold;
    clearTimeout(this.resting);
    this.untold = null;
    if (!this.gone) report?.();
  }

  /** Something for the server to do now. */
  act(what) {
    this.tellNow();
    this.call?.(what);
  }

  destroy() {
    this.gone = true;
    clearTimeout(this.resting);
    for (const name of ["pointerdown", "keydown"]) removeEventListener(name, this.onElsewhere, { capture: true });
    this.observer.disconnect();
    this.scheme.removeEventListener("change", this.onScheme);
    this.frame.remove();
  }

  schedule() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = null;
      if (!this.gone && this.palette) this.paint();
    });
  }

  button(name, action, content, more = {}) {
    const label = this.words[name] ?? name;
    return make("button", { type: "button", "aria-label": label, title: label, onclick: action, ...more }, content);
  }

  // --- Theme

  themeName() {
    if (this.chosenTheme) return this.chosenTheme;
    const { theme, page } = this.header;
    const own = getComputedStyle(this.frame).getPropertyValue("--st-background-color").trim();
    if (own && !page) {
      const probe = make("span", { style: `color: ${own}; display: none` });
      this.frame.append(probe);
      const colour = getComputedStyle(probe).color.match(/[\d.]+/g)?.map(Number);
      probe.remove();
      if (colour) return luminance(colour) < 0.3 ? "dark" : "light";
    }
    if (theme === "light" || theme === "dark") return theme;
    return this.scheme.matches ? "dark" : "light";
  }

  /** The palette of a theme; a view may make it stronger. */
  colours(name) {
    return this.assets.palette[name];
  }

  restyle() {
    if (!this.root) return;
    const name = this.themeName();
    const { language } = this.header;
    const palette = this.colours(name);
    const style = `${name} ${palette.muted} ${language}`;
    this.fonts = this.assets.palette.fonts[language] ?? this.assets.palette.fonts.text;
    this.palette = palette;
    if (style !== this.style || this.root.dataset.theme !== name) {
      this.style = style;
      this.theme = name;
      this.root.dataset.theme = name;
      for (const [colour, value] of Object.entries(palette)) {
        if (typeof value === "string") this.root.style.setProperty(`--${colour}`, value);
      }
      for (const [role, colour] of Object.entries(palette.roles)) this.root.style.setProperty(`--role-${role}`, colour);
      palette.heads.forEach((colour, head) => this.root.style.setProperty(`--head-${head}`, colour));
      this.root.style.setProperty("--ramp", palette.sequential.join(","));
      this.root.style.setProperty("--ramp-difference", palette.diverging.join(","));
      this.root.style.setProperty("--fonts", this.fonts);
      this.root.style.colorScheme = name;
      this.table = colourTable(palette);
      this.differences = colourTable(palette, "diverging");
      this.restyled?.();
    }
    this.schedule();
  }

  headColour(head) {
    return headColour(this.palette, head);
  }
}

const mounted = new WeakMap(); // one view a place on the page

/** Show `component.data` in `component.parentElement`. Called again it updates; it returns the way out.
 *  Without assets there is nothing to show: so the app calls it where it only brings the sources to the browser. */
function mount(Kind, component, assets) {
  if (!assets) return undefined;
  const { parentElement } = component;
  if (!mounted.has(parentElement)) mounted.set(parentElement, new Kind(parentElement, assets));
  const own = mounted.get(parentElement);
  own.receive(component);
  return () => {
    own.destroy();
    mounted.delete(parentElement);
  };
}
