// Hides the numbers of survival on this device, if its reader wishes so. It stands in the page's head
// and is not deferred: what somebody does not want to see must not flash up first.
"use strict";
const place = "survival";
const page = document.documentElement;
const words = document.currentScript.dataset;
const kept = (value) => {
  try {
    if (value !== undefined) localStorage.setItem(place, value);
    return localStorage.getItem(place);
  } catch {
    return value; // Storage is blocked: the choice holds for this page.
  }
};
const hidden = () => page.classList.contains("without-survival");
const show = (hide) => page.classList.toggle("without-survival", hide);
show(kept() === "hidden");
// A figure brings its own button; a paragraph, a list item or a table gets one in front of it.
const added = (told) => {
  const way = document.createElement(told.matches("li") ? "li" : "p");
  way.className = "survival-way";
  way.lang = page.lang;
  way.dir = page.dir;
  const choice = way.appendChild(document.createElement("button"));
  choice.type = "button";
  choice.className = "survival-choice";
  told.before(way);
};
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(":is(p, li, table).survival").forEach(added);
  const choices = [...document.querySelectorAll(".survival-choice")];
  const tell = () => {
    choices.forEach((choice, at) => {
      const way = choice.closest(".survival-way");
      choice.textContent = hidden() ? words.show : words.hide;
      choice.hidden = false;
      // Before prose the choice stands once on a page, and wherever something is hidden.
      way.hidden = !hidden() && at > 0 && !way.closest("figure");
    });
  };
  for (const choice of choices) {
    choice.addEventListener("click", () => {
      const top = choice.getBoundingClientRect().top;
      kept(hidden() ? "shown" : "hidden");
      show(!hidden());
      tell();
      const way = choice.closest(".survival-way");
      const seen = way.hidden ? way.nextElementSibling : choice;
      if (way.hidden) {
        seen.tabIndex = -1;
        seen.focus({ preventScroll: true });
      }
      // What was pressed stays where it was: what is above it became shorter or longer.
      scrollBy({ top: seen.getBoundingClientRect().top - top, behavior: "instant" });
    });
  }
  tell();
});
