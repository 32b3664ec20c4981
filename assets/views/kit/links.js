// Links to other pages, while the server takes a selection.
//
// Streamlit sends the request for another page at once, but a selection only when the browser's present task has ended. A
// click on a link just after a selection would be overtaken: the server would begin the other page, and then be called back
// to this one; or this page's run would end before it has kept the selection. So the click waits for the server's answer.

const LINK_WAITS = 1000; // milliseconds that a click waits

let release = null; // while links are held

/** Hold clicks on links until the server has answered what was just sent. */
export function holdLinks() {
  const app = document.querySelector("[data-testid=stApp]"); // there is none in a notebook, say
  if (!app || release) return;
  let link = null;
  let answering = false;
  const hold = (event) => {
    const clicked = event.composedPath().find((element) => element.localName === "a" && element.href);
    if (!clicked || event.ctrlKey || event.metaKey || event.shiftKey) return; // a window of its own does not leave the page
    event.preventDefault();
    event.stopImmediatePropagation();
    link = clicked;
  };
  const observer = new MutationObserver(() => {
    const running = app.getAttribute("data-test-script-state") !== "notRunning";
    if (answering && !running) release();
    answering ||= running;
  });
  const limit = setTimeout(() => release(), LINK_WAITS);
  release = () => {
    release = null;
    clearTimeout(limit);
    observer.disconnect();
    removeEventListener("click", hold, { capture: true });
    link?.click();
  };
  addEventListener("click", hold, { capture: true });
  observer.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
}
