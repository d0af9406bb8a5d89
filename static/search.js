// Shows results while somebody types. Nothing moves the focus; a screen reader hears how many there
// are once the typing rests. Without this file the form does the same.
"use strict";
const field = document.querySelector("#q");
const found = document.querySelector("#found");
const told = document.querySelector("#told");
let waiting, asking;

const address = (path) => `${path}?${new URLSearchParams(new FormData(field.form))}`;

const ask = async () => {
  asking?.abort();
  asking = new AbortController();
  try {
    const response = await fetch(address(found.dataset.part), { signal: asking.signal });
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    found.replaceChildren(...page.body.childNodes);
    told.textContent = found.querySelector(".count")?.textContent ?? "";
    history.replaceState(null, "", address(location.pathname));
  } catch (error) {
    if (error.name !== "AbortError") throw error; // the button still works
  }
};

field.addEventListener("input", (event) => {
  if (event.isComposing) return;
  clearTimeout(waiting);
  waiting = setTimeout(ask, 250);
});
field.addEventListener("compositionend", () => field.dispatchEvent(new Event("input")));
