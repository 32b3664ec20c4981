// The line at the lower edge of the window while a lecture is given (pages/lectures/mode.py).

import { mount } from "./kit/view.js";
import { Slides } from "./slides/bar.js";

export default function view(component, assets) {
  return mount(Slides, component, assets);
}
