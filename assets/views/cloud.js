// All heads of a model as points over two of their numbers: shape and colour say the role, size the importance.

import { axesOfPoints, cloudSheet, drawCloud, drawShape, places } from "./cloud/points.js";
import { make, setText, SVG } from "./kit/dom.js";
import { fill, significant } from "./kit/format.js";
import { Recorder } from "./kit/paper.js";
import { mount, View } from "./kit/view.js";

const REACH = 24; // pixels from the pointer in which a point is found

/** @extends {View<import("./cloud/payloads.js").CloudHeader, typeof import("./cloud.json").en>} */
class Cloud extends View {
  take({ header }) {
    this.at = null;
    this.svg = document.createElementNS(SVG, "svg");
    this.svg.setAttribute("role", "img");
    this.svg.setAttribute("aria-label", header.title);
    this.svg.onpointermove = (event) => this.point(this.nearest(event));
    this.svg.onpointerleave = () => this.point(null);
    this.svg.onclick = (event) => {
      const found = this.nearest(event);
      if (found) this.act({ head: found.point.head });
    };
    this.readout = make("p", { class: "readout", text: this.words.hint });
    this.samples = header.roles.map(([role]) => [role, document.createElementNS(SVG, "svg")]);
    const names = header.roles.map(([, name], i) => make("span", {}, /** @type {any} */ (this.samples[i][1]), make("bdi", { text: name })));
    this.root = make(
      "div",
      { class: "hl plotted cloud", lang: header.language === "zh" ? "zh-Hans" : "en" },
      make("div", { class: "above" }, make("p", { class: "legend", "aria-hidden": "true" }, ...names), this.button("svg", () => this.download(), "SVG", { class: "file" })),
      this.svg,
      this.readout,
    );
  }

  layout() {
    this.scale = this.typeScale();
    this.width = Math.max(240, this.frame.clientWidth / this.scale);
    this.axes = axesOfPoints(this.header, this.width, this.header.height);
    this.schedule();
  }

  /** The point next to the pointer, and how many others are as near to it as to be mistaken; null without one. */
  nearest(event) {
    const box = this.svg.getBoundingClientRect();
    const away = ({ x, y }) => Math.hypot(x - (event.clientX - box.left) / this.scale, y - (event.clientY - box.top) / this.scale);
    const near = places(this.header.points, this.axes).filter((one) => away(one) < REACH).sort((a, b) => away(a) - away(b));
    return near.length ? { ...near[0], others: near.length - 1 } : null;
  }

  point(found) {
    if (found?.point === this.at?.point) return;
    this.at = found;
    this.schedule();
  }

  paint() {
    if (!this.axes) return;
    for (const [role, svg] of this.samples) {
      const recorder = new Recorder(this.fonts);
      drawShape(recorder, role, 9, 9, 7, this.palette);
      recorder.show(svg, 18, 18, this.scale);
    }
    const recorder = new Recorder(this.fonts);
    drawCloud(recorder, this.header, this.axes, this);
    recorder.show(this.svg, this.width, this.header.height, this.scale);
    setText(this.readout, this.at ? this.told(this.at) : this.words.hint);
  }

  told({ point, others }) {
    const { x, y, roles } = this.header;
    const role = roles.find(([name]) => name === point.role)?.[1] ?? "";
    const values = { name: point.name, role, x: x.title, y: y.title, xvalue: significant(point.x, 3), yvalue: significant(point.y, 3) };
    return fill(this.words.read, values) + (others ? fill(this.words.more, { n: others }) : "");
  }

  download() {
    const { paper, width, height } = cloudSheet(this.header, this.width, this.header.height, this.assets.palette);
    paper.save("svg", this.header.file, width, height);
  }
}

export default function view(component, assets) {
  return mount(Cloud, component, assets);
}
