// The queue refreshes itself: htmx polls the rows, this keeps the reader's place and says what is new.
//
// <div id="rows" data-queue data-fresh-one="{n} new" data-fresh-many="{n} new" hx-get="…" hx-trigger="every 30s">
//   <button class="fresh" data-fresh-line hidden></button>  <- outside of what is swapped
//   <div data-rows>…</div>                                  <- hx-target
const fresh = new Set();
let title = document.title;

const queue = () => document.querySelector("[data-queue]");
const versions = (root) => new Map([...root.querySelectorAll("[data-key]")].map((row) => [row.dataset.key, row.dataset.version]));
let before = new Map(), scrolled = 0;

/** The queue's own page has its count in its title. */
function recount() {
  const count = document.querySelector("h1 #count-here")?.textContent;
  if (count) title = title.replace(/\([\d,]+\)/, `(${count})`);
}

function say() {
  const line = document.querySelector("[data-fresh-line]");
  if (!line) return;
  line.hidden = !fresh.size;
  const words = fresh.size === 1 ? queue().dataset.freshOne : queue().dataset.freshMany;
  line.textContent = fresh.size ? words.replace("{n}", fresh.size) : "";
  document.title = fresh.size ? `(${fresh.size}) ${title}` : title;
  for (const row of queue().querySelectorAll("[data-key]")) row.toggleAttribute("data-fresh", fresh.has(row.dataset.key));
}

/** Marks the row whose ticket stands beside the list: the fragment does not know which page asks. */
function select() {
  for (const row of queue()?.querySelectorAll(".row") ?? []) {
    const here = row.querySelector("a").pathname === location.pathname;
    here ? row.setAttribute("aria-current", "true") : row.removeAttribute("aria-current");
  }
}

const ours = (event) => event.target.closest?.("[data-queue]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && ours(event)) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!ours(event)) return;
  before = versions(queue());
  scrolled = queue().scrollTop;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!ours(event)) return;
  select();
  recount();
  const open = queue().querySelector(".row[aria-current]")?.dataset.key;
  for (const [key, version] of versions(queue())) {
    if (before.get(key) === version) continue;
    // What changed beside the list is shown there; it is no news for the list.
    if (key === open) document.body.dispatchEvent(new CustomEvent("ticket-changed"));
    else fresh.add(key);
  }
  say();
  queue().scrollTop = scrolled;
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-fresh-line]")) return;
  fresh.clear();
  say();
  queue().scrollTo({ top: 0 });
  queue().querySelector(".row a")?.focus();
});

// The list keeps its place from one ticket to the next.
const KEY = "queue-scroll";
addEventListener("pagehide", () => queue() && sessionStorage.setItem(KEY, queue().scrollTop));
if (queue()) {
  queue().scrollTop = Number(sessionStorage.getItem(KEY) ?? 0);
  queue().querySelector(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
}
