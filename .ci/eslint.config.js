// Checks of the views in assets/views and of their tests. Run from the top level: .ci/node_modules/.bin/eslint -c .ci/eslint.config.js

const browser = [
  "addEventListener", "removeEventListener", "atob", "Blob", "clearInterval", "clearTimeout", "console", "DataView",
  "DecompressionStream", "document", "DOMParser", "getComputedStyle", "ImageData", "IntersectionObserver", "location", "matchMedia",
  "MutationObserver", "navigator", "Path2D", "requestAnimationFrame",
  "ResizeObserver", "Response", "setInterval", "setTimeout", "TextDecoder", "TextEncoder", "URL", "window",
];
const node = ["globalThis", "console", "Buffer", "URL", "Response", "process"];
const named = (names) => Object.fromEntries(names.map((name) => [name, "readonly"]));

const rules = {
  "no-undef": "error",
  "no-unused-vars": "error",
  "no-dupe-keys": "error",
  "no-dupe-class-members": "error",
  "no-unreachable": "error",
  "no-const-assign": "error",
  "no-redeclare": "error",
  "no-shadow-restricted-names": "error",
  "no-self-assign": "error",
  "no-cond-assign": "error",
  "no-eval": "error",
  "no-var": "error",
  "prefer-const": "error",
  "eqeqeq": "error",
  "max-lines": ["error", 350],
};

export default [
  { files: ["assets/views/**/*.js"], languageOptions: { globals: named(browser) }, rules },
  { files: ["tests/views/**/*.js"], languageOptions: { globals: named(node) }, rules },
];
