// Keeps the page up to date with what the tenant streams. Every row comes ready
// and escaped from the server; nothing here makes HTML out of data.
"use strict";

const mostRequests = 100;
const byId = id => document.getElementById(id);
const latest = byId("latest");
const pause = byId("pause");
let held = []; // what came in while the list is paused
let spoken = 0;

const rowsOf = html => {
  const template = document.createElement("template");
  template.innerHTML = html;
  showCopy(template.content);
  return [...template.content.children];
};

// say tells the latest request, once a second at most, so that a burst does not
// keep a screen reader talking.
function say(row) {
  const now = Date.now();
  if (now - spoken < 1000) return;
  spoken = now;
  const text = selector => row.querySelector(`summary ${selector}`).textContent;
  latest.textContent = `${text("time")}: ${text(".who") || "a request"}, ${text(".what")}, answered ${text(".status")}`;
}

function showRequests(html) {
  const list = byId("request-rows");
  const rows = rowsOf(html);
  rows.forEach(row => { row.classList.add("new"); filterRow(row); });
  list.prepend(...rows);
  while (list.children.length > mostRequests) list.lastElementChild.remove();
  if (rows.length > 0) say(rows[0]);
}

function showPeople(html) {
  for (const row of rowsOf(html)) {
    const shown = byId(row.id);
    row.classList.add("new");
    if (shown) {
      row.firstElementChild.open = shown.firstElementChild.open;
      shown.replaceWith(row);
    } else if (!byId("q").value && ["", "all"].includes(byId("state").value)) byId("person-rows").prepend(row);
  }
}

// filterRow hides a request that the filter leaves out.
function filterRow(row) {
  const text = byId("request-text").value.toLowerCase(), outcome = byId("request-outcome").value;
  row.hidden = (outcome !== "" && row.dataset.outcome !== outcome) || !row.textContent.toLowerCase().includes(text);
}
for (const [name, event] of [["request-text", "input"], ["request-outcome", "change"]]) {
  byId(name).addEventListener(event, () => [...byId("request-rows").children].forEach(filterRow));
}
byId("request-filter").hidden = false;
byId("request-filter").addEventListener("submit", e => e.preventDefault());

// A row that is opened shows what was sent and answered.
document.addEventListener("toggle", async e => {
  const { exchange } = e.target.dataset, place = e.target.querySelector(".exchange");
  if (!e.target.open || !exchange || !place) return;
  try {
    const answer = await fetch(exchange);
    if (!answer.ok) return; // the link stays
    place.innerHTML = await answer.text();
    showCopy(place);
    delete e.target.dataset.exchange;
  } catch { /* the link stays */ }
}, true);

// Copying needs this script, so its buttons show only here.
function showCopy(within) {
  within.querySelectorAll(".copy").forEach(button => { button.hidden = !navigator.clipboard; });
}
document.addEventListener("click", async e => {
  const button = e.target.closest(".copy");
  if (!button) return;
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch { button.textContent = "Not allowed"; }
  setTimeout(() => { button.textContent = said; }, 1500);
});
showCopy(document);

// The tenant's clock runs as fast as this machine's, from what the tenant said last.
let ahead = 0;
const listen = () => { ahead = Date.parse(byId("clock").getAttribute("datetime")) - Date.now(); };
setInterval(() => {
  byId("clock").textContent = `${new Date(Date.now() + ahead).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}, 1000);
listen();

function watch() {
  const events = new EventSource(document.body.dataset.events);
  events.addEventListener("requests", e => pause.getAttribute("aria-pressed") === "true" ? held.push(e.data) : showRequests(e.data));
  events.addEventListener("people", e => showPeople(e.data));
  events.addEventListener("changes", e => { byId("change-list").innerHTML = e.data; });
  events.addEventListener("status", e => { byId("status").innerHTML = e.data; listen(); });
  events.addEventListener("reload", () => location.assign("/"));
  events.addEventListener("open", () => { document.body.dataset.live = "yes"; });
  events.addEventListener("error", () => { latest.textContent = "The tenant does not answer. The page goes on when it does."; });
}

pause.hidden = false;
pause.addEventListener("click", () => {
  const paused = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", paused);
  if (paused) return;
  held.splice(0).forEach(showRequests);
});

watch();
