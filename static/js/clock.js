// <sla-clock data-due data-start data-soon data-opening="First reply in %(time)s" data-late>: the server wrote words
// and ring, this moves them on. One timer for all clocks of the page. What time it is the server says, with the page
// (<body data-now>) and with every answer: this browser's own clock may be wrong, and is only used for what passed.
const clocks = new Set();
const SECOND = 1000, MINUTE = 60_000, HOUR = 60, DAY = 1440, SOON = 30, SHARE = 25;

let ahead = offset(document.body.dataset.now);

/** How far the server's clock is ahead of ours, in milliseconds; 0 when it told no time. */
function offset(told) {
  const at = Date.parse(told ?? "");
  return Number.isNaN(at) ? 0 : at - Date.now();
}

/** What time it is, by the server's clock. */
export const now = () => Date.now() + ahead;

/** Whole minutes as people say them, in the page's language: servicedesk.words.duration says the same. */
export function duration(minutes) {
  const m = Math.abs(minutes), unit = document.body.dataset, days = Math.floor(m / DAY);
  if (m < 1) return unit.unitLess;
  if (m < HOUR) return unit.unitMin.replace("{m}", m);
  const hours = Math.floor(m % DAY / HOUR), rest = m % HOUR;
  if (days) return (hours ? unit.unitDayHour : unit.unitDay).replace("{d}", days).replace("{h}", hours);
  return (rest ? unit.unitHourMin : unit.unitHour).replace("{h}", hours).replace("{m}", rest);
}

function urgency(left, share, soon) {
  if (left < 0) return "late";
  const isSoon = soon ? now() >= Date.parse(soon) : left <= SOON * MINUTE || share < SHARE;
  return isSoon ? "soon" : "ok";
}

customElements.define("sla-clock", class extends HTMLElement {
  connectedCallback() { clocks.add(this); }
  disconnectedCallback() { clocks.delete(this); }

  paint() {
    const { due, start, soon, opening, late } = this.dataset;
    const left = Date.parse(due) - now(), whole = Date.parse(due) - Date.parse(start);
    const share = whole > 0 ? Math.max(0, Math.min(100, left / whole * 100)) : 100;
    this.dataset.state = urgency(left, share, soon);
    this.querySelector("circle:last-child")?.setAttribute("stroke-dasharray", `${left < 0 ? 100 : share} 100`);
    this.querySelector("span").textContent =
      (left < 0 ? late : opening).replace("%(time)s", duration(Math.floor(Math.abs(left) / MINUTE)));
  }
});

const paint = () => clocks.forEach((clock) => clock.paint());
setInterval(paint, MINUTE / 4);
document.addEventListener("visibilitychange", () => document.hidden || paint());

// Every answer says when it was given, to the second: half of one is what it is wrong by.
document.addEventListener("htmx:afterRequest", (event) => {
  const told = event.detail.xhr?.getResponseHeader("Date");
  if (told) ahead = offset(told) + SECOND / 2;
  paint();
});
