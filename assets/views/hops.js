// Which positions the first one has reached after each layer or step, a row for each kind of layer.

import { clamp, make, range, setAttribute, setText } from "./kit/dom.js";
import { fill } from "./kit/format.js";
import { Transport } from "./kit/transport.js";
import { mount, View } from "./kit/view.js";

const PACE = 450; // milliseconds a hop takes while playing

/** @extends {View<import("./hops/payloads.js").HopsHeader, typeof import("./hops.json").en>} */
class Hops extends View {
  take({ header }) {
    const w = this.words;
    const last = Math.max(...header.rows.flatMap(({ hops }) => hops));
    this.at = clamp(this.at ?? 1, 0, last); // of other sizes the same hop is shown
    this.transport?.stop();
    this.transport = new Transport(this, {
      last,
      at: () => this.at,
      show: (at) => {
        this.at = at;
        this.update();
      },
      pace: () => PACE,
      paused: () => this.update(),
    });
    this.rows = header.rows.map(({ name, hops }) => ({
      name,
      hops,
      cells: hops.map((hop) => make("i", { text: String(hop) })),
      count: make("span", { class: "count" }),
    }));
    const across = `grid-template-columns: repeat(${header.rows[0].hops.length}, minmax(0, 1fr))`;
    const lines = this.rows.map((row) => {
      row.strip = make("div", { class: "strip", style: across, role: "img" }, ...row.cells);
      return [make("span", { class: "kind", text: row.name }), row.strip, row.count];
    });
    const positions = header.rows[0].hops.map((_, i) => make("span", { text: String(i + 1) }));
    this.root = make(
      "div",
      { class: "hl hops", role: "group", "aria-label": header.title, lang: header.language === "zh" ? "zh-Hans" : "en" },
      make("div", { class: "transport" }, this.transport.buttons, this.transport.slider, this.transport.text),
      make(
        "div",
        { class: "grid" },
        ...lines.flat(),
        make("span", { class: "kind muted", text: w.position }),
        make("div", { class: "strip positions", style: across, "aria-hidden": "true" }, ...positions),
      ),
    );
    this.update();
  }

  layout() {
    const { width } = this.rows[0].cells[0].getBoundingClientRect();
    this.root.classList.toggle("small", width < 24); // no room for a number in each cell
    this.schedule();
  }

  update() {
    const w = this.words;
    for (const { name, hops, cells, count, strip } of this.rows) {
      const reached = range(hops.length).filter((i) => hops[i] <= this.at).length;
      cells.forEach((cell, i) => {
        cell.classList.toggle("reached", hops[i] <= this.at);
        cell.classList.toggle("new", hops[i] === this.at);
      });
      setText(count, fill(w.reached, { reached, all: hops.length }));
      setAttribute(strip, "aria-label", fill(w.row, { name, reached, all: hops.length, last: Math.max(...hops) }));
    }
    this.transport.paint(fill(w.after, { hops: this.at }));
  }

  destroy() {
    this.transport?.stop();
    super.destroy();
  }
}

export default function view(component, assets) {
  return mount(Hops, component, assets);
}
