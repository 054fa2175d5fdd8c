// Set before the first paint, so that a dark page never flashes.
const chosen = localStorage.getItem("covet-sre-theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
