// A lecture on a page of its own, without server and network: its attention views one after the other.

import { make, setText } from "../kit/dom.js";
import { unpack } from "../kit/trace.js";
import { mount } from "../kit/view.js";
import { Slides } from "./bar.js";

/** A packed Trace with more entries in its header, as `with_view` of core/export/packed.py makes it.
 *  @param {Uint8Array} packed
 *  @param {Record<string, any>} entries */
export function withView(packed, entries) {
  const { header, body } = unpack(packed);
  const text = new TextEncoder().encode(JSON.stringify({ ...header, ...entries }));
  const joined = new Uint8Array(4 + text.length + body.length);
  new DataView(joined.buffer).setUint32(0, text.length, true);
  joined.set(text, 4);
  joined.set(body, 4 + text.length);
  return joined;
}

/** Show a lecture.
 *  @param {Function} view shows a packed Trace
 *  @param {{title: string, language: string, theme: string, slides: {name: string, trace: number | null, note: string, state: object, presentation: boolean}[]}} lecture
 *  @param {Uint8Array[]} traces the packed Traces that the slides name by their index
 *  @param {{stage: any, slides: any}} assets */
export function play(view, lecture, traces, assets) {
  const { title, language, theme, slides } = lecture;
  const stage = document.getElementById("stage");
  const heading = make("h2", { class: "slide-name" });
  const note = make("p", { class: "slide-note" });
  stage.before(heading, note);
  let opening = 0;
  const show = (at) => {
    opening += 1;
    const { name, trace, state, presentation, ...slide } = slides[at];
    setText(heading, name);
    setText(note, slide.note);
    note.hidden = trace !== null;
    stage.hidden = trace === null;
    if (trace === null) return;
    const entries = { state, language, theme, page: true, shown: opening, present: [opening, presentation] };
    view({ data: withView(traces[trace], entries), parentElement: stage, key: "page" }, assets.stage);
  };
  const setTriggerValue = (_, { go }) => show(go);
  const data = { id: "lecture", title, names: slides.map(({ name }) => name), at: 0, language, theme, page: true };
  mount(Slides, { data, setTriggerValue, parentElement: document.getElementById("bar") }, assets.slides);
  show(0);
}
