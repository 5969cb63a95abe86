/* The admin: what the theme leaves unsaid. Its scrolling sidebar gets a name of its own. */
window.addEventListener("load", () => {
  const sidebar = document.querySelector("nav[aria-label]");
  for (const region of sidebar?.querySelectorAll("[role=region]") ?? []) {
    region.setAttribute("aria-label", sidebar.getAttribute("aria-label"));
  }
});
