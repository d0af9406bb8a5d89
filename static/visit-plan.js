// Keeps the visit plan in this browser, and forgets it. Choosing and printing work without it.
"use strict";
const PLACE = "visit-plan";
const ROWS = 4;
const plan = document.querySelector(".plan");
const fields = [...plan.querySelectorAll("input, textarea")];
const areas = fields.filter((field) => field.localName === "textarea");
const ticks = fields.filter((field) => field.localName === "input");
const told = plan.querySelector("#told");
const forget = plan.querySelector("#forget");

function show(name, shown) {
  for (const part of plan.querySelectorAll(`.${name}`)) part.hidden = !shown;
}

// A browser without field-sizing: the area grows with what is written, so that paper shows it all.
function grow(area) {
  area.rows = ROWS;
  area.rows = Math.max(ROWS, Math.ceil(area.scrollHeight / parseFloat(getComputedStyle(area).lineHeight)));
}

function apply(kept) {
  for (const tick of ticks) tick.checked = kept ? kept.ticked.includes(tick.id) : tick.defaultChecked;
  for (const area of areas) {
    area.value = kept?.written[area.id] ?? "";
    grow(area);
  }
}

function restore() {
  try {
    const kept = JSON.parse(localStorage.getItem(PLACE));
    if (kept) apply(kept);
  } catch {
    // Nothing that this page can read is kept: it begins anew.
  }
}

function keep() {
  const kept = {
    ticked: ticks.filter((tick) => tick.checked).map((tick) => tick.id),
    written: Object.fromEntries(areas.map((area) => [area.id, area.value])),
  };
  told.textContent = "";
  try {
    localStorage.setItem(PLACE, JSON.stringify(kept));
  } catch {
    show("with-script", false);
    show("cannot-keep", true);
  }
}

show("without-script", false);
plan.querySelector("#print").hidden = false;
plan.querySelector("#print").addEventListener("click", () => print());
try {
  localStorage.setItem(`${PLACE}-try`, "");
  localStorage.removeItem(`${PLACE}-try`);
  show("with-script", true);
  restore();
  plan.addEventListener("input", (event) => {
    if (event.target.localName === "textarea") grow(event.target);
    keep();
  });
  // The back button may show the page as it was; another window may have changed the plan since.
  addEventListener("pageshow", restore);
  addEventListener("storage", (event) => {
    if (event.key === PLACE || event.key === null) apply(JSON.parse(event.newValue));
  });
  forget.addEventListener("click", () => {
    if (!confirm(forget.dataset.sure)) return;
    localStorage.removeItem(PLACE);
    apply(null);
    told.textContent = told.dataset.forgotten;
  });
} catch {
  show("cannot-keep", true);
}
