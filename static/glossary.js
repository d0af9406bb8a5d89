// Shows only the words that contain what is typed: accents, case and vowel signs do not count.
"use strict";
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const finder = document.querySelector("#finder");
const found = document.querySelector("#found");
const entries = [...document.querySelectorAll(".glossary > div")].map((entry) => [entry, plain(entry.textContent)]);
finder.closest("p").hidden = false;
finder.addEventListener("input", () => {
  const wanted = plain(finder.value).trim();
  let count = 0;
  for (const [entry, text] of entries) {
    entry.hidden = !text.includes(wanted);
    count += !entry.hidden;
  }
  for (const letter of document.querySelectorAll(".letter")) {
    letter.hidden = !letter.querySelector(".glossary > div:not([hidden])");
  }
  found.textContent = count ? "" : found.dataset.none;
});
