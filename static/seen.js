// Remembers on this device which version of a text was read last, and says so if it has changed.
"use strict";
for (const line of document.querySelectorAll(".seen")) {
  try {
    const name = `seen:${line.dataset.item}`;
    const [pk, text] = (localStorage.getItem(name) || "").split(" ");
    if (/^[0-9]+$/.test(pk) && text !== line.dataset.text) {
      const link = line.querySelector("a");
      link.href = link.getAttribute("href").replace(/[0-9]+\/$/, `${pk}/`);
      line.hidden = false;
    }
    localStorage.setItem(name, `${line.dataset.version} ${line.dataset.text}`);
  } catch {
    // Storage is blocked: nothing is remembered, and nothing is missing.
  }
}
