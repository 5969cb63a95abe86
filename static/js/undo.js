// <undo-toast data-goes-at data-waiting="Going in {s} s" data-sent="Sent">: counts a waiting reply down. When it has
// gone, everything with hx-trigger="trail-refresh from:body" fetches itself again, and the toast goes away.
const SECOND = 1000, GRACE = 2 * SECOND;

customElements.define("undo-toast", class extends HTMLElement {
  connectedCallback() {
    this.goesAt = Date.parse(this.dataset.goesAt);
    this.timer = setInterval(() => this.paint(), SECOND);
    this.paint();
  }

  disconnectedCallback() { clearInterval(this.timer); }

  paint() {
    const left = Math.ceil((this.goesAt - Date.now()) / SECOND);
    if (left <= 0) return this.gone();
    this.querySelector("[data-words]").textContent = this.dataset.waiting.replace("{s}", left);
    this.querySelector("progress").value = left;
  }

  gone() {
    clearInterval(this.timer);
    this.querySelector("form").remove();
    this.querySelector("progress").remove();
    this.querySelector("[data-words]").textContent = this.dataset.sent;
    setTimeout(() => {
      document.body.dispatchEvent(new CustomEvent("trail-refresh"));
      this.remove();
    }, GRACE);
  }
});
