// Matrices in a row, as a formula is read: each with its name, its shape, names of rows and columns, and its numbers.
// A matrix of few cells is a table, one of many a picture. Rows and columns that mean the same light up together.

import { clamp, focusWhereItScrolls, make, range, roomBelow, setText } from "./kit/dom.js";
import { fill, number, significant } from "./kit/format.js";
import { paintPixels, shade, signedShade } from "./kit/strip.js";
import { packedFloats } from "./kit/trace.js";
import { mount, View } from "./kit/view.js";

const FEW = 420; // cells that can be read as numbers
const LARGEST = 1.5; // times the size that letters have at least
const STEP = 0.05; // of these times
const BELOW = 70; // pixels that the legend and the first line of the text below need

const isThere = (value) => value !== null && value !== undefined && !Number.isNaN(value);

/** The colours that a matrix is drawn with, and the place of a value among them: null where there is nothing to colour.
 *  @param {{scale: string, limit: number}} item
 *  @param {{table: import("./kit/payloads.js").ColourTable, differences: import("./kit/payloads.js").ColourTable}} look */
export function scaleOf({ scale, limit }, { table, differences }) {
  const placeOf = scale === "signed" ? signedShade : shade;
  return {
    table: scale === "signed" ? differences : table,
    place: (value) => (!isThere(value) || scale === "plain" ? null : placeOf(value, limit)),
  };
}

/** A name where nothing can be raised. */
const inLine = (name) => name.replace("^T", "ᵀ").replace("^", "");

/** The boxes of what stands in a row, line by line. @param {HTMLElement} row @returns {DOMRect[][]} */
function linesOf(row) {
  const lines = [];
  for (const box of [...row.querySelectorAll(":scope > :not(.line)")].map((child) => child.getBoundingClientRect())) {
    if (lines.length && box.left >= lines.at(-1).at(-1).right) lines.at(-1).push(box);
    else lines.push([box]);
  }
  return lines;
}

/** @extends {View<import("./kit/payloads.js").MatricesHeader, typeof import("./matrices.json").en>} */
class Matrices extends View {
  take({ header }) {
    header.items.filter((item) => item.packed).forEach((item) => (item.values ??= this.unpacked(item)));
    this.pictures = [];
    this.tables = [];
    this.readout = make("p", { class: "readout", "aria-live": "off", text: "\u00a0" });
    const items = header.items.map((item) => (item.sign ? this.sign(item.sign) : this.matrix(item)));
    this.root = make(
      "div",
      { class: "hl", role: "group", "aria-label": header.title, lang: header.language === "zh" ? "zh-Hans" : "en" },
      make("div", { class: header.items.length <= 3 && header.items.every((item) => item.values && !this.isFew(item)) ? "matrices shared" : "matrices" }, ...items),
      make("div", { class: "below" }, ...this.legends(header.items), this.readout),
    );
    this.root.onpointerleave = () => this.point(null);
  }

  /** The rows of a large matrix out of the bytes that were sent. NaN stands for none. */
  unpacked({ packed, columns_in_row: width }) {
    const all = packedFloats(packed);
    return range(all.length / width).map((r) => all.subarray(r * width, (r + 1) * width));
  }

  sign(text) {
    return text === "\n" ? make("span", { class: "line" }) : make("span", { class: text.length > 2 ? "sign words" : "sign", text });
  }

  /** Whether a matrix is a table of its numbers. */
  isFew(item) {
    return !item.picture && item.values.length * (item.values[0]?.length ?? 0) <= FEW;
  }

  matrix(item) {
    const few = this.isFew(item);
    const body = few ? this.grid(item) : this.picture(item);
    const [base, above] = item.name.split("^");
    const heading = make(
      "figcaption",
      {},
      make("strong", { class: item.tone ?? "" }, document.createTextNode(base), above && make("sup", { text: above })),
      make("span", { class: "shape", text: item.shape ?? `${item.values.length} × ${item.values[0]?.length ?? 0}` }),
      item.caption && make("span", { class: "caption", text: item.caption }),
    );
    const basis = !few && item.least ? `flex-basis: ${item.least}em` : undefined;
    return make("figure", { class: few ? (item.follows ? "follows" : "") : "large", style: basis }, heading, make("div", { class: "scroll", role: "group", "aria-label": inLine(item.name) }, body));
  }

  written(item, value) {
    if (!isThere(value)) return item.masked_as ?? "−∞";
    return number(value, item.digits ?? 2);
  }

  grid(item) {
    const { rows, columns, values } = item;
    const head =
      columns &&
      make("tr", {}, rows && make("td", { class: "corner" }), ...columns.map((name) => make("th", { scope: "col", class: item.column_tone ?? "" }, make("bdi", { text: name }))));
    const lines = values.map((line, r) =>
      make(
        "tr",
        {},
        rows && make("th", { scope: "row", class: item.row_tone ?? "" }, make("bdi", { text: rows[r] })),
        ...line.map((value, c) => {
          const text = item.texts?.[r][c] ?? this.written(item, value);
          const cell = item.numbers === false ? make("td", { class: "cell" }, make("span", { class: "unseen", text })) : make("td", { class: "cell", text });
          cell.classList.toggle("framed", Boolean(item.framed?.some(([row, column]) => row === r && column === c)));
          cell.onpointerenter = () => this.point({ item, r, c });
          this.tables.push({ item, cell, value, r, c });
          return cell;
        }),
      ),
    );
    return make("table", { class: [item.numbers === false && "bare", item.narrow && "short"].filter(Boolean).join(" ") }, head && make("thead", {}, head), make("tbody", {}, ...lines));
  }

  picture(item) {
    const canvas = make("canvas", { role: "img", "aria-label": fill(this.words.picture, { name: inLine(item.name), rows: item.values.length, columns: item.values[0].length }) });
    canvas.onpointermove = (event) => {
      const box = canvas.getBoundingClientRect();
      const r = clamp(Math.floor(((event.clientY - box.top) / box.height) * item.values.length), 0, item.values.length - 1);
      const c = clamp(Math.floor(((event.clientX - box.left) / box.width) * item.values[0].length), 0, item.values[0].length - 1);
      this.point({ item, r, c });
    };
    this.pictures.push({ item, canvas });
    const ends = (side, names) => names?.length > 1 && make("span", { class: `ends ${side}`, "aria-hidden": "true" }, make("bdi", { text: names[0] }), make("bdi", { text: names.at(-1) }));
    return make("div", { class: "picture" }, ends("left", item.rows), canvas, ends("under", item.columns));
  }

  /** One legend for each scale that is used, with the names of what is drawn by it where there are several. */
  legends(items) {
    const scales = new Map();
    for (const item of items.filter((item) => item.values && item.scale !== "plain")) {
      const name = `${item.scale} ${item.limit}`;
      scales.set(name, [...(scales.get(name) ?? []), item]);
    }
    return [...scales.values()]
      .map((sharing) => {
        const [item] = sharing;
        const signed = item.scale === "signed";
        const limit = this.written({ digits: item.limit >= 10 ? 0 : item.limit % 1 ? 2 : 0 }, item.limit);
        return make(
          "span",
          { class: "legend" },
          scales.size > 1 && make("span", { text: sharing.map(({ name }) => inLine(name)).join(", ") }),
          make("span", { text: signed ? `−${limit}` : "0" }),
          make("span", { class: signed ? "ramp difference" : "ramp", "aria-hidden": "true" }),
          make("span", { text: limit }),
        );
      });
  }

  /** What is under the pointer, in words, and all rows and columns that mean the same. */
  point(at) {
    if (!at) setText(this.readout, "\u00a0");
    else {
      const { item, r, c } = at;
      const value = item.values[r][c];
      const exact = !isThere(value) ? this.written(item, null) : significant(value, 6);
      setText(this.readout, fill(this.words.cell, { name: inLine(item.name), row: item.rows?.[r] ?? r + 1, column: item.columns?.[c] ?? c + 1, value: exact }));
    }
    for (const { item, cell, r, c } of this.tables) {
      const same = (group, index) =>
        at && group && ((at.item.row_group === group && at.r === index) || (at.item.column_group === group && at.c === index));
      cell.classList.toggle("lit", Boolean(same(item.row_group, r) || same(item.column_group, c)));
      cell.classList.toggle("here", Boolean(at) && at.item === item && at.r === r && at.c === c);
    }
  }

  layout() {
    this.root.classList.toggle("narrow", this.frame.clientWidth < 560);
    const row = /** @type {HTMLElement} */ (this.root.querySelector(".matrices"));
    row.style.fontSize = "";
    // Names of rows stand once in a line of matrices that have the same rows: what comes to stand in a new line has them again.
    const figures = [...this.root.querySelectorAll("figure")];
    const following = figures.filter((figure) => figure.classList.contains("follows"));
    for (const figure of following) figure.classList.add("beside");
    for (const figure of following) {
      const before = figures[figures.indexOf(figure) - 1];
      const beside = before && figure.getBoundingClientRect().top < before.getBoundingClientRect().bottom;
      figure.classList.toggle("beside", Boolean(beside));
    }
    if (!this.root.classList.contains("narrow") && figures.some((figure) => !figure.classList.contains("large"))) this.grow(row);
    this.schedule();
  }

  /** Make the matrices as large as the window allows, without another line. @param {HTMLElement} row */
  grow(row) {
    const lines = linesOf(row);
    const widest = Math.max(...lines.map((line) => line.at(-1).right - line[0].left));
    const most = Math.min(LARGEST, row.clientWidth / widest, roomBelow(row, BELOW) / row.offsetHeight);
    for (let times = Math.floor(most / STEP) * STEP; times > 1; times -= STEP) {
      row.style.fontSize = `${times}em`;
      if (linesOf(row).length === lines.length) return;
    }
    row.style.fontSize = "";
  }

  paint() {
    for (const { item, cell, value } of this.tables) {
      const { table, place } = scaleOf(item, this);
      const at = place(value);
      cell.style.background = at === null ? "" : table.css[at];
      cell.style.color = at === null ? "" : table.ink[at];
      cell.classList.toggle("masked", !isThere(value));
    }
    for (const { item, canvas } of this.pictures) {
      const [R, C] = [item.values.length, item.values[0].length];
      const { table, place } = scaleOf(item, this);
      canvas.style.aspectRatio = item.aspect ?? `${C} / ${Math.max(R, C * 0.04)}`;
      paintPixels(canvas, C, R, table, (i) => place(item.values[Math.floor(i / C)][i % C]));
    }
    for (const box of this.root.querySelectorAll(".scroll")) focusWhereItScrolls(/** @type {HTMLElement} */ (box));
  }
}

export default function view(component, assets) {
  return mount(Matrices, component, assets);
}
