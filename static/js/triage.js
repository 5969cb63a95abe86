// A triage meeting: single keys on its board, what is chosen outlives the board's being fetched again, and its timer.
// keys.js says when a key is ours: only outside fields, off with <body data-keys="off">.
import { duration, now } from "./clock.js";
import { isFree } from "./keys.js";

const MINUTE = 60_000;
const all = (selector) => [...document.querySelectorAll(selector)];
const lines = () => all("[data-line]");
const boxes = () => all("#board input[type=checkbox][form=selection]");
const boxOf = (line) => line?.closest("[data-one]")?.querySelector("input[type=checkbox]");

/** Words beside the buttons: how much is chosen. */
function count() {
  const said = document.querySelector("[data-chosen]"), n = boxes().filter((box) => box.checked).length;
  if (!said) return;
  said.dataset.first ??= said.textContent;
  said.textContent = n ? said.dataset.chosen.replace("{n}", n) : said.dataset.first;
}

function step(by) {
  const found = lines(), at = found.indexOf(document.activeElement?.closest("[data-one]")?.querySelector("[data-line]"));
  const next = found[Math.max(0, Math.min(found.length - 1, at < 0 ? 0 : at + by))];
  next?.focus();
  next?.closest("[data-one]").scrollIntoView({ block: "nearest" });
}

function choose() {
  const box = boxOf(document.activeElement);
  if (!box) return;
  box.checked = !box.checked;
  count();
}

/** Does it to what is chosen; where nothing is, to the line the reader stands on. */
function press(key) {
  const box = boxOf(document.activeElement);
  if (box && !boxes().some((one) => one.checked)) box.checked = true;
  document.querySelector(`#selection [data-key="${key}"]`)?.click();
}

const ACTIONS = { j: () => step(1), k: () => step(-1), x: choose, g: () => press("g") };
for (const key of "1234") ACTIONS[key] = () => press(key);

// Before keys.js, whose J and K go through a queue.
document.addEventListener("keydown", (event) => {
  const action = ACTIONS[event.key];
  if (!action || !document.querySelector("#board") || !isFree(event)) return;
  event.preventDefault();
  action();
}, true);

document.addEventListener("change", (event) => event.target.form?.id === "selection" && count());

// The board is fetched again: who stands where and what is chosen stays as it was.
let chosen = new Set(), stood = "";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.id === "live") event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  // A refusal comes with the page that says why, and with every word that was typed.
  if (target.id === "triage" && [409, 422].includes(xhr.status)) Object.assign(event.detail, { shouldSwap: true, isError: false });
  chosen = new Set(target.id === "board" ? boxes().filter((box) => box.checked).map((box) => box.id) : []);
  stood = document.activeElement?.closest("#board [data-one]")?.dataset.one ?? "";
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (!["board", "triage"].includes(event.target.id)) return;
  for (const box of boxes()) if (chosen.has(box.id)) box.checked = true;
  count();
  const task = event.target.id === "triage" && document.querySelector("#task");
  const first = task && (task.querySelector("[aria-invalid=true]") ?? task.querySelector("input:not([type=hidden]), select"));
  if (first) first.focus();
  else if (stood) document.querySelector(`[data-one="${CSS.escape(stood)}"] [data-line]`)?.focus();
});

customElements.define("meeting-timer", class extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.paint(), MINUTE / 4);
    this.paint();
  }

  disconnectedCallback() { clearInterval(this.timer); }

  paint() {
    const passed = Math.floor((now() - Date.parse(this.dataset.since)) / MINUTE);
    this.querySelector("span").textContent = duration(Math.max(0, passed));
  }
});
