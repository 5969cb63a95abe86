// <sla-clock data-due data-start data-opening="First reply in %(time)s" data-late>: the server wrote words and
// ring, this moves them on. One timer for all clocks of the page.
const clocks = new Set();
const MINUTE = 60_000, HOUR = 60, DAY = 1440, SOON = 30, SHARE = 25;

/** Whole minutes as people say them, in the page's language. */
export function duration(minutes) {
  const m = Math.abs(minutes), unit = document.body.dataset;
  if (m < HOUR) return unit.unitMin.replace("{m}", m);
  if (m < DAY) return unit.unitHour.replace("{h}", Math.floor(m / HOUR)).replace("{m}", m % HOUR);
  return unit.unitDay.replace("{d}", Math.floor(m / DAY));
}

customElements.define("sla-clock", class extends HTMLElement {
  connectedCallback() { clocks.add(this); }
  disconnectedCallback() { clocks.delete(this); }

  paint(now) {
    const { due, start, opening, late } = this.dataset;
    const left = Date.parse(due) - now, whole = Date.parse(due) - Date.parse(start);
    const share = whole > 0 ? Math.max(0, Math.min(100, left / whole * 100)) : 100;
    const minutes = Math.round(left / MINUTE);
    this.dataset.state = left < 0 ? "late" : minutes <= SOON || share < SHARE ? "soon" : "ok";
    this.querySelector("circle:last-child")?.setAttribute("stroke-dasharray", `${left < 0 ? 100 : share} 100`);
    this.querySelector("span").textContent = (left < 0 ? late : opening).replace("%(time)s", duration(minutes));
  }
});

setInterval(() => clocks.forEach((clock) => clock.paint(Date.now())), MINUTE / 4);
