// Presentation: the attention view in full screen, or where that is not allowed, in the whole window.

/** @param {import("../stage.js").Stage} stage */
export function isFullscreen({ parent, frame }) {
  return (/** @type {ShadowRoot} */ (parent).fullscreenElement ?? document.fullscreenElement) === frame;
}

/** Begin or end the presentation. @param {import("../stage.js").Stage} stage */
export async function present(stage) {
  if (stage.presenting) {
    if (isFullscreen(stage)) await document.exitFullscreen();
    setPresenting(stage, false);
    return;
  }
  try {
    await stage.frame.requestFullscreen(); // it stays when another picture takes this one's place in it
  } catch {
    setPresenting(stage, true); // not allowed here: fill the window instead
  }
}

/** @param {import("../stage.js").Stage} stage
 *  @param {boolean} presenting */
export function setPresenting(stage, presenting) {
  if (stage.presenting === presenting) return;
  stage.presenting = presenting;
  stage.root.classList.toggle("presenting", presenting);
  stage.steps.paintPresenting(presenting);
  stage.restyle();
  stage.layout();
  stage.root.focus({ preventScroll: true });
}
