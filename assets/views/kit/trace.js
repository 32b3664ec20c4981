// A packed Trace (core/export/packed.py), and what can be made of its weights.

import { range } from "./dom.js";
import { surface } from "./format.js";

export const KINDS = ["encoder_self", "decoder_self", "cross"];

/** The term of the glossary that explains each kind. */
export const KIND_TERMS = { encoder_self: "encoder-self", decoder_self: "masked-self", cross: "cross-attention" };

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Data that came as bytes: a JSON header behind its length of four bytes, then numbers. -> {header, body} */
export function unpack(bytes) {
  const size = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size))), body: bytes.subarray(4 + size) };
}

export const floats = (bytes) => new Float32Array(bytes.slice().buffer); // a copy, which begins where a number may

/** The numbers of base64: little-endian float32. */
export const packedFloats = (text) => floats(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));

/** The packed Trace with its weights as numbers from 0 to 1, and what can be made of them, remembered. */
export class Weights {
  static async read(bytes) {
    const { header, body } = unpack(bytes);
    return new Weights(header, header.deflate ? await inflate(body) : body);
  }

  /** @param {import("./payloads.js").TraceHeader} header
   *  @param {Uint8Array} body */
  constructor(header, body) {
    this.header = header;
    this.S = header.source.length;
    this.T = header.output.length;
    this.memory = new Map();
    this.mapsOfAKind = Math.max(...KINDS.map((_, i) => this.held(i).length)) * header.heads;
    const { S, T } = this;
    const triangle = header.causal ? (T * (T + 1)) / 2 : T * T;
    const sizes = [S * S, triangle, T * S];
    let at = 0;
    this.parts = {};
    KINDS.forEach((kind, i) => {
      const held = this.held(i);
      const count = held.length * header.heads * sizes[i];
      this.parts[kind] = { body: body.subarray(at, at + count), size: sizes[i], held };
      at += count;
    });
  }

  /** Remember what is dear to make; the oldest is forgotten. */
  once(key, create) {
    if (!this.memory.has(key)) {
      if (this.memory.size > Math.max(600, 3 * this.mapsOfAKind)) this.memory.delete(this.memory.keys().next().value);
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

  /** The layers of a kind that are here: all of them, or those that were chosen.
   *  @param {number} kind its index */
  held(kind) {
    const n = this.header.layers[kind];
    return this.header.only?.filter((layer) => layer < n) ?? range(n);
  }

  /** The layers of a kind that are here, from 0.
   *  @returns {number[]} */
  layersOf(kind) {
    return this.parts[kind].held;
  }

  /** How many layers a kind has, also where not all of them are here; 0 if none is. */
  layers(kind) {
    return this.layersOf(kind).length && this.header.layers[KINDS.indexOf(kind)];
  }

  /** The layer that is here and nearest to another one, the later of two. */
  nearest(kind, layer) {
    const away = (own) => Math.abs(own - layer);
    return this.layersOf(kind).reduce((best, own) => (away(own) <= away(best) ? own : best), this.layersOf(kind)[0] ?? 0);
  }

  /** One head's weights as they were recorded, (rows, columns), one row after the other. */
  recorded(kind, layer, head) {
    return this.once(`recorded ${kind} ${layer} ${head}`, () => {
      const { body, size, held } = this.parts[kind];
      const place = held.indexOf(layer);
      const start = (place * this.header.heads + head) * size;
      const { S, T } = this;
      const rows = kind === "encoder_self" ? S : T;
      const columns = kind === "decoder_self" ? T : S;
      const result = new Float32Array(rows * columns);
      if (place < 0) return result; // there is none in this model
      let from = start;
      for (let r = 0; r < rows; r++) {
        const length = kind === "decoder_self" && this.header.causal ? r + 1 : columns;
        for (let c = 0; c < length; c++) result[r * columns + c] = body[from++] / 255;
      }
      return result;
    });
  }

  /** Rows and columns of a kind as they are shown: single pieces or whole words, with or without specials.
   *  Each is a range of pieces [from, to) with its label; a row is there from step `ready` on.
   *  @returns {import("./payloads.js").MapView} */
  view(kind, merged, hidden) {
    return this.once(`view ${kind} ${merged} ${hidden}`, () => {
      const h = this.header;
      const group = (side, special) => ([from, to]) => ({ from, to, label: this.label(side, from, to, merged), special: special(from) });
      /** @type {(n: number) => import("./payloads.js").Span[]} */
      const single = (n) => range(n).map((i) => [i, i + 1]);
      const isEnd = (i) => h.source_specials.includes(i);
      const isOutputEnd = (i) => h.output_specials.includes(i);
      const source = (merged ? h.source_words : single(this.S)).map(group("source", isEnd));
      const begins = (words, shift) => new Set(words.map(([from]) => from + shift));
      const join = (spans, starts) => spans.forEach((word) => (word.joined = !starts.has(word.from)));
      for (const word of source) word.side = "source";
      const written = (merged ? h.output_words : single(this.T)).map(group("output", isOutputEnd));
      for (const word of written) {
        word.side = "target";
        word.reads = this.label("input", word.from, word.to, merged);
      }
      // Input position i holds output piece i - 1; position 0 holds the special that starts a translation.
      /** @type {(span: import("./payloads.js").Span) => import("./payloads.js").Span} */
      const later = ([from, to]) => [from + 1, Math.min(to + 1, this.T)];
      const shifted = [...single(Math.min(1, this.T)), ...h.output_words.map(later)];
      const read = (merged ? shifted.filter(([from, to]) => from < to) : single(this.T)).map(
        group("input", (i) => (h.input_specials ?? [0]).includes(i)),
      );
      for (const word of read) word.side = "target";
      join(source, begins(h.source_words, 0));
      join(written, begins(h.output_words, 0));
      join(read, begins(h.output_words, 1).add(0));
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

  /** One head's weights as the view shows them: summed over the pieces that are read, averaged over those that read.
   *  @param {import("./payloads.js").MapView} view
   *  @returns {Float32Array} */
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

  /** The mean of some heads of a layer.
   *  @param {import("./payloads.js").MapView} view
   *  @returns {Float32Array} */
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
