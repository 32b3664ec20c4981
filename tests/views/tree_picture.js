// The tree of a beam search as a picture: the view's own SVG has the edges, and its elements are the nodes.

import { TreePicture } from "../../assets/views/beams/picture.js";
import { Tree } from "../../assets/views/beams/tree.js";
import { paperOf, svgOf } from "./pictures.js";

const TALL = 38; // a node, in assets/views/beams.css

/** The edges that are there by now, where the view has them, and nearly as its style has them (assets/views/beams.css). */
function edgesOf(svg, { border, target, text, accent, muted }) {
  const looks = {
    lost: { stroke: border },
    pruned: { stroke: border, "stroke-dasharray": "3 3" },
    winner: { stroke: target, "stroke-width": 5, "stroke-opacity": 0.75 },
    greedy: { stroke: text, "stroke-width": 2, "stroke-dasharray": "7 5" },
    edge: { stroke: accent, "stroke-dasharray": "2 5", "stroke-linecap": "round" },
  };
  const steps = svg.children.filter(({ tag, classList }) => tag === "g" && !classList.contains("later"));
  return steps.flatMap(({ children }) => children).map(({ attributes: { class: names, d } }) => {
    const look = names.split(" ").reduce((all, name) => ({ ...all, ...looks[name] }), { stroke: muted, "stroke-width": 1.5 });
    const places = d.replace(/-?\d+\.\d+/g, (number) => Number(number).toFixed(1));
    return `<path class="${names}" d="${places}" fill="none" ${Object.entries(look).map(([name, value]) => `${name}="${value}"`).join(" ")}/>`;
  });
}

function drawBox(paper, { x, y, width }, colour, thick) {
  paper.rect(x, y, width, TALL, paper.palette.background);
  Object.assign(paper.context, { strokeStyle: colour, lineWidth: thick });
  paper.context.strokeRect(x, y, width, TALL);
}

/** A node with its texts. */
function drawNode(paper, element, place) {
  const { border, target, text, muted } = paper.palette;
  const [lost, pruned, winner] = ["lost", "pruned", "winner"].map((name) => element.classList.contains(name));
  const grey = lost || pruned;
  drawBox(paper, place, grey ? border : target, winner ? 2.5 : 1.5);
  const { x, y, width } = place;
  paper.text(x + 7, y + 25, element.find("bdi").textContent, { size: 19, weight: winner ? 600 : 400, fill: grey ? muted : target });
  const above = [element.find("marks"), element.find("score")].map((part) => part?.textContent).filter(Boolean).join(" ");
  paper.text(x + width - 7, y + 16, above, { align: "right", size: 14, fill: grey ? muted : text });
  paper.text(x + width - 7, y + 31, element.find("p").textContent, { align: "right", size: 14, fill: muted });
}

/** The picture of a search at a step, as the text of an SVG file. `dropped`: with what the beam dropped. */
export function treePicture({ header, words, step, dropped }) {
  const paper = paperOf();
  const tree = new Tree(header);
  const drawn = new TreePicture({
    header, tree, words, step, dropped, chosen: header.chosen, pointed: null, fonts: paper.fonts,
    isShown: (node) => dropped || node.status !== "pruned",
    measure: (text, size, weight) => paper.measure(text, size, weight),
  });
  drawn.layout();
  drawn.paint();
  const { start, spots, steps, width, height } = drawn.places;
  drawn.heads.forEach((head, i) => {
    const fill = head.classList.contains("ahead") ? paper.palette.muted : paper.palette.text;
    const middle = steps[i].x + steps[i].width / 2;
    head.children.forEach((line, k) => paper.text(middle, 16 + k * 18, line.textContent, { align: "center", size: k ? 14 : 16, fill }));
  });
  drawBox(paper, start, paper.palette.border, 1.5);
  paper.text(start.x + start.width / 2, start.y + 25, drawn.start.textContent, { align: "center", size: 18, fill: paper.palette.muted });
  drawn.nodes.forEach((element, id) => {
    const { x, y } = spots[id] ?? {};
    if (!element.hidden && tree.nodes[id].step <= step) drawNode(paper, element, { x, y, width: parseFloat(element.style.width) });
  });
  const [opening, ground, ...rest] = svgOf({ paper, width, height }).split("\n");
  return [opening, ground, ...edgesOf(drawn.svg, paper.palette), ...rest].join("\n");
}
