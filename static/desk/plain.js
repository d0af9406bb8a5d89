// Plain language as somebody types: one request when the typing rests, the places marked behind the
// words, the advice below. Without this script the saved page says the same.
"use strict";
for (const form of document.querySelectorAll("form.item[data-check]")) readPlainly(form);

function readPlainly(form) {
  const REST = 500; // milliseconds without a key
  const box = form.querySelector(".plain");
  const fields = [...form.querySelectorAll(".target textarea[lang], .target input[lang], .block textarea[lang]")];
  let timer = 0, asking = null;
  const shown = new Map(fields.map((field) => [field, prepare(field)]));
  box.hidden = false;

  function prepare(field) {
    const list = document.createElement("ul");
    list.className = "plain-findings";
    field.after(list);
    if (field.tagName !== "TEXTAREA") return { list };
    // What is behind the words has their font and their breaks; its colours are all that is seen.
    const around = document.createElement("div"), behind = document.createElement("div");
    around.className = "plain-around";
    behind.className = "plain-behind";
    behind.setAttribute("aria-hidden", "true");
    behind.lang = field.lang;
    behind.dir = field.dir;
    field.before(around);
    around.append(behind, field);
    field.addEventListener("scroll", () => { behind.scrollTop = field.scrollTop; });
    new ResizeObserver(() => fit(field, behind)).observe(field);
    return { list, behind };
  }

  function fit(field, behind) {
    const style = getComputedStyle(field);
    for (const name of ["font", "letterSpacing", "padding", "borderWidth", "textAlign", "tabSize"]) behind.style[name] = style[name];
    behind.style.inlineSize = `${field.clientWidth + parseFloat(style.borderLeftWidth) + parseFloat(style.borderRightWidth)}px`;
    behind.style.blockSize = `${field.offsetHeight}px`;
    behind.scrollTop = field.scrollTop;
  }

  async function ask() {
    asking?.abort();
    const mine = asking = new AbortController();
    const body = new URLSearchParams({ item_type: form.dataset.itemType, language: form.dataset.language });
    const sent = fields.map((field) => field.value);
    fields.forEach((field, at) => body.set(field.name, sent[at]));
    if (form.elements.sheet) body.set("sheet", form.elements.sheet.value); // its fields are blocks
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value }, body, signal: mine.signal, redirect: "manual" });
      const told = answer.type === "opaqueredirect" ? null : await answer.json();
      if (!told) return;
      if (told.problem) return void (box.querySelector(".plain-scores").textContent = told.problem);
      if (fields.every((field, at) => field.value === sent[at])) show(told);
    } catch { /* typed on, or no connection: the next rest asks again */ }
  }

  function show(told) {
    const scores = box.querySelector(".plain-scores");
    scores.replaceChildren(...told.scores.map((words) => element("span", words)));
    const whole = told.findings.filter((each) => !each.field);
    box.querySelector(".plain-whole").replaceChildren(...whole.map((each) => line(each)));
    for (const [field, { list, behind }] of shown) {
      const own = told.findings.filter((each) => each.field === field.name);
      own.sort((one, other) => (one.start ?? 0) - (other.start ?? 0));
      list.replaceChildren(...own.map((each) => line(each, field)));
      if (behind) mark(field, behind, own);
    }
  }

  function line(finding, field) {
    const item = element("li", "");
    item.className = finding.severity;
    if (!field || finding.start === null) item.textContent = finding.message;
    else {
      const button = element("button", finding.message);
      button.type = "button";
      button.addEventListener("click", () => {
        field.focus();
        field.setSelectionRange(units(field.value, finding.start), units(field.value, finding.end));
      });
      item.append(button);
    }
    return item;
  }

  // Places may lie in each other: every stretch between two of their ends is drawn for itself.
  function mark(field, behind, found) {
    const places = found.filter((each) => each.start !== null).map((each) => ({ severity: each.severity, start: units(field.value, each.start), end: units(field.value, each.end) }));
    const ends = [...new Set([0, ...places.flatMap((each) => [each.start, each.end]), field.value.length])].sort((one, other) => one - other);
    const parts = ends.slice(1).map((end, at) => {
      const words = field.value.slice(ends[at], end);
      const there = places.filter((each) => each.start <= ends[at] && end <= each.end);
      if (!there.length) return words;
      const drawn = element("mark", words);
      drawn.className = there.some((each) => each.severity === "blocking") ? "blocking" : there.length > 1 ? "twice" : "once";
      return drawn;
    });
    behind.replaceChildren(...parts, "\n ");
    fit(field, behind);
  }

  // The server counts characters, a browser units of 16 bits.
  function units(text, characters) {
    const all = [...text];
    return all.length === text.length ? characters : all.slice(0, characters).join("").length;
  }

  function element(name, words) {
    return Object.assign(document.createElement(name), { textContent: words });
  }

  form.addEventListener("input", (event) => {
    if (!shown.has(event.target)) return;
    const { behind } = shown.get(event.target);
    behind?.replaceChildren(); // marks of what was there are wrong from the first letter on
    clearTimeout(timer);
    timer = setTimeout(ask, REST);
  });
  ask();
}
