// What the pages do beyond reading: live updates, searching while typing, tooltips, the theme.
// Every page works without this file.
"use strict";

// ------------------------------------------------------------ one page, fetched and put in place

let fetching = null;

// What somebody has written or chosen differs from what the page came with.
function isTyped(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((each) => each.selected !== each.defaultSelected);
  return field.value !== field.defaultValue;
}

function putBack(before, field) {
  if (!field || field === before) return;
  if (field.type === "checkbox" || field.type === "radio") field.checked = before.checked;
  else field.value = before.value;
  if (typeof before.selectionStart === "number") field.setSelectionRange(before.selectionStart, before.selectionEnd);
}

function keepPlace() {
  const active = document.activeElement;
  const open = [...document.querySelectorAll("details[open][id]")].map((each) => each.id);
  const typed = [...document.querySelectorAll("[data-live] :is(input:not([type=hidden]), textarea, select)[id]")].filter(isTyped);
  const scrolled = [...document.querySelectorAll("[data-live] .scroll")].map((each) => [each.scrollLeft, each.scrollTop]);
  return () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    document.querySelectorAll("[data-live] .scroll").forEach((each, index) => {
      if (scrolled[index]) [each.scrollLeft, each.scrollTop] = scrolled[index];
    });
    for (const each of typed) putBack(each, document.getElementById(each.id));
    if (active && active.id && !active.isConnected) document.getElementById(active.id)?.focus({ preventScroll: true });
  };
}

function put(text) {
  const next = new DOMParser().parseFromString(text, "text/html");
  const restore = keepPlace();
  const selection = getSelection();
  for (const region of document.querySelectorAll("[data-live]")) {
    // What somebody is marking stays until the next version.
    if (!selection.isCollapsed && region.contains(selection.anchorNode)) continue;
    const fresh = next.querySelector(`[data-live="${region.dataset.live}"]`);
    if (fresh && fresh.outerHTML !== region.outerHTML) region.replaceWith(document.adoptNode(fresh));
  }
  document.documentElement.dataset.version = next.documentElement.dataset.version;
  document.title = next.title;
  restore();
  hideTip();
  if (pointer) showTip(pointer.x, pointer.y);
}

// A node that is replaced between press and release would swallow the click.
let pressed = false;
document.addEventListener("pointerdown", () => (pressed = true), true);
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => (pressed = false), true);

function released() {
  if (!pressed) return Promise.resolve();
  return new Promise((resolve) => {
    for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(resolve, 0), { once: true });
  });
}

async function load(address) {
  fetching?.abort();
  const mine = (fetching = new AbortController());
  try {
    const answer = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" } });
    if (!answer.ok) return false;
    const text = await answer.text();
    await released();
    if (fetching === mine) put(text);
    return true;
  } catch {
    return false; // aborted by a newer one, or the server is away: the stream says so
  } finally {
    if (fetching === mine) fetching = null;
  }
}

// ------------------------------------------------------------ live updates

const state = document.getElementById("live-state");
let stream = null;
let waiting = null;
let last = 0;
const APART_MS = 900;

function tell(word, value) {
  if (!state) return;
  state.hidden = false;
  state.dataset.state = value;
  const place = state.querySelector("[data-live-word]");
  if (place.textContent !== word) place.textContent = word;
}

async function refresh() {
  waiting = null;
  if (fetching) return later();
  last = performance.now();
  await load(location.pathname + location.search);
}

function later() {
  if (waiting === null) waiting = setTimeout(refresh, Math.max(0, last + APART_MS - performance.now()));
}

function listen() {
  if (stream || document.hidden) return;
  stream = new EventSource("/live");
  stream.onopen = () => tell("Live", "on");
  stream.onerror = () => tell("Reconnecting", "lost");
  stream.onmessage = (event) => {
    if (event.data !== document.documentElement.dataset.version) later();
  };
}

// A browser keeps few connections to one host: a page that nobody sees gives its own back.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return listen();
  stream?.close();
  stream = null;
});
window.addEventListener("pagehide", () => {
  stream?.close();
  stream = null;
});
window.addEventListener("pageshow", listen);

// ------------------------------------------------------------ links and searches that keep the page

async function go(address, push) {
  const done = await load(address);
  if (done) history[push ? "pushState" : "replaceState"](null, "", address);
  return done;
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-swap]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (!(await go(link.href, true)) && fetching === null) location.assign(link.href);
});
window.addEventListener("popstate", () => load(location.pathname + location.search));

for (const form of document.querySelectorAll("form[data-search]")) {
  let timer = null;
  const search = () => {
    const asked = new URLSearchParams(location.search);
    for (const [name, value] of new FormData(form)) {
      // State and order may have been changed by links since the form was made.
      if (name !== "q" && name !== "service") continue;
      if (value) asked.set(name, value);
      else asked.delete(name);
    }
    const query = asked.toString();
    go(form.action + (query ? `?${query}` : ""), false);
  };
  form.querySelector("[data-plain]")?.setAttribute("hidden", "");
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 120);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    search();
  });
}

// ------------------------------------------------------------ tooltips: the nearest row of the chart's own table

const tip = document.getElementById("tooltip");
let shown = null;

function hideTip() {
  shown?.querySelector(".guide")?.replaceChildren();
  shown = null;
  if (tip) tip.hidden = true;
}

function svg(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function nearest(rows, place) {
  let low = 0;
  let high = rows.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (rows[middle].dataset.x < place) low = middle;
    else high = middle;
  }
  return place - rows[low].dataset.x < rows[high].dataset.x - place ? rows[low] : rows[high];
}

function drawGuide(plot, row) {
  const height = Number(plot.dataset.height);
  const x = `${row.dataset.x * 100}%`;
  const parts = [svg("line", { x1: x, x2: x, y1: 0, y2: height })];
  [...row.cells].slice(1).forEach((cell, index) => {
    if (cell.dataset.y !== "") parts.push(svg("circle", { cx: x, cy: cell.dataset.y * height, r: 4, class: index ? "second" : "first" }));
  });
  plot.querySelector(".guide").replaceChildren(...parts);
}

function fillTip(row) {
  const heads = row.closest("table").tHead.rows[0].cells;
  const time = document.createElement("p");
  time.textContent = `${row.cells[0].textContent} UTC`;
  const lines = [...row.cells].slice(1).map((cell, index) => {
    const line = document.createElement("p");
    const value = document.createElement("b");
    value.textContent = cell.textContent;
    line.append(heads[index + 1].textContent, value);
    return line;
  });
  tip.replaceChildren(time, ...lines);
}

let pointer = null;

document.addEventListener("pointermove", (event) => {
  pointer = event.target.closest?.(".chart-plot") ? { x: event.clientX, y: event.clientY } : null;
  if (pointer) showTip(pointer.x, pointer.y);
  else hideTip();
});

function showTip(atX, atY) {
  const plot = document.elementFromPoint(atX, atY)?.closest(".chart-plot");
  if (!plot || !tip) return hideTip();
  const rows = plot.closest("figure").querySelectorAll("tr[data-x]");
  if (!rows.length) return;
  const box = plot.getBoundingClientRect();
  const row = nearest(rows, (atX - box.left) / box.width);
  if (shown !== plot) hideTip();
  shown = plot;
  drawGuide(plot, row);
  fillTip(row);
  tip.hidden = false;
  const x = box.left + row.dataset.x * box.width;
  const left = x + 14 + tip.offsetWidth > innerWidth ? x - 14 - tip.offsetWidth : x + 14;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.min(Math.max(box.top, 8), innerHeight - tip.offsetHeight - 8)}px`;
}

function forget() {
  pointer = null;
  hideTip();
}
document.documentElement.addEventListener("pointerleave", forget);
window.addEventListener("scroll", forget, { passive: true });

// ------------------------------------------------------------ the theme: as the system has it, light, dark

const button = document.getElementById("theme");
const root = document.documentElement;
const NEXT = { "": "light", light: "dark", dark: "" };
const WORDS = { "": "as the system has it", light: "light", dark: "dark" };

function nameTheme() {
  const present = root.dataset.theme ?? "";
  button.querySelector("[data-theme-word]").textContent = `Theme: ${WORDS[present]}`;
  button.title = `Theme: ${WORDS[present]}`;
}

if (button) {
  button.hidden = false;
  nameTheme();
  button.addEventListener("click", () => {
    const next = NEXT[root.dataset.theme ?? ""];
    if (next) root.dataset.theme = next;
    else delete root.dataset.theme;
    localStorage.setItem("covet-sre-theme", next);
    nameTheme();
  });
}

listen();
