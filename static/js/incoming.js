// Mail that came in: J and K go through the list, 1 to 9 route the mail one stands on to the customer of that number.
// keys.js says when a key is ours: only outside fields, off with <body data-keys="off">.
import { isFree } from "./keys.js";

const lines = () => [...document.querySelectorAll("[data-mail] [data-line]")];
const mail = () => document.activeElement?.closest("[data-mail]");

function step(by) {
  const found = lines(), at = found.indexOf(mail()?.querySelector("[data-line]"));
  const next = found[Math.max(0, Math.min(found.length - 1, at < 0 ? 0 : at + by))];
  next?.focus();
  next?.closest("[data-mail]").scrollIntoView({ block: "nearest" });
}

/** On a list the mail one stands on, on the page of a mail that one; never one that nobody chose. */
function route(number) {
  const here = mail() ?? document.querySelector("[data-only-mail]");
  here?.querySelector(`[data-choice="${number}"]`)?.click();
}

const ACTIONS = {};
for (const number of "123456789") ACTIONS[number] = () => route(number);
const ON_A_LIST = { j: () => step(1), k: () => step(-1) };

// Before keys.js, whose J and K go through a queue.
document.addEventListener("keydown", (event) => {
  const action = ACTIONS[event.key] ?? (lines().length ? ON_A_LIST[event.key] : undefined);
  if (!action || !isFree(event)) return;
  event.preventDefault();
  action();
}, true);
