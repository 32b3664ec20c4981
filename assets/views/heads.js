// All heads of a model at once: a number or a role for each, layers below one another, heads side by side. Other parts of
// a layer than heads have names: `columns` of the header.

import { make, range } from "./kit/dom.js";
import { fill, number } from "./kit/format.js";
import { shade, signedShade } from "./kit/strip.js";
import { mount, View } from "./kit/view.js";

/** Ground and ink of a head's cell: a scale from 0, or one with two ends around 0.
 *  @param {number | null | undefined} value
 *  @param {{limit?: number, scale: string}} header
 *  @param {{table: import("./kit/payloads.js").ColourTable, differences: import("./kit/payloads.js").ColourTable,
 *    palette: import("./kit/payloads.js").Palette}} look */
export function cellColours(value, { limit, scale }, { table, differences, palette }) {
  if (value === null || value === undefined) return { background: "none", color: palette.muted };
  const [colours, at] = scale === "diverging" ? [differences, signedShade(value, limit)] : [table, shade(value, limit)];
  return { background: colours.css[at], color: colours.ink[at] };
}

/** @extends {View<import("./kit/payloads.js").HeadsHeader, typeof import("./heads.json").en>} */
class Heads extends View {
  take({ header }) {
    const w = this.words;
    this.chosen = new Set(header.chosen ?? []);
    this.cells = [];
    const map = ({ kind, name, cells }) => {
      const heads = Math.max(0, ...cells.map((row) => row.length));
      const columns = header.columns ?? range(heads).map((i) => i + 1);
      const head = make("tr", {}, make("th", { scope: "col", text: w.layer }), ...columns.map((text) => make("th", { scope: "col", text })));
      const rows = cells.map((row, layer) =>
        make("tr", {}, make("th", { scope: "row", text: layer + 1 }), ...row.map((cell, at) => this.cell(kind, layer, at, cell))),
      );
      const caption = make("caption", {}, make("span", { text: name ?? w.kinds[kind] ?? kind }), !header.columns && make("small", { text: w.heads }));
      if (!heads) return make("p", { class: "none", text: fill(w.none, { kind: w.kinds[kind] ?? kind }) });
      return make("table", {}, caption, make("thead", {}, head), make("tbody", {}, ...rows));
    };
    this.root = make(
      "div",
      { class: "hl", role: "group", "aria-label": header.title, lang: header.language === "zh" ? "zh-Hans" : "en" },
      make("div", { class: "maps" }, ...header.maps.map(map)),
      header.scale === "roles" ? this.roleLegend() : this.legend(),
    );
  }

  /** One head or part: a button where choosing it does something, and marked where it is chosen already. */
  cell(kind, layer, head, { value, text, role, title }) {
    const name = `${kind}.${layer}.${head}`;
    const named = this.header.maps.find((map) => map.kind === kind)?.name ?? this.words.kinds[kind] ?? kind;
    const part = this.header.columns?.[head];
    const label = fill(part ? this.words.part : this.words.cell, { kind: named, layer: layer + 1, head: head + 1, part, value: title ?? text });
    const chosen = this.chosen.has(name);
    const inner = this.header.action
      ? make("button", { type: "button", title: `${label}. ${this.header.action}`, "aria-label": label, "aria-pressed": String(chosen), text, onclick: () => this.act({ head: [kind, layer, head] }) })
      : make("span", { title: label, text });
    const element = make("td", { class: role ? `role ${role}` : "" }, inner);
    if (!role) this.cells.push({ inner, value });
    return element;
  }

  legend() {
    const { limit, unit, scale } = this.header;
    const shown = (value) => number(value, this.header.digits ?? 2);
    const low = scale === "diverging" ? -limit : 0;
    return make(
      "div",
      { class: "legend" },
      make("span", { text: shown(low) }),
      make("span", { class: scale === "diverging" ? "ramp difference" : "ramp", "aria-hidden": "true" }),
      make("span", { text: `${shown(limit)}${unit ? ` ${unit}` : ""}` }),
      this.header.caption && make("span", { class: "caption", text: this.header.caption }),
    );
  }

  roleLegend() {
    const items = this.header.roles.map(([role, name, meaning]) =>
      make("li", {}, make("span", { class: `role ${role}`, text: name }), make("span", { text: meaning })),
    );
    return make("ul", { class: "roles" }, ...items);
  }

  layout() {
    this.root.classList.toggle("narrow", this.frame.clientWidth < 560);
    this.schedule();
  }

  paint() {
    for (const { inner, value } of this.cells) Object.assign(inner.style, cellColours(value, this.header, this));
  }
}

export default function view(component, assets) {
  return mount(Heads, component, assets);
}
