// [data-vow]: quick choices fill the time in, and what is chosen is shown as the customer will read it. What is then
// to be on hold asks for a promise.
const MINUTE = 60_000;

/** How far a zone's wall clock is ahead of UTC at that moment, in milliseconds. */
function ahead(at, timeZone) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
  }).formatToParts(at);
  const { year, month, day, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(at / MINUTE) * MINUTE;
}

/** The moment of a wall clock in a zone: guessed as UTC, put right by the offset there. */
function moment(local, zone) {
  const guess = Date.parse(`${local}Z`);
  return guess - ahead(guess - ahead(guess, zone), zone);
}

function show(vow) {
  const line = vow.querySelector("[data-theirs]"), local = vow.querySelector("[type=datetime-local]").value;
  if (!line || !local) return;
  const { theirZone, ourZone, theirWords } = vow.dataset;
  const when = new Intl.DateTimeFormat(document.documentElement.lang, {
    timeZone: theirZone, weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(moment(local, ourZone));
  line.textContent = `${theirWords.replace("{when}", when)} (${theirZone})`;
}

document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-vow] [data-local]");
  if (!chip) return;
  const vow = chip.closest("[data-vow]");
  vow.querySelector("[type=datetime-local]").value = chip.dataset.local;
  show(vow);
  vow.querySelector("[name=reason]").focus();
});

document.addEventListener("input", (event) => {
  const vow = event.target.closest("[data-vow]");
  if (vow) show(vow);
});

document.addEventListener("change", (event) => {
  if (event.target.name !== "then_state" || event.target.value !== "on_hold") return;
  const vowing = event.target.closest("form").querySelector(".vowing");
  if (!vowing || event.target.form.elements.keeps_shown) return;
  vowing.open = true;
  vowing.querySelector("input").focus();
});

// "Why?" opens beside the trail without leaving the page, and closes so as well.
document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close-why]");
  if (!close) return;
  event.preventDefault();
  const why = document.getElementById("why");
  why.hidden = true;
  why.replaceChildren();
  history.replaceState(null, "", close.href);
  document.querySelector(".why-link")?.focus();
});

document.querySelectorAll("[data-vow]").forEach(show);
