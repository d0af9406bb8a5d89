// Hides the numbers of survival on this device, if its reader wishes so. It stands in the page's head
// and is not deferred: what somebody does not want to see must not flash up first.
"use strict";
const place = "survival";
const page = document.documentElement;
const kept = (value) => {
  try {
    if (value !== undefined) localStorage.setItem(place, value);
    return localStorage.getItem(place);
  } catch {
    return value; // Storage is blocked: the choice holds for this page.
  }
};
const show = (hide) => page.classList.toggle("without-survival", hide);
show(kept() === "hidden");
document.addEventListener("DOMContentLoaded", () => {
  for (const choice of document.querySelectorAll(".survival-choice")) {
    choice.hidden = false;
    choice.addEventListener("click", () => {
      const hide = !page.classList.contains("without-survival");
      const top = choice.getBoundingClientRect().top;
      kept(hide ? "hidden" : "shown");
      show(hide);
      tell();
      // What was pressed stays where it was: the figures above it became shorter or longer.
      scrollBy({ top: choice.getBoundingClientRect().top - top, behavior: "instant" });
    });
  }
  const tell = () => {
    const hide = page.classList.contains("without-survival");
    for (const choice of document.querySelectorAll(".survival-choice")) {
      choice.textContent = hide ? choice.dataset.show : choice.dataset.hide;
    }
  };
  tell();
});
