// Terms in the app's own texts: links to the glossary, and controls that a selector names. See pages/app/terms.py.

import { Terms } from "../kit/terms.js";

/** @param {Record<string, import("../kit/terms.js").Entry>} entries by id
 *  @param {Record<string, string>} controls ids by selector */
export default function explainPage(entries, controls) {
  const find = (element) => {
    const link = element.closest('a[href*="glossary?"]');
    const id = link && new URL(link.href).searchParams.get("term");
    if (id) return entries[id] ? { anchor: link, entry: entries[id] } : null;
    for (const [selector, term] of Object.entries(controls)) {
      const anchor = element.closest(selector);
      if (anchor) return { anchor, entry: entries[term] };
    }
    return null;
  };
  const host = document.body.appendChild(document.createElement("div"));
  const place = () => {
    const app = getComputedStyle(document.querySelector("[data-testid=stApp]"));
    host.style.cssText = `--text: ${app.color}; --background: ${app.backgroundColor}; --fonts: ${app.fontFamily}`;
    return host;
  };
  const page = /** @type {any} */ (window);
  page.headlightTerms?.destroy(); // of another language
  page.headlightTerms = new Terms(document, find, place);
}
