// Draws this host's schema. A token typed here stays in the page and is gone with it.
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

function follow() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  root.classList.toggle("dark-mode", dark);
}

follow();
system.addEventListener("change", follow);

window.SwaggerUIBundle({
  url: "/api/schema/",
  domNode: document.getElementById("main"),
  deepLinking: true,
  tryItOutEnabled: false,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  // The session of a browser opens nothing here, so it is not sent along.
  requestInterceptor: (request) => Object.assign(request, { credentials: "omit" }),
});
