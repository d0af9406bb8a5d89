// The translator's page by keyboard, and words put in without leaving it. Without this script the
// same buttons save the draft with the words in it.
"use strict";
const sheet = document.querySelector("form.blocks");
if (sheet) translating(sheet);

function translating(form) {
  const blocks = [...form.querySelectorAll(".block")];
  const area = (block) => block?.querySelector("textarea");
  const written = blocks.filter(area);
  let last = null; // the textarea that was written in last

  const plain = (text) => text.replace(/\r\n?/g, "\n").trim();
  const changed = (block) => plain(area(block).value) !== plain(area(block).dataset.made);
  const decided = (block) => block.querySelector(".tick input:checked") || (area(block).value.trim() && changed(block));
  const waits = (block) => (block.dataset.machine || !["same", "kept"].includes(block.dataset.state)) && !decided(block);

  function say(control) {
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function go(block) {
    if (!block) return;
    area(block).focus();
    block.scrollIntoView({ block: "center" });
  }

  function beside(block, step) {
    return written[written.indexOf(block) + step];
  }

  function confirm(block) {
    const tick = block.querySelector(".tick input[type=checkbox]");
    const still = ["changed", "same"].includes(block.dataset.state) && area(block).value.trim();
    if (tick && still && !changed(block) && !tick.checked) {
      tick.checked = true;
      say(tick);
    }
    const at = written.indexOf(block);
    go([...written.slice(at + 1), ...written.slice(0, at)].find(waits) ?? written[at + 1]);
  }

  function put(control, before, after = "") {
    const { selectionStart: start, selectionEnd: end, value } = control;
    const middle = after ? value.slice(start, end) : "";
    control.focus();
    control.setRangeText(before + middle + after, start, end, "end");
    if (after) control.selectionStart = control.selectionEnd = start + before.length + middle.length;
    say(control);
  }

  function insert(button) {
    const control = area(document.getElementById(button.dataset.into));
    if (button.dataset.replace !== undefined) {
      control.focus();
      control.setRangeText(button.dataset.replace, 0, control.value.length, "end");
      say(control);
    } else {
      put(control, button.dataset.insert);
    }
  }

  for (const button of form.querySelectorAll("[data-into]")) {
    button.type = "button";
    button.addEventListener("click", () => insert(button));
  }
  const signs = form.querySelector(".signs");
  signs.classList.add("works");
  for (const button of signs.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      if (last) put(last, button.dataset.open, button.dataset.close);
    });
  }
  form.addEventListener("focusin", (event) => {
    if (event.target.matches(".block textarea")) last = event.target;
  });

  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey && !event.altKey && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".submit-row [value=save]"));
      return;
    }
    const block = event.target.closest?.(".block");
    if (!block || !area(block)) return;
    const number = event.altKey && /^Digit[1-3]$/.test(event.code) ? Number(event.code.at(-1)) : 0;
    const button = number && block.querySelectorAll("[data-replace]")[number - 1];
    if (event.ctrlKey && event.key === "Enter") confirm(block);
    else if (event.altKey && event.key === "ArrowDown") go(beside(block, 1));
    else if (event.altKey && event.key === "ArrowUp") go(beside(block, -1));
    else if (button) insert(button);
    else return;
    event.preventDefault();
  });
}
