// The page of a review request: chosen words become a comment's passage, j and k go from text to text.
"use strict";
const chosen = { text: "", section: null };
const offer = document.querySelector(".quote-selection");

function passage(range) {
  // Notes' numbers are no words of the text, nor is what a comparison says was taken out.
  const part = range.cloneContents();
  for (const each of part.querySelectorAll("sup.cite, del, summary")) each.remove();
  return part.textContent.replace(/\s+/g, " ").trim();
}

document.addEventListener("selectionchange", () => {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) { offer.hidden = true; return; }
  const range = selection.getRangeAt(0);
  const at = range.commonAncestorContainer;
  const text = (at.nodeType === Node.TEXT_NODE ? at.parentElement : at).closest(".rendered[data-text]");
  chosen.text = text ? passage(range) : "";
  chosen.section = text && text.closest("section.text");
  offer.hidden = !chosen.text;
});

if (offer) {
  const button = document.getElementById("quote-selection");
  button.addEventListener("pointerdown", (event) => event.preventDefault()); // keep the selection
  button.addEventListener("click", () => {
    if (!chosen.section) return;
    const fields = chosen.section.querySelector(".new-comment");
    fields.open = true;
    fields.querySelector("[name=quote]").value = chosen.text;
    const said = fields.querySelector("[name=text]");
    said.focus();
    said.scrollIntoView({ block: "center" });
    offer.hidden = true;
  });
}

const keys = document.getElementById("keys");
if (keys) {
  keys.closest("p").hidden = false;
  keys.checked = localStorage.getItem("desk-keys") !== "off";
  keys.addEventListener("change", () => localStorage.setItem("desk-keys", keys.checked ? "on" : "off"));
}
document.addEventListener("keydown", (event) => {
  if (!keys || !keys.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key !== "j" && event.key !== "k") return;
  if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
  const texts = [...document.querySelectorAll("section.text")];
  const at = texts.indexOf(document.activeElement.closest("section.text"));
  const next = texts[event.key === "j" ? at + 1 : Math.max(at - 1, 0)];
  if (!next) return;
  next.focus();
  next.scrollIntoView({ block: "start" });
  event.preventDefault();
});
