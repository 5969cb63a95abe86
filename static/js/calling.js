// A call: what is typed is kept on the server while one talks, and digits choose a score. Without this module the form
// has a button that keeps it.
const DELAY = 700, AGAIN = 5_000, TWO_DIGITS = 700;
const form = document.querySelector("form#call");
const said = document.querySelector("[data-saved]");
let timer = 0, asked = 0;

async function save() {
  stop();
  const nth = ++asked;
  try {
    const answer = await fetch(form.dataset.draft, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" }, keepalive: true });
    if (nth !== asked) return;
    if (!answer.ok && answer.status !== 409) throw new Error(answer.status);
    const told = await answer.json();
    tell(told.saved ?? told.refused, !answer.ok);
  } catch {
    if (nth !== asked) return;
    tell(form.dataset.unsaved, true);
    timer = setTimeout(save, AGAIN);
  }
}

function tell(words, isBad) {
  said.textContent = words;
  said.classList.toggle("bad", isBad);
}

function stop() {
  clearTimeout(timer);
  timer = 0;
}

function soon() {
  stop();
  timer = setTimeout(save, DELAY);
}

/** The question one is at: where the focus is, else the first without a score. */
function current() {
  const all = [...form.querySelectorAll("[data-question]")];
  return all.find((one) => one.contains(document.activeElement)) ?? all.find((one) => !one.querySelector(":checked"));
}

let before = { digit: "", at: 0, question: null };

function choose(digit) {
  const isSecond = performance.now() - before.at < TWO_DIGITS && before.question;
  const question = isSecond && pick(before.question, before.digit + digit) ? before.question : current();
  if (!question) return;
  const radio = (isSecond && pick(question, before.digit + digit)) || pick(question, digit);
  if (!radio) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("input", { bubbles: true }));
  before = { digit, at: performance.now(), question };
  if (question.contains(document.activeElement)) document.activeElement.blur();
}

const pick = (question, value) => question.querySelector(`input[value="${value}"]`);

if (form) {
  form.addEventListener("input", soon);
  form.addEventListener("submit", () => { stop(); asked += 1; });
  document.querySelector("[data-tel]")?.addEventListener("click", save);
  document.addEventListener("keydown", (event) => {
    if (!/^\d$/.test(event.key) || document.body.dataset.keys !== "on") return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("textarea, select, dialog, input:not([type=radio], [type=checkbox])")) return;
    event.preventDefault();
    choose(event.key);
  });
  addEventListener("pagehide", () => timer && save());
}
