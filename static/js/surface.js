// Menus close on Escape and on a click elsewhere; [data-opens] opens a dialog; a trail opens at its end.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

const trailOf = () => document.querySelector("[data-trail]");
if (trailOf() && !location.hash) {
  const last = trailOf().querySelector(".trail > :last-child");
  // On a narrow screen the page scrolls, not the trail; a scroll-margin keeps the last line clear of the composer.
  if (getComputedStyle(trailOf()).overflowY === "visible") last?.scrollIntoView({ block: "end" });
  else trailOf().scrollTop = trailOf().scrollHeight;
}

// Where something must be put right or written first, there the cursor stands; an address with a # takes it away
// until the page is whole.
const first = () => document.querySelector("[aria-invalid=true], #task textarea")?.focus();
first();
if (location.hash && document.readyState !== "complete") addEventListener("load", () => requestAnimationFrame(first));

// A trail that was fetched again keeps the reader's place, counted from its end.
let fromEnd = 0;
document.addEventListener("htmx:beforeSwap", (event) => {
  // What was wrong with time spent is said beside its words.
  const { target, xhr } = event.detail;
  if (target.id === "times" && xhr.status === 422) Object.assign(event.detail, { shouldSwap: true, isError: false });
  if (event.target.matches?.("[data-trail]")) fromEnd = event.target.scrollHeight - event.target.scrollTop;
});
document.addEventListener("htmx:load", (event) => {
  if (event.detail.elt.matches?.("[data-trail]")) trailOf().scrollTop = trailOf().scrollHeight - fromEnd;
});
