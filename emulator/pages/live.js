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
  return [...template.content.children];
};

// say tells the latest request, once a second at most, so that a burst does not
// keep a screen reader talking.
function say(row) {
  const now = Date.now();
  if (now - spoken < 1000) return;
  spoken = now;
  const [time, command, operation, status] = row.cells;
  latest.textContent = `${time.textContent}: ${command.textContent || "a request"}, ${operation.textContent}, answered ${status.textContent}`;
}

function showRequests(html) {
  const table = byId("request-rows");
  const rows = rowsOf(html);
  rows.forEach(row => row.classList.add("new"));
  table.prepend(...rows);
  while (table.rows.length > mostRequests) table.rows[table.rows.length - 1].remove();
  if (rows.length > 0) say(rows[0]);
}

function showPeople(html) {
  for (const row of rowsOf(html)) {
    const shown = byId(row.id);
    row.classList.add("new");
    if (shown) shown.replaceWith(row);
    else if (!byId("q").value) byId("person-rows").prepend(row);
  }
}

function watch() {
  const events = new EventSource(document.body.dataset.events);
  events.addEventListener("requests", e => pause.getAttribute("aria-pressed") === "true" ? held.push(e.data) : showRequests(e.data));
  events.addEventListener("people", e => showPeople(e.data));
  events.addEventListener("changes", e => { byId("change-list").innerHTML = e.data; });
  events.addEventListener("status", e => { byId("status").innerHTML = e.data; });
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
