// The stage: one linked picture of all layers, heads and steps of a Trace.
//
// It gets the packed Trace once (core/export/packed.py); from then on everything happens here. The same file serves the
// app, where it is called again whenever data or theme change, and the page of its own, where it is called once.

import { clamp, icon, make, range, setAttribute, setPressed, setText } from "./kit/dom.js";
import { fill, number, surface } from "./kit/format.js";
import { cellPicture, drawHeatmap, mapGeometry } from "./kit/heatmap.js";
import { Paper } from "./kit/paper.js";
import { KINDS, Weights } from "./kit/trace.js";
import { mount, View } from "./kit/view.js";

const TICKS = [1600, 800, 350]; // milliseconds a step, slow to fast

/** What is shown, complete and possible for this Trace, whatever was asked for. */
function possible(wanted, weights) {
  const w = wanted && typeof wanted === "object" ? wanted : {};
  const counts = (value, limit) => Number.isInteger(value) && value >= 0 && value < limit;
  const there = (kind) => weights.layers(kind) > 0; // a recurrent model has no self-attention, or none at all
  const kind = [w.kind, "cross"].find((name) => KINDS.includes(name) && there(name)) ?? "cross";
  const layers = weights.layers(kind);
  const heads = Array.isArray(w.heads) ? w.heads.filter((head) => counts(head, weights.header.heads)) : [];
  const rows = kind === "encoder_self" ? weights.S : weights.T;
  const columns = kind === "decoder_self" ? weights.T : weights.S;
  const isPin = (pin) =>
    typeof pin === "string" && /^[rc]\d{1,5}$/.test(pin) && counts(Number(pin.slice(1)), pin[0] === "r" ? rows : columns);
  return {
    kind,
    layer: counts(w.layer, layers) ? w.layer : Math.max(0, layers - 1),
    heads: heads.length ? [...new Set(heads)] : "average",
    step: counts(w.step, weights.T) ? w.step : Math.max(0, weights.T - 1 - weights.header.output_specials.length),
    pinned: Array.isArray(w.pinned) ? w.pinned.filter(isPin).slice(0, 64) : [],
    merged: w.merged === true,
    hidden: w.hidden === true,
    threshold: counts(w.threshold, 101) && w.threshold >= 10 ? w.threshold : 90,
    view: w.view === "table" ? "table" : "map",
  };
}

// --- The stage -------------------------------------------------------------------------------------------------------

class Stage extends View {
  constructor(parent, assets) {
    super(parent, assets);
    this.speed = 1;
    this.several = false;
    this.hover = null; // {row, column}: indices of the view, either may be missing
    this.onFullscreen = () => this.setPresenting(this.isFullscreen());
    document.addEventListener("fullscreenchange", this.onFullscreen);
  }

  get header() {
    return this.weights.header;
  }

  /** Called for new data, a new theme, or for nothing new at all. */
  async receive({ data, setStateValue, setTriggerValue }) {
    this.send = setStateValue ? (state) => setStateValue("state", state) : null;
    this.call = setTriggerValue ? (act) => setTriggerValue("act", act) : null;
    if (!data || this.data === data) {
      if (this.weights) this.restyle();
      return;
    }
    this.data = data;
    const weights = await Weights.read(data);
    if (this.data !== data || this.gone) return; // newer data came in the meantime
    const { header } = weights;
    const before = this.weights?.header;
    const kept = this.state ? this : remembered.get(header.place);
    const asked = !kept || kept.version !== header.state_version;
    const same = kept?.id === header.id && kept.shown === header.shown; // the same Trace, and not for the second time
    if (same && !asked && this.root && before.language === header.language) {
      this.weights.header.theme = header.theme;
      this.restyle(); // the app ran again, and nothing of this has changed
      return;
    }
    // What another Trace keeps of a state. The server keeps the same, and so needs no message about it.
    const carried = (state) => (same ? state : { ...state, step: null, pinned: [] });
    this.stop();
    this.id = header.id;
    this.shown = header.shown;
    this.version = header.state_version;
    this.weights = weights;
    const known = possible(asked ? header.state : carried(kept.known), weights);
    this.state = asked ? known : possible(carried(kept.state), weights);
    this.known = known;
    this.hover = null;
    this.words = this.assets.words[header.language] ?? this.assets.words.en;
    const rebuild = !before || before.id !== header.id || before.language !== header.language || !this.root;
    if (rebuild) this.build();
    this.restyle();
    this.layout();
    this.report();
  }

  destroy() {
    super.destroy();
    this.stop();
    document.removeEventListener("fullscreenchange", this.onFullscreen);
  }

  // --- State

  get heads() {
    return this.state.heads === "average" ? range(this.weights.header.heads) : this.state.heads;
  }

  get isAverage() {
    return this.state.heads === "average";
  }

  get view() {
    return this.weights.view(this.state.kind, this.state.merged, this.state.hidden);
  }

  /** The weights in focus: one head, or the mean of those chosen. */
  get focus() {
    return this.weights.mean(this.view, this.state.layer, this.heads);
  }

  /** How many rows of the view are decoded by now. They are always the first ones. */
  get visible() {
    return this.view.rows.filter((row) => row.ready <= this.state.step).length;
  }

  /** The row of the piece that is being predicted, -1 where there is none (yet). */
  get currentRow() {
    const { kind, step } = this.state;
    if (kind === "encoder_self") return -1;
    return this.view.rows.findIndex((row) => row.from <= step && step < row.to && row.ready <= step);
  }

  change(patch) {
    const { kind } = this.state;
    const next = possible({ ...this.state, ...patch }, this.weights);
    if (next.kind !== kind) {
      next.pinned = [];
      next.layer = Math.min(this.state.layer, this.weights.layers(next.kind) - 1);
    }
    const moved = next.step !== this.state.step;
    const shape = ["kind", "merged", "hidden", "view"].some((name) => next[name] !== this.state[name]);
    this.state = next;
    if (shape) {
      this.hover = null;
      this.layout();
    }
    if (moved || shape) this.follow = true;
    this.schedule();
    this.report();
  }

  /** Tell the server what is chosen, once it has rested; while playing it has not. */
  report() {
    const { id, shown, version } = this;
    const { place } = this.weights.header;
    if (place) remembered.set(place, { id, shown, version, state: this.state, known: this.known });
    if (!this.send || this.timer) return void this.tellLater(null);
    this.tellLater(() => {
      if (JSON.stringify(this.state) === JSON.stringify(this.known)) return;
      this.known = this.state;
      if (place) remembered.set(place, { id, shown, version, state: this.state, known: this.known });
      this.send({ ...this.state, shown });
    });
  }

  scheduleHover(hover) {
    const same = (a, b) => a?.row === b?.row && a?.column === b?.column;
    if (same(hover, this.hover)) return;
    this.hover = hover;
    this.pendingHover ??= requestAnimationFrame(() => {
      this.pendingHover = null;
      if (!this.gone) this.paintLinked();
    });
  }

  // --- Actions

  go(step) {
    this.stop();
    this.change({ step: clamp(step, 0, this.weights.T - 1) });
  }

  play() {
    if (this.timer) {
      this.stop();
      this.schedule();
      this.report();
      return;
    }
    if (this.state.step >= this.weights.T - 1) this.state = { ...this.state, step: -1 };
    const tick = () => {
      this.timer = setTimeout(tick, TICKS[this.speed]);
      const step = this.state.step + 1;
      this.change({ step });
      if (step >= this.weights.T - 1) {
        this.stop();
        this.report();
      }
    };
    tick();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  chooseHead(head, more) {
    if (!more) return this.change({ heads: [head] });
    const chosen = this.isAverage ? [] : this.state.heads;
    const heads = chosen.includes(head) ? chosen.filter((other) => other !== head) : [...chosen, head].sort((a, b) => a - b);
    return this.change({ heads: heads.length ? heads : "average" });
  }

  moveHead(by) {
    const n = this.weights.header.heads;
    const at = this.isAverage ? -1 : by > 0 ? Math.max(...this.state.heads) : Math.min(...this.state.heads);
    const next = ((at + 1 + by + n + 1) % (n + 1)) - 1; // the average comes before the first head
    this.change({ heads: next < 0 ? "average" : [next] });
  }

  moveLayer(by) {
    this.change({ layer: clamp(this.state.layer + by, 0, this.weights.layers(this.state.kind) - 1) });
  }

  togglePin(side, word) {
    const pins = this.state.pinned;
    const own = pins.filter((pin) => pin[0] === side && word.from <= Number(pin.slice(1)) && Number(pin.slice(1)) < word.to);
    this.change({ pinned: own.length ? pins.filter((pin) => !own.includes(pin)) : [...pins, `${side}${word.from}`] });
  }

  /** Indices of the view's rows or columns that are pinned. */
  pinnedIndices(side) {
    const words = side === "r" ? this.view.rows : this.view.columns;
    const places = this.state.pinned.filter((pin) => pin[0] === side).map((pin) => Number(pin.slice(1)));
    return range(words.length).filter((i) => places.some((place) => words[i].from <= place && place < words[i].to));
  }

  isFullscreen() {
    const element = this.parent.fullscreenElement ?? document.fullscreenElement;
    return Boolean(element) && (element === this.root || element === this.frame);
  }

  async present() {
    if (this.presenting) {
      if (this.isFullscreen()) await document.exitFullscreen();
      this.setPresenting(false);
      return;
    }
    try {
      await this.root.requestFullscreen();
    } catch {
      this.setPresenting(true); // not allowed here: fill the window instead
    }
  }

  setPresenting(presenting) {
    if (this.presenting === presenting) return;
    this.presenting = presenting;
    this.root.classList.toggle("presenting", presenting);
    setPressed(this.presentButton, presenting);
    this.presentButton.title = presenting ? this.words.present_end : this.words.present;
    this.restyle();
    this.layout();
    this.root.focus({ preventScroll: true });
  }

  onKey(event) {
    const { target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || this.help.open) return;
    if (["SELECT", "TEXTAREA"].includes(target.tagName) || (target.tagName === "INPUT" && event.key !== "Escape")) return;
    if ([" ", "Enter"].includes(event.key) && target.tagName === "BUTTON") return event.stopPropagation();
    const { step, merged, hidden, view } = this.state;
    const actions = {
      ArrowLeft: () => this.go(step - 1),
      ArrowRight: () => this.go(step + 1),
      Home: () => this.go(0),
      End: () => this.go(this.weights.T - 1),
      ArrowUp: () => this.moveLayer(1),
      ArrowDown: () => this.moveLayer(-1),
      "[": () => this.moveHead(-1),
      "]": () => this.moveHead(1),
      0: () => this.change({ heads: "average" }),
      1: () => this.change({ kind: KINDS[0] }),
      2: () => this.change({ kind: KINDS[1] }),
      3: () => this.change({ kind: KINDS[2] }),
      " ": () => this.play(),
      w: () => this.change({ merged: !merged }),
      s: () => this.change({ hidden: !hidden }),
      t: () => this.change({ view: view === "map" ? "table" : "map" }),
      p: () => this.present(),
      "?": () => this.help.showModal(),
      Escape: () => (this.presenting ? this.present() : this.change({ pinned: [] })),
    };
    const action = Object.hasOwn(actions, event.key) && actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation(); // or the app would take the key for one of its own
    action();
  }

  // --- Building

  build() {
    const w = this.words;
    const { header } = this;
    this.observer.disconnect();
    this.root = make("div", {
      class: "hl",
      tabindex: "0",
      role: "group",
      "aria-label": w.stage,
      lang: this.weights.header.language === "zh" ? "zh-Hans" : "en",
      onkeydown: (event) => this.onKey(event),
    });
    this.help = this.buildHelp();
    const blind = !header.layers.some(Boolean);
    this.root.classList.toggle("blind", blind);
    this.root.append(
      this.buildSentences(),
      this.buildTransport(),
      this.buildControls(),
      ...(blind ? [make("p", { class: "blind-note", text: w.blind })] : []),
      make("div", { class: "panels" }, this.buildLines(), this.buildMap(), this.buildSide()),
      this.buildFooter(),
      this.help,
    );
    this.frame.replaceChildren(this.root);
    this.follow = true;
    this.observer.observe(this.frame);
  }

  buildSentences() {
    const { header } = this.weights;
    const w = this.words;
    const names = header.languages.map((code, i) => w.languages[code] ?? w[i ? "target" : "source"]);
    this.barsLabel = make("span", { class: "what" });
    this.bars = [];
    this.wordBars = [];
    const bar = (list) => {
      const value = make("span", { class: "value" });
      const level = make("span", { class: "level" });
      const box = make("span", { class: "bar", "aria-hidden": "true" }, value, make("span", { class: "well" }, level));
      list.push({ box, value, level });
      return box;
    };
    const masked = new Set(header.change.masked_source);
    const forced = new Set((header.change.forced ?? []).map(([step]) => step));
    this.sourceChips = header.source.map((piece, i) => {
      const unknown = header.unknown.includes(i);
      const spelled = this.spelledTitle("source", i);
      const special = header.source_specials.includes(i);
      return make(
        "button",
        {
          type: "button",
          class: `chip source${special ? " special" : ""}${unknown ? " unknown" : ""}${spelled ? " spelled" : ""}${masked.has(i) ? " masked" : ""}`,
          title: masked.has(i) ? `${surface(piece)}: ${w.masked}` : unknown ? `${surface(piece)}: ${w.unknown}` : spelled,
          onclick: () => this.pinSource(i),
        },
        make("bdi", { dir: "auto", text: surface(piece) }),
        unknown && make("sup", { text: "?", "aria-hidden": "true" }),
      );
    });
    const source = header.source_words.map(([from, to]) =>
      make(
        "span",
        { class: "word" },
        bar(this.wordBars),
        make(
          "span",
          { class: "pieces" },
          ...range(to - from).map((i) => make("span", { class: "piece" }, bar(this.bars), this.sourceChips[from + i])),
        ),
      ),
    );
    this.targetChips = header.output.map((piece, i) =>
      make(
        "button",
        {
          type: "button",
          class: `chip target${header.output_specials.includes(i) ? " special" : ""}${forced.has(i) ? " forced" : ""}${this.spelledTitle("output", i) ? " spelled" : ""}`,
          title: forced.has(i) ? w.forced : this.spelledTitle("output", i),
          onclick: () => this.go(i),
        },
        make("bdi", { dir: "auto", text: surface(piece) }),
      ),
    );
    const target = header.output_words.map(([from, to]) =>
      make("span", { class: "word" }, make("span", { class: "pieces" }, ...this.targetChips.slice(from, to))),
    );
    this.startChip = make("span", { class: "chip target special start" }, make("bdi", { text: header.input[0] }));
    this.barsScroller = make("div", { class: "scroller", lang: header.languages[0] }, make("div", { class: "chips" }, ...source));
    this.barsScroller.setAttribute("role", "group");
    this.barsScroller.onscroll = () => this.scrolled("source", this.barsScroller);
    this.targetScroller = make(
      "div",
      { class: "scroller", role: "group", "aria-label": names[1], lang: header.languages[1] },
      make("div", { class: "chips" }, make("span", { class: "word" }, this.startChip), ...target),
    );
    this.targetScroller.onscroll = () => this.scrolled("target", this.targetScroller);
    return make(
      "div",
      { class: "sentences" },
      make("div", { class: "side-label source" }, make("strong", { text: names[0] }), this.barsLabel),
      this.barsScroller,
      make("div", { class: "side-label target" }, make("strong", { text: names[1] })),
      this.targetScroller,
      header.page && header.spelled && make("p", { class: "spelled-note", text: this.spelledNote() }),
    );
  }

  /** Why a piece is a byte, null for one that is none. */
  spelledTitle(side, i) {
    const byte = this.weights.byte(side, i);
    return byte ? `${surface(this.weights.header[side][i])} ${byte}: ${this.words.spelled}` : null;
  }

  spelledNote() {
    const { characters } = this.weights.header.spelled;
    const shown = characters.length > 12 ? [...characters.slice(0, 12), "…"] : characters;
    return shown.length ? fill(this.words.spelled_note, { characters: shown.join(" ") }) : this.words.spelled_none;
  }

  /** A source chip pins the word where it is read: as a column, which in masked self-attention it is not. */
  pinSource(i) {
    if (this.state.kind === "decoder_self") return;
    const word = this.view.columns.find((column) => column.from <= i && i < column.to);
    if (word) this.togglePin("c", word);
  }

  buildTransport() {
    const w = this.words;
    const last = this.weights.T - 1;
    this.playIcons = { play: icon("play"), pause: icon("pause") };
    this.playButton = this.button("play", () => this.play(), this.playIcons.play, { class: "icon main" });
    this.slider = make("input", {
      type: "range",
      min: 0,
      max: last,
      step: 1,
      "aria-label": w.step,
      oninput: () => this.go(Number(this.slider.value)),
    });
    this.speedButtons = w.speeds.map((name, i) =>
      make("button", {
        type: "button",
        title: name,
        text: w.speed_marks[i],
        onclick: () => {
          this.speed = i;
          this.schedule();
        },
      }),
    );
    this.firstButtons = [
      this.button("first", () => this.go(0), icon("first"), { class: "icon" }),
      this.button("previous", () => this.go(this.state.step - 1), icon("previous"), { class: "icon" }),
    ];
    this.lastButtons = [
      this.button("next", () => this.go(this.state.step + 1), icon("next"), { class: "icon" }),
      this.button("last", () => this.go(last), icon("last"), { class: "icon" }),
    ];
    this.stepText = make("span", { class: "step-text" });
    this.readsText = make("bdi", { class: "target", dir: "auto" });
    this.predictsText = make("bdi", { class: "target strong", dir: "auto" });
    this.chanceText = make("span", { class: "chance" });
    this.presentButton = this.button("present", () => this.present(), icon("present"), { class: "icon", "aria-pressed": "false" });
    const theme = this.button("theme", () => this.switchTheme(), icon("theme"), { class: "icon" });
    this.tools = make(
      "div",
      { class: "tools" },
      this.button("svg_alt", () => this.download("svg"), w.svg),
      this.button("png_alt", () => this.download("png"), w.png),
      this.weights.header.page && theme,
      this.button("help", () => this.help.showModal(), "?", { class: "icon letter" }),
      this.presentButton,
    );
    this.transportRow = make(
      "div",
      { class: "row transport" },
      make(
        "div",
        { class: "buttons", role: "group", "aria-label": w.transport },
        ...this.firstButtons,
        this.playButton,
        ...this.lastButtons,
      ),
      this.slider,
      make("div", { class: "segments", role: "group", "aria-label": w.speed }, ...this.speedButtons),
      make(
        "p",
        { class: "statement" },
        this.stepText,
        make("span", { class: "pair" }, make("span", { text: w.reads }), this.readsText),
        make("span", { class: "pair" }, make("span", { text: `→ ${w.predicts}` }), this.predictsText, this.chanceText),
      ),
      this.tools,
    );
    return this.transportRow;
  }

  buildControls() {
    const w = this.words;
    const { header } = this.weights;
    const segments = (label, buttons) => make("div", { class: "segments", role: "group", "aria-label": label }, ...buttons);
    this.kindButtons = KINDS.map((kind) =>
      make("button", {
        type: "button",
        text: w.kinds[kind],
        title: this.weights.layers(kind) ? w.kinds_long[kind] : fill(w.no_kind, { kind: w.kinds_long[kind] }),
        disabled: !this.weights.layers(kind),
        onclick: () => this.change({ kind }),
      }),
    );
    this.layerButtons = range(Math.max(...header.layers)).map((layer) =>
      make("button", {
        type: "button",
        text: String(layer + 1),
        "aria-label": fill(w.layer_n, { n: layer + 1 }),
        onclick: () => this.change({ layer }),
      }),
    );
    this.averageButton = make("button", {
      type: "button",
      text: w.average,
      "aria-label": fill(w.average_alt, { n: header.heads }),
      title: fill(w.average_alt, { n: header.heads }),
      onclick: () => this.change({ heads: "average" }),
    });
    this.headButtons = range(header.heads).map((head) =>
      make(
        "button",
        {
          type: "button",
          class: "head",
          "aria-label": fill(w.head_n, { n: head + 1 }),
          onclick: (event) => this.chooseHead(head, this.several || event.shiftKey || event.ctrlKey || event.metaKey),
        },
        make("span", { text: String(head + 1) }),
        make("i", { class: "dot", style: `--dot: var(--head-${head % 8})` }),
      ),
    );
    const toggle = (text, title, action) => make("button", { type: "button", class: "toggle", text, title, onclick: action });
    this.severalButton = toggle(w.several, w.several_alt, () => {
      this.several = !this.several;
      this.schedule();
    });
    this.withoutButton = !this.can("ablate") ? null : toggle(w.without, w.without_alt, () => this.act({ ablate: this.chosenHeads() }));
    this.mergedButton = toggle(w.words, w.merged_rule, () => this.change({ merged: !this.state.merged }));
    this.hiddenButton = toggle(w.specials, w.hidden_rule, () => this.change({ hidden: !this.state.hidden }));
    this.controlsRow = make(
      "div",
      { class: "row controls" },
      segments(w.kind, this.kindButtons),
      make("div", { class: "labelled" }, make("span", { text: w.layer, "aria-hidden": "true" }), segments(w.layer, this.layerButtons)),
      make(
        "div",
        { class: "labelled" },
        make("span", { text: w.head, "aria-hidden": "true" }),
        segments(w.head, [this.averageButton, ...this.headButtons]),
        this.severalButton,
        this.withoutButton,
      ),
      make("div", { class: "labelled end" }, this.mergedButton, this.hiddenButton),
    );
    return this.controlsRow;
  }

  /** Whether the app around the stage does what is asked: take heads away, write another piece. */
  can(act) {
    return (this.header.acts ?? []).includes(act);
  }

  /** The heads in focus by kind, layer and head; of an average, all that it is made of. */
  chosenHeads() {
    return this.heads.map((head) => [this.state.kind, this.state.layer, head]);
  }

  isAblated(kind, layer, head) {
    return (this.header.change.ablate ?? []).some((other) => other[0] === kind && other[1] === layer && other[2] === head);
  }

  buildLines() {
    const w = this.words;
    this.linesCanvas = make("canvas", { role: "img" });
    this.linesLabels = make("div", { class: "labels", role: "group", "aria-label": w.lines_words });
    this.linesContent = make("div", { class: "content" }, this.linesCanvas, this.linesLabels);
    this.linesBox = make("div", { class: "box", tabindex: "0", role: "group", "aria-label": w.lines }, this.linesContent);
    this.linesBox.onscroll = () => this.scrolled("lines", this.linesBox);
    this.thresholdText = make("span", { class: "number" });
    this.thresholdInput = make("input", {
      type: "range",
      min: 50,
      max: 100,
      step: 5,
      "aria-label": w.keep_alt,
      title: w.keep_alt,
      oninput: () => this.change({ threshold: Number(this.thresholdInput.value) }),
    });
    this.linesHead = make("span", { class: "left" });
    this.linesTail = make("span", { class: "right" });
    return make(
      "section",
      { class: "panel lines", "aria-label": w.lines },
      make("div", { class: "panel-head" }, this.linesHead, make("label", {}, this.thresholdInput, this.thresholdText), this.linesTail),
      this.linesBox,
    );
  }

  buildMap() {
    const w = this.words;
    this.mapTitle = make("strong", { class: "title" });
    this.mapReadout = make("span", { class: "readout" });
    this.mapCanvas = make("canvas", { role: "img" });
    this.mapContent = make("div", { class: "content" }, this.mapCanvas);
    this.mapBox = make("div", { class: "box", tabindex: "0", role: "group", "aria-label": w.map }, this.mapContent);
    this.mapBox.onscroll = () => this.scrolled("map", this.mapBox);
    this.mapCanvas.onpointermove = (event) => event.pointerType !== "touch" && this.scheduleHover(this.cellAt(event));
    this.mapCanvas.onpointerleave = () => this.scheduleHover(null);
    this.mapCanvas.onclick = (event) => {
      const cell = this.cellAt(event);
      if (cell?.row !== undefined && this.state.kind !== "encoder_self") this.go(this.view.rows[cell.row].to - 1);
      this.scheduleHover(cell);
    };
    this.tableButton = make("button", {
      type: "button",
      class: "toggle small",
      text: w.table,
      title: w.table_alt,
      onclick: () => this.change({ view: this.state.view === "map" ? "table" : "map" }),
    });
    const scale = make(
      "span",
      { class: "scale", role: "img", "aria-label": w.scale, title: w.scale },
      make("span", { text: "0" }),
      make("i", { class: "ramp" }),
      make("span", { text: "1" }),
    );
    return make(
      "section",
      { class: "panel map", "aria-label": w.map },
      make("div", { class: "panel-head" }, this.mapTitle, this.mapReadout, scale, this.tableButton),
      this.mapBox,
    );
  }

  buildSide() {
    const w = this.words;
    const { header } = this.weights;
    this.gridCanvas = make("canvas", { "aria-hidden": "true" });
    this.miniButtons = [];
    this.grid = make("div", { class: "grid", role: "group" });
    this.grid.append(
      make("span"),
      ...range(header.heads).map((head) =>
        make(
          "span",
          { class: "column-name", "aria-hidden": "true" },
          make("i", { class: "dot", style: `--dot: var(--head-${head % 8})` }),
          make("span", { text: String(head + 1) }),
        ),
      ),
    );
    this.layerNames = [];
    for (let layer = 0; layer < Math.max(...header.layers); layer++) {
      const name = make("span", { class: "row-name", "aria-hidden": "true", text: String(layer + 1) });
      this.layerNames.push(name);
      this.grid.append(name);
      for (let head = 0; head < header.heads; head++) {
        const label = fill(w.mini, { layer: layer + 1, head: head + 1 });
        const button = make("button", {
          type: "button",
          class: "mini",
          "aria-label": label,
          title: label,
          style: `--dot: var(--head-${head % 8})`,
          onclick: (event) => {
            const more = this.several || event.shiftKey || event.ctrlKey || event.metaKey;
            if (layer !== this.state.layer) this.change({ layer, heads: [head] });
            else this.chooseHead(head, more);
          },
        });
        this.miniButtons.push({ button, layer, head });
        this.grid.append(button);
      }
    }
    this.candidateNote = make("span", { class: "note" });
    this.candidateRows = range(10).map((i) => {
      const text = make("bdi", { dir: "auto" });
      // In the app a candidate can be written in place of what was chosen, and the model goes on from there.
      const force = () => this.act({ force: [this.state.step, this.candidates()[2][i]] });
      const name = !this.can("force")
        ? make("span", { class: "name" }, text)
        : make("button", { type: "button", class: "name", onclick: force }, text);
      const level = make("span", { class: "level" });
      const value = make("span", { class: "number" });
      const mark = make("span", { class: "mark", "aria-hidden": "true", text: "✓" });
      const row = make("li", {}, mark, name, make("span", { class: "well", "aria-hidden": "true" }, level), value);
      return { row, name, text, level, value };
    });
    return make(
      "div",
      { class: "side" },
      make(
        "section",
        { class: "panel heads", "aria-label": w.heads },
        make("div", { class: "panel-head" }, make("strong", { class: "title", text: w.heads })),
        make("div", { class: "grid-box" }, this.gridCanvas, this.grid),
      ),
      make(
        "section",
        { class: "panel candidates", "aria-label": w.candidates },
        make("div", { class: "panel-head" }, make("strong", { class: "title", text: w.candidates }), this.candidateNote),
        make("ol", { "aria-label": w.candidates_alt }, ...this.candidateRows.map(({ row }) => row)),
      ),
    );
  }

  buildFooter() {
    this.finding = make("p", { class: "finding", "aria-live": "polite" });
    this.rules = make("p", { class: "rules" });
    return make("div", { class: "footer" }, this.finding, this.rules);
  }

  buildHelp() {
    const w = this.words;
    const dialog = make("dialog", { class: "help", "aria-label": w.help_title });
    dialog.onclick = (event) => event.target === dialog && dialog.close();
    dialog.onkeydown = (event) => event.stopPropagation();
    const rows = w.keys.flatMap(([keys, what]) => [make("dt", {}, make("kbd", { text: keys })), make("dd", { text: what })]);
    dialog.append(
      make("strong", { text: w.help_title }),
      make("dl", {}, ...rows),
      make("button", { type: "button", class: "toggle", text: w.close, onclick: () => dialog.close() }),
    );
    return dialog;
  }

  // --- Theme and size

  switchTheme() {
    this.chosenTheme = this.themeName() === "dark" ? "light" : "dark";
    this.restyle();
  }

  /** On a projector all text is strong. */
  colours(name) {
    const palette = { ...this.assets.palette[name] };
    return this.presenting ? Object.assign(palette, { muted: palette.text, border: palette.muted }) : palette;
  }

  restyled() {
    if (this.header.page) document.documentElement.style.background = this.palette.background;
    this.pictures = new Map();
  }

  /** Everything that depends on sizes. Nothing here depends on step or head, so nothing jumps when those change. */
  layout() {
    if (!this.root || !this.palette) return;
    const width = this.frame.clientWidth;
    if (!width) return;
    const room = (this.presenting ? this.root.clientWidth : width) / (this.presenting ? 1.05 : 1);
    this.root.classList.toggle("narrow", room < 680);
    this.root.classList.toggle("medium", room >= 680 && room < 1130);
    this.root.classList.toggle("small", room >= 680 && room < 860);
    const home = room >= 680 && room < 1130 ? this.controlsRow : this.transportRow;
    if (this.tools.parentElement !== home) home.append(this.tools);
    this.root.classList.toggle("tabular", this.state.view === "table");
    this.em = parseFloat(getComputedStyle(this.root).fontSize);
    this.fontSize = Math.max(14, Math.round(this.em * 0.78));
    this.layoutGrid();
    this.layoutLines();
    this.layoutMap();
    const boxes = { source: this.barsScroller, target: this.targetScroller, lines: this.linesBox, map: this.mapBox };
    this.scroll = {};
    for (const [name, box] of Object.entries(boxes)) this.scroll[name] = { x: box.scrollLeft, y: box.scrollTop };
    this.places = { source: this.chipPlaces(this.barsScroller, this.sourceChips), target: this.chipPlaces(this.targetScroller, this.targetChips) };
    this.schedule();
  }

  chipPlaces(scroller, chips) {
    const start = scroller.getBoundingClientRect().left - scroller.scrollLeft;
    const [room, all] = [scroller.clientWidth, scroller.scrollWidth];
    return chips.map((chip) => {
      const { left, width } = chip.getBoundingClientRect();
      return { left: left - start, width, room, all };
    });
  }

  layoutGrid() {
    const { header } = this.weights;
    const layers = this.weights.layers(this.state.kind);
    const box = this.grid.parentElement;
    const names = Math.round(this.em * 1.1);
    const gap = 4;
    const across = (box.clientWidth - names) / header.heads - gap;
    const room = this.root.classList.contains("narrow") ? Infinity : this.presenting ? box.clientHeight - names : this.em * 7.2;
    const rows = this.layerNames.length;
    for (const { button, layer } of this.miniButtons) button.hidden = layer >= layers;
    const fit = (high) => {
      const h = Math.max(12, Math.floor(Math.min(across, high)));
      this.mini = { w: Math.max(12, Math.floor(Math.min(across, 2 * h))), h, names, gap };
      this.grid.style.gridTemplateColumns = `${names}px repeat(${header.heads}, ${this.mini.w}px)`;
      this.grid.style.gridTemplateRows = `${names}px repeat(${rows}, ${h}px)`;
      this.grid.style.gap = `${gap}px`;
    };
    const high = room / Math.max(...header.layers) - gap;
    fit(high);
    const panel = box.parentElement; // few heads are wide and so would be high: the candidates below keep their place
    const over = panel.scrollHeight - panel.clientHeight;
    if (over > 0) fit(Math.min(across, high) - (over + gap) / rows);
    const width = names + header.heads * (this.mini.w + gap);
    this.sizeCanvas(this.gridCanvas, width, names + rows * (this.mini.h + gap));
  }

  /** Two columns of words. They are elements, so that any script, an emoji or a reader's voice does what it should. */
  layoutLines() {
    const { view } = this;
    const width = this.linesBox.clientWidth;
    const height = this.linesBox.clientHeight;
    const pitch = this.fontSize + 2;
    const content = Math.max(height, Math.max(view.rows.length, view.columns.length) * pitch);
    const inner = content > height ? this.linesBox.clientWidth : width;
    const room = content / Math.max(view.rows.length, view.columns.length, 1);
    const size = clamp(Math.floor(room * 0.62), this.fontSize, Math.round(this.em * 1.25));
    const measure = this.gridCanvas.getContext("2d");
    measure.font = `${size}px ${this.fonts}`;
    const widest = (words) => Math.max(20, ...words.map((word) => measure.measureText(word.label).width * 1.08)) + 20;
    const left = Math.min(widest(view.columns), inner * 0.36);
    const right = Math.min(widest(view.rows), inner * 0.36);
    this.linesContent.style.height = `${content}px`;
    this.sizeCanvas(this.linesCanvas, inner, height);
    const places = (n) => range(n).map((i) => ((i + 0.5) * content) / n);
    this.lineGeometry = {
      width: inner,
      height,
      left,
      right: inner - right,
      columns: places(view.columns.length),
      rows: places(view.rows.length),
      room,
      size,
      content,
    };
    const label = (side, word, i, words) => {
      const slot = content / words.length;
      const tall = Math.min(slot, size * 1.7);
      const title = side === "r" && word.reads ? `${this.words.reads} ${word.reads} → ${this.words.predicts} ${word.label}` : word.label;
      const element = make(
        "button",
        {
          type: "button",
          class: `label ${side === "r" ? "reader" : "key"} ${word.side}${word.special ? " special" : ""}`,
          title,
          "aria-label": fill(this.words.pin, { piece: title }),
          style:
            `top:${((i + 0.5) * slot - tall / 2).toFixed(1)}px;height:${tall.toFixed(1)}px;font-size:${size}px;` +
            `width:${(side === "r" ? right : left).toFixed(1)}px`,
          onclick: () => this.togglePin(side, word),
        },
        make("bdi", { dir: "auto", text: word.label }),
      );
      element.onpointerenter = (event) =>
        event.pointerType !== "touch" && this.scheduleHover(side === "r" ? { row: i } : { column: i });
      element.onpointerleave = () => this.scheduleHover(null);
      element.onfocus = () => element.matches(":focus-visible") && this.scheduleHover(side === "r" ? { row: i } : { column: i });
      element.onblur = () => this.scheduleHover(null);
      return element;
    };
    this.columnLabels = view.columns.map((word, i) => label("c", word, i, view.columns));
    this.rowLabels = view.rows.map((word, i) => label("r", word, i, view.rows));
    this.linesLabels.replaceChildren(...this.columnLabels, ...this.rowLabels);
  }

  layoutMap() {
    if (this.state.view === "table") {
      this.mapContent.style.width = "";
      this.mapContent.style.height = "";
      return;
    }
    if (this.mapCanvas.parentElement !== this.mapContent) this.mapContent.replaceChildren(this.mapCanvas);
    this.mapContent.style.width = "0";
    this.mapContent.style.height = "0";
    const { view } = this;
    const geometry = mapGeometry(view, this.mapBox.clientWidth, this.mapBox.clientHeight, this.fontSize, (text, size) => {
      const context = this.gridCanvas.getContext("2d");
      context.font = `${size}px ${this.fonts}`;
      return context.measureText(text).width;
    });
    const { x0, y0, cw, ch } = geometry;
    this.mapContent.style.width = `${Math.floor(x0 + view.columns.length * cw)}px`;
    this.mapContent.style.height = `${Math.floor(y0 + view.rows.length * ch)}px`;
    geometry.width = this.mapBox.clientWidth; // a scroll bar may have taken its share
    geometry.height = this.mapBox.clientHeight;
    this.mapGeometry = geometry;
    this.sizeCanvas(this.mapCanvas, geometry.width, geometry.height);
  }

  // --- Painting

  paint() {
    if (!this.palette || !this.lineGeometry) return;
    this.paintSentences();
    this.paintTransport();
    this.paintControls();
    this.paintCandidates();
    this.paintText();
    this.drawGrid();
    if (this.follow) {
      this.follow = false;
      this.scrollToStep();
    }
    if (this.state.view === "table") this.paintTable();
    this.paintLinked();
  }

  /** Lines and heatmap: what changes together under the pointer. */
  paintLinked() {
    this.drawLines();
    if (this.state.view === "map") this.drawMap();
    this.paintReadout();
  }

  where() {
    const w = this.words;
    const layer = this.state.layer + 1;
    if (this.isAverage) return fill(w.where_average, { layer });
    const heads = this.state.heads.map((head) => head + 1);
    return heads.length === 1 ? fill(w.where_head, { layer, head: heads[0] }) : fill(w.where_heads, { layer, heads: heads.join(", ") });
  }

  /** Cross-attention over the source pieces at this step, in the chosen layer and heads. */
  sourceWeights() {
    const { step } = this.state;
    const layer = Math.min(this.state.layer, this.weights.layers("cross") - 1);
    const map = this.weights.mean(this.weights.view("cross", false, false), layer, this.heads);
    return map.subarray(step * this.weights.S, (step + 1) * this.weights.S);
  }

  paintSentences() {
    const { header } = this.weights;
    const { step, merged, hidden } = this.state;
    const w = this.words;
    this.targetChips.forEach((chip, i) => {
      chip.classList.toggle("ghost", i > step);
      chip.classList.toggle("now", i === step);
      chip.classList.toggle("read", i === step - 1);
      const phrase = i > step ? fill(w.not_yet, { step: i + 1 }) : fill(w.go, { step: i + 1, piece: surface(header.output[i]) });
      setAttribute(chip, "aria-label", phrase);
      if (i === step) setAttribute(chip, "aria-current", "step");
      else chip.removeAttribute("aria-current");
    });
    this.startChip.classList.toggle("read", step === 0);
    // The bars are always cross-attention, whatever kind the pictures below show.
    const row = this.sourceWeights();
    this.root.classList.toggle("merged", merged);
    const paintBar = ({ box, value, level }, weight, absent) => {
      box.classList.toggle("absent", absent);
      setText(value, number(weight));
      box.classList.toggle("faint", weight < 0.05);
      level.style.transform = `scaleY(${weight.toFixed(4)})`;
    };
    const isSpecial = (i) => hidden && header.source_specials.includes(i);
    this.bars.forEach((bar, i) => paintBar(bar, row[i], isSpecial(i)));
    header.source_words.forEach(([from, to], i) => {
      let sum = 0;
      for (let k = from; k < to; k++) sum += row[k];
      paintBar(this.wordBars[i], sum, isSpecial(from));
    });
    const strongest = row.reduce((best, weight, i) => (weight > row[best] && !isSpecial(i) ? i : best), 0);
    this.strongest = strongest;
    const pins = this.state.kind === "decoder_self" ? [] : this.pinnedIndices("c").map((i) => this.view.columns[i]);
    this.sourceChips.forEach((chip, i) => {
      chip.classList.toggle("glow", i === strongest && row[i] >= 0.05);
      const unknown = header.unknown.includes(i) ? `, ${w.unknown}` : this.weights.byte("source", i) ? `, ${w.spelled}` : "";
      setAttribute(chip, "aria-label", fill(w.source_piece, { piece: surface(header.source[i]), weight: number(row[i]) }) + unknown);
      setPressed(chip, pins.some((word) => word.from <= i && i < word.to));
    });
    const where = this.where();
    setText(this.barsLabel, fill(w.bars, { where }));
    const parts = header.source.map((piece, i) => `${surface(piece)} ${number(row[i])}`).join(", ");
    setAttribute(this.barsScroller, "aria-label", fill(w.bars_alt, { where, piece: surface(header.output[step]), parts }));
  }

  paintTransport() {
    const { header } = this.weights;
    const { step } = this.state;
    const w = this.words;
    const last = this.weights.T - 1;
    if (Number(this.slider.value) !== step) this.slider.value = step;
    setText(this.stepText, fill(w.step_of, { step: step + 1, steps: last + 1 }));
    setText(this.readsText, surface(header.input[step]));
    setText(this.predictsText, surface(header.output[step]));
    setText(this.chanceText, `p = ${this.chance(header.chosen[step])}`);
    setAttribute(this.slider, "aria-valuetext", `${this.stepText.textContent}: ${surface(header.output[step])}`);
    for (const button of this.firstButtons) setAttribute(button, "aria-disabled", step === 0);
    for (const button of this.lastButtons) setAttribute(button, "aria-disabled", step === last);
    const state = this.timer ? "pause" : "play";
    if (this.playButton.firstChild !== this.playIcons[state]) {
      this.playButton.replaceChildren(this.playIcons[state]);
      this.playButton.title = w[state];
      setAttribute(this.playButton, "aria-label", w[state]);
    }
    this.speedButtons.forEach((button, i) => setPressed(button, i === this.speed));
  }

  chance(p) {
    return p < 0.005 ? "<0.01" : number(p);
  }

  paintControls() {
    const { kind, layer, heads, merged, hidden, view } = this.state;
    this.kindButtons.forEach((button, i) => setPressed(button, KINDS[i] === kind));
    this.layerButtons.forEach((button, i) => {
      setPressed(button, i === layer);
      button.hidden = i >= this.weights.layers(kind);
    });
    setPressed(this.averageButton, this.isAverage);
    this.headButtons.forEach((button, i) => setPressed(button, !this.isAverage && heads.includes(i)));
    setPressed(this.severalButton, this.several);
    if (this.withoutButton) setPressed(this.withoutButton, this.chosenHeads().every((head) => this.isAblated(...head)));
    this.headButtons.forEach((button, i) => button.classList.toggle("without", this.isAblated(kind, layer, i)));
    setPressed(this.mergedButton, merged);
    setPressed(this.hiddenButton, hidden);
    setPressed(this.tableButton, view === "table");
    for (const { button, layer: own, head } of this.miniButtons) {
      setPressed(button, own === layer && (this.isAverage || heads.includes(head)));
      button.classList.toggle("without", this.isAblated(kind, own, head));
      button.classList.toggle("of-average", this.isAverage);
    }
    setAttribute(this.grid, "aria-label", fill(this.words.heads_alt, { kind: this.words.kinds_long[kind] }));
    if (Number(this.thresholdInput.value) !== this.state.threshold) this.thresholdInput.value = this.state.threshold;
    setText(this.thresholdText, fill(this.words.keep, { percent: this.state.threshold }));
    setText(this.linesHead, this.words.is_read);
    setText(this.linesTail, kind === "encoder_self" ? this.words.reads : this.words.predicts);
  }

  /** Of this step: labels, probabilities, and the pieces themselves: a byte's label says what it completes. */
  candidates() {
    const [labels, probabilities, pieces = labels] = this.weights.header.candidates[this.state.step];
    return [labels, probabilities, pieces];
  }

  paintCandidates() {
    const { header } = this.weights;
    const { step } = this.state;
    const [pieces, probabilities, own] = this.candidates();
    const chosen = pieces.indexOf(header.output[step]);
    const isByte = (i) => header.bytes && /^<0x[0-9A-F]{2}>$/.test(own[i]);
    this.candidateRows.forEach(({ row, name, text, level, value }, i) => {
      const there = i < pieces.length;
      row.style.visibility = there ? "" : "hidden";
      if (!there) return;
      setText(text, surface(pieces[i]));
      setText(value, this.chance(probabilities[i]));
      level.style.transform = `scaleX(${probabilities[i]})`;
      row.classList.toggle("chosen", i === chosen);
      row.title = `${own[i]} ${probabilities[i]}${i === chosen ? ` (${this.words.chosen})` : ""}${isByte(i) ? `. ${this.words.byte}` : ""}`;
      if (this.can("force")) {
        name.disabled = i === chosen;
        const phrase = i === chosen ? this.words.chosen : fill(this.words.force, { step: step + 1 });
        row.title = `${row.title}. ${phrase}`;
        setAttribute(name, "aria-label", `${surface(pieces[i])}, ${this.chance(probabilities[i])}. ${phrase}`);
      }
      setAttribute(row, "aria-current", i === chosen);
    });
    const values = { piece: surface(header.output[step]), p: this.chance(header.chosen[step]) };
    setText(this.candidateNote, chosen < 0 ? fill(this.words.outside, values) : "");
  }

  /** The main finding of what is shown, in words. */
  findingText(row = this.currentRow) {
    const { view, focus } = this;
    const w = this.words;
    const width = view.columns.length;
    const { kind } = this.state;
    let best = -1;
    const consider = (r) => {
      for (let c = 0; c < width; c++) if (best < 0 || focus[r * width + c] > focus[best]) best = r * width + c;
    };
    if (row >= 0) consider(row);
    else if (kind === "encoder_self") range(view.rows.length).forEach(consider);
    if (best < 0 || !(focus[best] > 0)) return this.state.merged && row < 0 ? w.word_open : w.finding_none;
    const values = {
      row: view.rows[Math.floor(best / width)].label,
      key: view.columns[best % width].label,
      weight: number(focus[best]),
    };
    if (kind === "encoder_self") return fill(row >= 0 ? w.finding_row_encoder_self : w.finding_encoder_self, values);
    if (kind === "cross" && focus[best] < 0.5) return fill(w.finding_cross_spread, values);
    return fill(w[`finding_${kind}`], values);
  }

  paintText() {
    const { kind, merged, hidden } = this.state;
    const w = this.words;
    const { view } = this;
    const finding = this.findingText();
    const names = { kind: w.kinds_long[kind], where: this.where(), finding };
    // A reader's voice follows single steps, not the ticks of a film.
    setAttribute(this.finding, "aria-live", this.timer ? "off" : "polite");
    setText(this.finding, finding);
    setText(this.mapTitle, this.where());
    setAttribute(this.mapTitle, "title", this.where());
    setAttribute(this.linesCanvas, "aria-label", fill(w.lines_alt, names));
    setAttribute(this.mapCanvas, "aria-label", fill(w.map_alt, { ...names, rows: view.rows.length, columns: view.columns.length }));
    const rules = [];
    if (merged) rules.push(w.merged_rule);
    if (hidden) rules.push(w.hidden_rule);
    const pinned = { r: this.pinnedIndices("r").length, c: this.pinnedIndices("c").length };
    if (pinned.r > 1) rules.push(fill(w.pinned_rule, { n: pinned.r }));
    if (pinned.c > 1) rules.push(fill(w.pinned_columns_rule, { n: pinned.c }));
    if (kind === "encoder_self") rules.push(w.encoder_rule);
    this.ruleTexts = rules;
  }

  paintReadout() {
    const { hover, view, focus } = this;
    const w = this.words;
    if (hover?.row !== undefined && hover.column !== undefined) {
      const row = view.rows[hover.row];
      const reader = row.label;
      const key = view.columns[hover.column].label;
      const weight = number(focus[hover.row * view.columns.length + hover.column]);
      setText(this.mapReadout, fill(w.cell, { reader, key, weight }));
      this.mapTitle.hidden = true; // the two share a place
    } else {
      setText(this.mapReadout, "");
      this.mapTitle.hidden = false;
    }
    const kept = fill(w.kept, { percent: this.state.threshold, drawn: this.drawnLines, all: this.allLines });
    const rules = [kept, ...this.ruleTexts];
    if (this.isNumbered && this.heads.length > 1 && !this.isAverage) rules.push(w.mean_rule);
    setText(this.rules, rules.join(" · "));
  }

  /** Remember where a box is scrolled to. Asking it while painting would make the browser lay out the page at once. */
  scrolled(name, box) {
    const place = { x: box.scrollLeft, y: box.scrollTop };
    const before = this.scroll[name];
    this.scroll[name] = place;
    if (place.x === before.x && place.y === before.y) return;
    if (name === "lines") this.drawLines();
    if (name === "map" && this.state.view === "map") this.drawMap();
  }

  scrollTo(name, box, { x, y }) {
    const place = this.scroll[name];
    if (x !== undefined) box.scrollLeft = x;
    if (y !== undefined) box.scrollTop = y;
    this.scroll[name] = { x: x === undefined ? place.x : box.scrollLeft, y: y === undefined ? place.y : box.scrollTop };
  }

  /** Bring what belongs to the step into sight, where not everything fits. */
  scrollToStep() {
    const { step } = this.state;
    const bring = (name, scroller, { left, width, room, all }) => {
      const at = this.scroll[name].x;
      if (all > room && (left < at + 40 || left + width > at + room - 40)) {
        this.scrollTo(name, scroller, { x: left + width / 2 - room / 2 });
      }
    };
    bring("target", this.targetScroller, this.places.target[step]);
    bring("source", this.barsScroller, this.places.source[this.strongest]);
    const row = this.currentRow;
    if (row < 0) return;
    const { lineGeometry: lines, mapGeometry: map, scroll } = this;
    const y = lines.rows[row];
    if (lines.content > lines.height && (y < scroll.lines.y + 24 || y > scroll.lines.y + lines.height - 24)) {
      this.scrollTo("lines", this.linesBox, { y: y - lines.height / 2 });
    }
    if (this.state.view !== "map" || !map?.scrolls) return;
    const width = this.view.columns.length;
    const weights = this.focus.subarray(row * width, (row + 1) * width);
    const best = weights.reduce((most, weight, c) => (weight > weights[most] ? c : most), 0);
    const along = (index, size, at, room) => (index * size < at || (index + 1) * size > at + room ? (index + 0.5) * size - room / 2 : undefined);
    const place = {
      x: along(best, map.cw, scroll.map.x, map.width - map.x0),
      y: along(row, map.ch, scroll.map.y, map.height - map.y0),
    };
    if (place.x !== undefined || place.y !== undefined) this.scrollTo("map", this.mapBox, place);
  }

  /** A map's picture, made once. */
  picture(name, map, view) {
    const key = `${name} ${view.key}`;
    if (!this.pictures.has(key)) {
      if (this.pictures.size > 400) this.pictures.clear();
      this.pictures.set(key, cellPicture(map, view, this.table));
    }
    return this.pictures.get(key);
  }

  drawGrid() {
    const context = this.context(this.gridCanvas);
    const { view, visible } = this;
    const { w, h, names, gap } = this.mini;
    const rows = view.rows.length;
    const columns = view.columns.length;
    context.imageSmoothingEnabled = columns > w || rows > h;
    context.imageSmoothingQuality = "medium";
    for (const { layer, head } of this.miniButtons) {
      if (layer >= this.weights.layers(view.kind)) continue;
      const x = names + gap + head * (w + gap);
      const y = names + gap + layer * (h + gap);
      context.fillStyle = this.palette.surface;
      context.fillRect(x, y, w, h);
      if (!visible) continue;
      const picture = this.picture(`${layer} ${head}`, this.weights.shown(view, layer, head), view);
      context.drawImage(picture, 0, 0, columns, visible, x, y, w, (h * visible) / rows);
    }
  }

  /** Rows and columns whose lines are drawn: those under the pointer, else those pinned, else all. */
  activeWords() {
    const { hover, visible, view } = this;
    const all = { rows: range(visible), columns: range(view.columns.length), byRow: false, byColumn: false };
    if (hover) {
      if (hover.row !== undefined) return { ...all, rows: hover.row < visible ? [hover.row] : [], byRow: true };
      return { ...all, columns: [hover.column], byColumn: true };
    }
    const rows = this.pinnedIndices("r").filter((row) => row < visible);
    const columns = this.pinnedIndices("c");
    if (this.state.pinned.some((pin) => pin[0] === "r")) Object.assign(all, { rows, byRow: true });
    if (columns.length) Object.assign(all, { columns, byColumn: true });
    return all;
  }

  drawLines() {
    const context = this.context(this.linesCanvas);
    const { view, lineGeometry: g, hover } = this;
    const active = this.activeWords();
    const heads = this.isAverage ? [null] : this.state.heads;
    const top = this.scroll.lines.y;
    const width = view.columns.length;
    const lit = { rows: new Set(), columns: new Set() };
    const thick = clamp(g.room * 0.3, 3, 11) / Math.sqrt(heads.length);
    const spread = heads.length > 1 ? clamp((g.room * 0.75) / heads.length, 1.5, thick + 1) : 0;
    const bend = (g.right - g.left) * 0.42;
    this.drawnLines = 0;
    this.allLines = 0;
    const plain = active.rows.length * active.columns.length * heads.length > 6000; // curves cost more than they show
    // In a crowd the current row stands out; the others stay as a ground.
    const crowded = !active.byRow && !active.byColumn && this.currentRow >= 0 && this.weights.T * width * heads.length > 1500;
    const current = this.currentRow;
    const isSeen = (y) => y > top - 20 && y < top + g.height + 20;
    heads.forEach((head, k) => {
      const name = `${view.key} ${this.state.layer} ${head ?? "average"}`;
      const map = head === null ? this.focus : this.weights.shown(view, this.state.layer, head);
      const cuts = this.weights.cuts(name, map, view, this.state.threshold);
      const shift = (k - (heads.length - 1) / 2) * spread;
      const strengths = range(32).map(() => null); // 16 strengths; those of the current row apart
      for (const r of active.rows) {
        const y2 = g.rows[r];
        const seen = isSeen(y2);
        for (const c of active.columns) {
          const weight = map[r * width + c];
          if (!(weight > 0)) continue;
          this.allLines++;
          if (weight < cuts[r]) continue;
          this.drawnLines++;
          lit.rows.add(r);
          lit.columns.add(c);
          const y1 = g.columns[c];
          if (!seen && !isSeen(y1)) continue;
          const level = Math.min(15, Math.floor(weight * 16)) + (r === current ? 16 : 0);
          const path = (strengths[level] ??= new Path2D());
          path.moveTo(g.left + 6, y1 + shift - top);
          if (plain) path.lineTo(g.right - 6, y2 + shift - top);
          else path.bezierCurveTo(g.left + bend, y1 + shift - top, g.right - bend, y2 + shift - top, g.right - 6, y2 + shift - top);
        }
      }
      context.strokeStyle = head === null ? this.palette.primary : this.headColour(head);
      strengths.forEach((path, level) => {
        if (!path) return;
        const weight = ((level % 16) + 0.5) / 16;
        context.globalAlpha = (0.1 + 0.9 * weight ** 0.8) * (crowded && level < 16 ? 0.25 : 1);
        context.lineWidth = 0.8 + thick * weight;
        context.stroke(path);
      });
    });
    context.globalAlpha = 1;
    this.drawLineNumbers(context, active, lit, top);
    const pinned = { rows: new Set(this.pinnedIndices("r")), columns: new Set(this.pinnedIndices("c")) };
    const isMarked = { row: hover?.row, column: hover?.column };
    const narrowed = active.byRow || active.byColumn;
    this.columnLabels.forEach((label, i) => {
      const own = view.columns[i];
      label.classList.toggle("ghost", own.ready > this.state.step);
      label.classList.toggle("marked", i === isMarked.column);
      label.classList.toggle("dim", narrowed && !lit.columns.has(i) && i !== isMarked.column && !pinned.columns.has(i));
      setPressed(label, pinned.columns.has(i));
    });
    this.rowLabels.forEach((label, i) => {
      label.classList.toggle("ghost", view.rows[i].ready > this.state.step);
      label.classList.toggle("now", i === current);
      label.classList.toggle("marked", i === isMarked.row);
      label.classList.toggle("dim", narrowed && !lit.rows.has(i) && i !== isMarked.row && !pinned.rows.has(i));
      setPressed(label, pinned.rows.has(i));
    });
  }

  /** Beside each word that a line leads to: the sum over the rows (or columns) that are shown, mean of the chosen heads. */
  drawLineNumbers(context, active, lit, top) {
    const { focus, view, lineGeometry: g } = this;
    const width = view.columns.length;
    this.isNumbered = active.byRow || active.byColumn;
    context.font = `600 ${this.fontSize}px ${this.fonts}`;
    context.textBaseline = "middle";
    const put = (x, y, sum, align) => {
      if (y < top - 10 || y > top + g.height + 10 || sum < 0.005) return;
      const text = number(sum);
      const wide = context.measureText(text).width;
      context.fillStyle = this.palette.background;
      context.globalAlpha = 0.86;
      context.fillRect(align === "left" ? x - 2 : x - wide - 2, y - top - this.fontSize / 2 - 1, wide + 4, this.fontSize + 2);
      context.globalAlpha = 1;
      context.fillStyle = this.palette.text;
      context.textAlign = align;
      context.fillText(text, x, y - top + 1);
    };
    if (active.byRow) {
      for (const c of lit.columns) {
        const sum = active.rows.reduce((total, r) => total + focus[r * width + c], 0);
        put(g.left + 8, g.columns[c], sum, "left");
      }
    }
    if (active.byColumn) {
      for (const r of lit.rows) {
        const sum = active.columns.reduce((total, c) => total + focus[r * width + c], 0);
        put(g.right - 8, g.rows[r], sum, "right");
      }
    }
  }

  drawMap() {
    const g = this.mapGeometry;
    if (!g) return;
    const context = this.context(this.mapCanvas);
    const scroll = this.scroll.map;
    const name = `focus ${this.state.layer} ${this.heads}`;
    const scene = {
      view: this.view,
      focus: this.focus,
      visible: this.visible,
      current: this.currentRow,
      hover: this.hover,
      pinned: { rows: this.pinnedIndices("r"), columns: this.pinnedIndices("c") },
      step: this.state.step,
      palette: this.palette,
      table: this.table,
      fonts: this.fonts,
      size: this.fontSize,
      picture: this.picture(name, this.focus, this.view),
    };
    drawHeatmap(context, g, scene, scroll);
  }

  cellAt(event) {
    const g = this.mapGeometry;
    if (!g) return null;
    const box = this.mapCanvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const column = Math.floor((x + this.scroll.map.x - g.x0) / g.cw);
    const row = Math.floor((y + this.scroll.map.y - g.y0) / g.ch);
    const cell = {};
    if (y >= g.y0 && row >= 0 && row < this.visible) cell.row = row;
    if (x >= g.x0 && column >= 0 && column < this.view.columns.length) cell.column = column;
    if (cell.row === undefined && cell.column === undefined) return null;
    if (cell.row === undefined && y >= g.y0) return null; // below the last row that is there
    const { rows, columns, allowed } = this.view;
    if (cell.row !== undefined && cell.column !== undefined && !allowed(rows[cell.row], columns[cell.column])) return null;
    return cell;
  }

  paintTable() {
    const { view, focus, visible } = this;
    const w = this.words;
    const width = view.columns.length;
    const head = make("tr", {}, make("th", { scope: "col", text: view.kind === "encoder_self" ? w.reader_encoder : w.reader }));
    for (const column of view.columns) {
      const known = column.ready <= this.state.step;
      const name = make("bdi", { dir: "auto", class: known ? "" : "ahead", text: column.label });
      head.append(make("th", { scope: "col", class: column.side }, name));
    }
    const body = make("tbody");
    for (let r = 0; r < visible; r++) {
      const row = view.rows[r];
      const name = make("th", { scope: "row" });
      if (row.reads !== undefined) name.append(make("bdi", { class: "reads", dir: "auto", text: row.reads }), " → ");
      name.append(make("bdi", { class: row.side, dir: "auto", text: row.label }));
      const line = make("tr", { class: r === this.currentRow ? "now" : "" }, name);
      view.columns.forEach((column, c) => {
        const there = view.allowed(row, column);
        line.append(make("td", { text: there ? number(focus[r * width + c]) : "" }));
      });
      body.append(line);
    }
    const caption = fill(w.table_caption, { kind: w.kinds_long[view.kind], where: this.where() });
    this.mapContent.replaceChildren(make("table", {}, make("caption", { text: caption }), make("thead", {}, head), body));
  }

  // --- Taking pictures away

  /** The picture for a paper: lines and heatmap of what is in focus, white ground, every label there. */
  download(kind) {
    const { paper, width, height } = this.onPaper();
    const name = `headlight-${this.state.kind}-layer${this.state.layer + 1}-${this.isAverage ? "average" : `head${this.state.heads.map((h) => h + 1).join("+")}`}`;
    paper.save(kind, name, width, height);
  }

  onPaper() {
    const { view, focus, visible } = this;
    const { header } = this.weights;
    const w = this.words;
    const paper = new Paper(this.assets.palette);
    const { palette, table, items, text, measure } = paper;
    const margin = 24;
    const pitch = 28;
    const rows = range(visible);
    const width = view.columns.length;
    const label = (word) => paper.fitted(word.label, 170);
    const columnWidth = Math.max(30, ...view.columns.map((word) => measure(label(word))));
    const rowWidth = Math.max(30, ...view.rows.map((word) => measure(label(word))));
    const colour = (word) => (word.special ? palette.muted : palette[word.side]);
    const isKnown = (word) => word.ready <= this.state.step;

    // Lines
    const rotated = columnWidth > 40;
    const top = 100 + (rotated ? Math.min(150, columnWidth * 0.8) : 24);
    const content = Math.max(view.rows.length, width) * pitch;
    const place = (i, n) => top + ((i + 0.5) * content) / n;
    const left = margin + columnWidth + 10;
    const right = left + 230;
    text(margin + columnWidth, top - 14, w.is_read, { anchor: "end", fill: palette.muted });
    text(right + 10, top - 14, view.kind === "encoder_self" ? w.reads : w.predicts, { fill: palette.muted });
    view.columns.forEach((word, c) => {
      if (isKnown(word)) text(margin + columnWidth, place(c, width) + 5, label(word), { anchor: "end", fill: colour(word) });
    });
    rows.forEach((r) => text(right + 10, place(r, view.rows.length) + 5, label(view.rows[r]), { fill: colour(view.rows[r]) }));
    const hovered = this.hover;
    this.hover = null; // the pointer is on the button, not in the picture
    const active = this.activeWords();
    this.hover = hovered;
    const heads = this.isAverage ? [null] : this.state.heads;
    heads.forEach((head, k) => {
      const map = head === null ? focus : this.weights.shown(view, this.state.layer, head);
      const cuts = this.weights.cuts(`${view.key} ${this.state.layer} ${head ?? "average"}`, map, view, this.state.threshold);
      const shift = (k - (heads.length - 1) / 2) * Math.min(4, 18 / heads.length);
      for (const r of active.rows) {
        for (const c of active.columns) {
          const weight = map[r * width + c];
          if (!(weight > 0) || weight < cuts[r]) continue;
          items.push({
            type: "curve",
            x1: left,
            y1: place(c, width) + shift,
            x2: right,
            y2: place(r, view.rows.length) + shift,
            stroke: head === null ? palette.primary : paper.headColour(head),
            width: 0.8 + (7 * weight) / Math.sqrt(heads.length),
            alpha: 0.1 + 0.9 * weight ** 0.8,
          });
        }
      }
    });

    // Heatmap
    const readsWidth = view.kind === "encoder_self" ? 0 : Math.max(...view.rows.map((word) => Math.min(170, measure(word.reads)))) + 26;
    const x0 = right + 10 + rowWidth + 60 + readsWidth + rowWidth + 10;
    const cell = { w: Math.max(rotated ? 34 : columnWidth + 12, 40), h: pitch };
    view.columns.forEach((word, c) => {
      if (!isKnown(word)) return;
      const x = x0 + (c + 0.5) * cell.w;
      if (rotated) text(x + 4, top - 8, label(word), { fill: colour(word), rotate: -50 });
      else text(x, top - 10, label(word), { fill: colour(word), anchor: "middle" });
    });
    rows.forEach((r) => {
      const row = view.rows[r];
      const y = top + (r + 0.5) * cell.h + 5;
      if (readsWidth) {
        text(x0 - rowWidth - 36, y, paper.fitted(row.reads, 170), { anchor: "end", fill: palette.muted });
        text(x0 - rowWidth - 22, y, "→", { anchor: "middle", fill: palette.muted });
      }
      text(x0 - 10, y, label(row), { anchor: "end", fill: colour(row) });
      for (let c = 0; c < width; c++) {
        if (!view.allowed(row, view.columns[c])) continue;
        const level = Math.min(255, Math.round(focus[r * width + c] * 255));
        items.push({ type: "rect", x: x0 + c * cell.w, y: top + r * cell.h, w: cell.w, h: cell.h, fill: table.css[level], stroke: "#DDDDDD" });
        if (width <= 24) {
          text(x0 + (c + 0.5) * cell.w, y, number(focus[r * width + c]), { anchor: "middle", size: 13, fill: table.ink[level] });
        }
      }
    });

    // Title, legend, scale
    const beside = x0 + width * cell.w + margin + (rotated ? 70 : 0);
    const side = this.drawSide(paper, { x: beside, top: 100, visible });
    const total = { width: side.right + margin, height: Math.max(top + content, side.bottom) + 60 };
    text(margin, 38, paper.fitted(`${header.typed} → ${this.textSoFar()}`, total.width - 2 * margin, true), { size: 20, weight: 600 });
    const step = view.kind === "encoder_self" ? "" : ` · ${fill(w.step_of, { step: this.state.step + 1, steps: this.weights.T })}`;
    const spelled = header.spelled ? ` · ${w.spelled_paper}` : "";
    text(margin, 66, paper.fitted(`${w.kinds_long[view.kind]} · ${this.where()}${step}${spelled}`, total.width - 2 * margin), { fill: palette.muted });
    const base = total.height - 22;
    const x = paper.heads(this.isAverage ? [] : heads, (head) => fill(w.head_n, { n: head + 1 }), margin, base);
    const kept = fill(w.keep_paper, { percent: this.state.threshold });
    text(x, base, kept, { fill: palette.muted });
    const scale = Math.max(x0, x + measure(kept) + 60); // below the heatmap, or after the legend where that is long
    total.width = Math.max(total.width, scale + 156 + 2 * margin);
    text(scale - 16, base, "0", { anchor: "end", fill: palette.muted });
    for (let i = 0; i < 64; i++) {
      items.push({ type: "rect", x: scale - 10 + i * 2.5, y: base - 12, w: 2.6, h: 14, fill: table.css[Math.round((i / 63) * 255)] });
    }
    text(scale + 156, base, "1", { fill: palette.muted });
    return { ...total, paper };
  }

  /** In a picture, beside lines and heatmap: all heads of all layers, the candidates, and the weights over the source. */
  drawSide({ items, text, measure, palette, table }, { x, top, visible }) {
    const { view, words: w } = this;
    const { header } = this.weights;
    const { kind, step } = this.state;
    const bar = (x, y, width, share, fill) => {
      items.push({ type: "rect", x, y: y - 11, w: width, h: 12, fill: palette.surface });
      items.push({ type: "rect", x, y: y - 11, w: width * share, h: 12, fill });
    };
    const title = (x, y, content) => text(x, y, content, { weight: 600 });

    title(x, top, w.heads);
    const [R, C] = [view.rows.length, view.columns.length];
    const cell = Math.max(1, Math.min(8, 72 / Math.max(R, C)));
    const [tileWidth, tileHeight] = [Math.max(24, C * cell), Math.max(14, R * cell)];
    const layers = range(this.weights.layers(kind));
    for (const head of range(header.heads)) {
      const left = x + 22 + head * (tileWidth + 8);
      text(left + tileWidth / 2, top + 26, String(head + 1), { anchor: "middle", fill: palette.muted });
      for (const layer of layers) {
        const up = top + 36 + layer * (tileHeight + 8);
        const map = this.weights.shown(view, layer, head);
        items.push({ type: "rect", x: left, y: up, w: tileWidth, h: tileHeight, fill: table.css[0], stroke: "#DDDDDD" });
        for (let r = 0; r < visible; r++) {
          for (let c = 0; c < C; c++) {
            const level = Math.min(255, Math.round(map[r * C + c] * 255));
            if (level < 3 || !view.allowed(view.rows[r], view.columns[c])) continue; // as good as the ground
            const at = { x: left + (c * tileWidth) / C, y: up + (r * tileHeight) / R, w: tileWidth / C, h: tileHeight / R };
            items.push({ type: "rect", ...at, fill: table.css[level] });
          }
        }
      }
    }
    for (const layer of layers) {
      text(x, top + 36 + layer * (tileHeight + 8) + tileHeight / 2 + 5, String(layer + 1), { fill: palette.muted });
    }

    let y = top + 36 + layers.length * (tileHeight + 8) + 34;
    title(x, y, w.candidates);
    const [pieces, probabilities] = header.candidates[step];
    pieces.forEach((piece, i) => {
      y += 24;
      text(x, y, surface(piece), { fill: palette.target, weight: piece === header.output[step] ? 700 : 400 });
      bar(x + 90, y, 100, probabilities[i], palette.target);
      text(x + 250, y, this.chance(probabilities[i]), { anchor: "end" });
    });

    const second = x + Math.max(290, 22 + header.heads * (tileWidth + 8), measure(w.heads)) + 40;
    const caption = fill(w.bars, { where: this.where() });
    title(second, top, caption);
    const row = this.sourceWeights();
    const names = header.source.map(surface);
    const widest = Math.min(160, Math.max(...names.map(measure)));
    names.forEach((name, i) => {
      const line = top + 26 + i * 24;
      text(second, line, name, { fill: header.source_specials.includes(i) ? palette.muted : palette.source });
      bar(second + widest + 14, line, 100, row[i], palette.source);
      text(second + widest + 170, line, number(row[i]), { anchor: "end" });
    });
    const right = Math.max(second + widest + 170, second + measure(caption) + 20);
    return { right, bottom: Math.max(y, top + 26 + names.length * 24) };
  }

  textSoFar() {
    const { header } = this.weights;
    if (this.state.step >= this.weights.T - 1) return header.text;
    const pieces = (header.texts?.output ?? header.output).slice(0, this.state.step + 1);
    return `${pieces.join("").replaceAll("▁", " ").trim()} …`;
  }
}

// --- The way in ------------------------------------------------------------------------------------------------------

const remembered = new Map(); // by the name of the place: what was shown before someone left for another page and came back

export default function view(component, assets) {
  return mount(Stage, component, assets);
}
