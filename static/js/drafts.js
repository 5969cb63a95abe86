// What is being written at a ticket outlives a lost session, a failed request and a reload: kept in this tab under
// the ticket's address, and given up once the words stand in the trail or wait to go.
const PREFIX = "draft:";
const ticket = location.pathname.match(/^.*\/tickets\/\d+\//)?.[0];
const areas = () => (ticket ? [...document.querySelectorAll("[data-composer] textarea")] : []);
const keyOf = (area) => `${PREFIX}${ticket}${area.id}`;
const bare = (text) => text.replace(/\s/g, "");
const said = new Set([...document.querySelectorAll(".trail .prose")].map((words) => bare(words.textContent)));

for (const area of areas()) {
  const kept = sessionStorage.getItem(keyOf(area));
  if (kept === null) continue;
  if (said.has(bare(kept))) sessionStorage.removeItem(keyOf(area));
  else if (!area.value) restore(area, kept);
}

/** Puts the words back where they were written: a note in the note, where the customer never sees it. */
function restore(area, kept) {
  area.value = area.defaultValue = kept;
  const mode = area.form.dataset.mode;
  const radio = mode && area.closest("[data-composer]").querySelector(`input[value="${mode}"]`);
  if (radio) radio.checked = true;
}

document.addEventListener("input", (event) => {
  if (!areas().includes(event.target)) return;
  if (event.target.value.trim()) sessionStorage.setItem(keyOf(event.target), event.target.value);
  else sessionStorage.removeItem(keyOf(event.target));
});

// Who signs in next at this browser does not read what somebody else began.
document.addEventListener("submit", (event) => {
  if (!event.target.getAttribute("action")?.endsWith("/sign-out/")) return;
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
});
