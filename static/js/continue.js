// A form that only carries somebody on: it posts itself once; its button is there without this.
const form = document.querySelector("form[data-continue]");
addEventListener("pageshow", (event) => event.persisted || form?.requestSubmit());
