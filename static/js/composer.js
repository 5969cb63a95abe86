// The composer: Ctrl+Enter sends what is open, and nothing is sent twice.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  const form = event.target.closest("[data-composer] form, #task form");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
});

// A page taken back from the browser's cache may send again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-once]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

document.addEventListener("change", (event) => {
  if (event.target.name !== "composer-mode") return;
  const mode = event.target.value;
  event.target.closest("[data-composer]").querySelector(`[data-mode="${mode}"] textarea`).focus();
});

// What was begun and not sent is never lost without a question.
addEventListener("beforeunload", (event) => {
  const begun = [...document.querySelectorAll("[data-composer] textarea")]
    .some((area) => area.value !== area.defaultValue && !area.form.dataset.sent);
  const sending = document.querySelector("[data-composer] [data-sent]");
  if (begun && !sending) event.preventDefault();
});

// On a phone it is one line until touched; once touched it stays open until someone turns away from it.
document.addEventListener("focusin", (event) => {
  const composer = event.target.closest("[data-composer]");
  if (composer && !event.target.closest(".holding-form")) composer.dataset.open = "";
});
document.addEventListener("pointerdown", (event) => {
  const composer = document.querySelector("[data-composer][data-open]");
  if (composer && !composer.contains(event.target)) delete composer.dataset.open;
});
