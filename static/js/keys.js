// Single keys for agents. Only outside fields, never with a modifier, off with <body data-keys="off">.
const at = () => document.querySelector(".row[aria-current]");
const rows = () => [...document.querySelectorAll("[data-queue] .row a")];

function step(by) {
  const all = rows();
  if (!all.length) return;
  let now = all.indexOf(document.activeElement);
  if (now < 0) now = all.findIndex((link) => link.closest(".row") === at());
  const next = all[Math.max(0, Math.min(all.length - 1, now + by))];
  next.focus();
  next.closest(".row").scrollIntoView({ block: "nearest" });
}

function write(mode) {
  const radio = document.querySelector(`[data-composer] input[value="${mode}"]`);
  if (!radio) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

function open(selector) {
  const menu = document.querySelector(selector);
  if (!menu) return;
  menu.open = true;
  menu.querySelector("select, input:not([type=hidden]), button")?.focus();
}

/** In the composer where there is one, else on the page that the link leads to. */
function promise() {
  const here = document.querySelector("[data-promise-here]");
  if (!here) return document.querySelector("[data-promise]")?.click();
  write("reply");
  here.closest("[data-composer]").dataset.open = "";
  here.parentElement.open = true;
  here.parentElement.querySelector("input").focus();
}

const press = (key) => document.querySelector(`[data-key="${key}"]`)?.click();
const ACTIONS = {
  j: () => step(1),
  k: () => step(-1),
  r: () => write("reply"),
  n: () => write("note"),
  h: () => press("h"),
  e: () => press("e"),
  u: () => press("u"),
  a: () => open("details[data-assign]"),
  p: promise,
  t: () => open("details[data-time]"),
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => document.querySelector("#keys-help")?.showModal(),
};

// Who writes gets back to the single keys without a mouse; the words stay.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && event.target.matches("[data-composer] textarea")) event.target.blur();
});

/** Whether a key is a single key of ours: nobody types, none is switched off, and nothing else took it. */
export function isFree(event) {
  if (document.body.dataset.keys !== "on" || event.defaultPrevented || event.repeat && !/[jk]/.test(event.key)) return false;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  return !event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
}

document.addEventListener("keydown", (event) => {
  if (!isFree(event)) return;
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
