// Nobody loses a word: an item's form saves itself as a draft while somebody types; what the server
// does not have yet is kept in this browser and offered again. Without this script the buttons work.
"use strict";
for (const form of document.querySelectorAll("form.item[data-user]")) keepWords(form);

function keepWords(form) {
  const IDLE = 3000, LONGEST = 12000, AGAIN = 10000; // milliseconds
  const box = form.querySelector(".autosave");
  const say = { state: box.querySelector(".autosave-state"), problem: box.querySelector(".autosave-problem") };
  const place = `desk:${form.dataset.user}:${form.dataset.place}`;
  const hidden = new Set(["csrfmiddlewaretoken", "based_on", "source", "opened", "rival", "take", "sheet"]);
  const remarks = new Set(["summary", "significance", "assigned_to", "due", "release"]);
  const opening = `${Date.now()}-${Math.random()}`;
  let known = typed(); // what the server has
  let since = 0, timer = 0, sending = null, unanswered = null, leaving = false;
  box.hidden = false;
  offer();
  if (form.dataset.unsaved) {
    known = "";
    changed();
  }

  // -- What is in the form ------------------------------------------------------------------------

  function values() {
    const found = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && name !== "csrfmiddlewaretoken") (found[name] ??= []).push(value);
    }
    return found;
  }

  function typed(all = values(), without = hidden) {
    const plain = (text) => text.replace(/\r\n?/g, "\n").trim();
    const names = Object.keys(all).filter((name) => !without.has(name)).sort();
    return JSON.stringify(names.map((name) => [name, all[name].map(plain)]));
  }

  function words(all) {
    return typed(all, new Set([...hidden, ...remarks]));
  }

  function put(all) {
    for (const control of form.elements) {
      if (!control.name || control.name === "csrfmiddlewaretoken" || control.tagName === "BUTTON") continue;
      const wanted = all[control.name] ?? [];
      if (control.type === "checkbox" || control.type === "radio") control.checked = wanted.includes(control.value);
      else if (control.multiple) for (const each of control.options) each.selected = wanted.includes(each.value);
      else if (control.name in all) control.value = wanted[0];
    }
    for (const control of form.querySelectorAll(".markdownx-editor")) control.dispatchEvent(new Event("input"));
  }

  // -- What this browser keeps: one copy for each opening of the page that had unsaved words ------

  function copies() {
    try { return JSON.parse(localStorage.getItem(place)) ?? []; } catch { return []; }
  }

  function write(list) {
    try {
      if (list.length) localStorage.setItem(place, JSON.stringify(list));
      else localStorage.removeItem(place);
    } catch { /* full or forbidden: leaving still warns */ }
  }

  function keep() {
    write([...copies().filter((each) => each.opening !== opening), { opening, at: Date.now(), all: values() }]);
  }

  function forget(which = opening) {
    write(copies().filter((each) => each.opening !== which));
  }

  function offer() {
    const there = box.querySelector(".autosave-offer");
    const found = copies().filter((each) => each.opening !== opening).at(-1);
    there.hidden = !found;
    if (!found) return;
    const draft = form.dataset.state === "draft" || !form.dataset.autosave;
    if (words(found.all) === words(values()) && (!draft || typed(found.all) === typed())) {
      forget(found.opening);
      return void offer();
    }
    box.querySelector(".autosave-when").textContent = new Date(found.at).toLocaleString(document.documentElement.lang);
    box.querySelector(".put-back").onclick = () => {
      there.hidden = true;
      forget(found.opening);
      put(found.all); // with the text that it was based on: what was saved meanwhile is a conflict
      changed();
    };
    box.querySelector(".throw-away").onclick = () => {
      forget(found.opening);
      offer();
    };
  }

  // -- Saving -------------------------------------------------------------------------------------

  function changed() {
    if (typed() === known) return;
    say.state.textContent = "";
    keep();
    if (!form.dataset.autosave) return;
    since ||= Date.now();
    plan(Math.min(IDLE, Math.max(0, since + LONGEST - Date.now())));
  }

  function plan(delay) {
    clearTimeout(timer);
    timer = setTimeout(() => { sending ??= send().finally(() => { sending = null; }); }, delay);
  }

  function problem(sentence, address) {
    say.problem.textContent = sentence;
    say.problem.hidden = !sentence;
    if (!address) return;
    const link = document.createElement("a");
    link.href = address;
    link.textContent = box.dataset.merge;
    say.problem.append(" ", link);
  }

  function mark(errors) {
    for (const place of form.querySelectorAll("[data-errors]")) {
      const list = document.createElement("ul");
      list.className = "errorlist";
      for (const sentence of errors[place.dataset.errors] ?? []) {
        list.append(Object.assign(document.createElement("li"), { textContent: sentence }));
      }
      place.replaceChildren(...(list.children.length ? [list] : []));
    }
  }

  function body(all) {
    const sent = new URLSearchParams();
    for (const [name, found] of Object.entries(all)) for (const value of found) sent.append(name, value);
    sent.set("writer", form.dataset.user);
    return sent;
  }

  function csrf() {
    const cookie = document.cookie.split("; ").find((each) => /^(csrftoken|__Host-csrf)=/.test(each));
    const token = cookie ? cookie.slice(cookie.indexOf("=") + 1) : form.elements.csrfmiddlewaretoken.value;
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    return token;
  }

  async function send() {
    // Text whose answer never came is sent again as it was: the server may have it already.
    const all = unanswered ?? values();
    since = 0;
    say.state.textContent = box.dataset.saving;
    let answer, told;
    try {
      unanswered = all;
      answer = await fetch(form.dataset.autosave, { method: "POST", headers: { "X-CSRFToken": csrf() }, body: body(all), redirect: "manual" });
      if (answer.type !== "opaqueredirect") told = await answer.json().catch(() => null);
    } catch {
      say.state.textContent = "";
      problem(box.dataset.offline);
      return void plan(AGAIN);
    }
    unanswered = null;
    say.state.textContent = "";
    if (answer.type === "opaqueredirect") {
      problem(box.dataset.signedOut);
      return void plan(AGAIN);
    }
    heard(answer.status, told ?? {}, all);
  }

  function heard(status, told, all) {
    const held = (name, value) => { form.elements[name].value = value; };
    mark(told.errors ?? {});
    if (status === 200) {
      held("based_on", told.token);
      held("opened", told.opened);
      problem(told.moved ?? ""); // saved all the same
      stored(all);
      const time = new Date(told.saved_at).toLocaleTimeString(document.documentElement.lang);
      say.state.textContent = box.dataset.saved.replace("%s", time);
    } else if (status === 409 && told.merge) {
      held("rival", told.rival);
      problem(told.problem, told.merge);
      stored(all); // the server keeps it until its writer decides
    } else if (status === 422) {
      problem(box.dataset.wrong);
    } else {
      problem(`${box.dataset.refused} ${told.problem ?? ""}`);
    }
  }

  function stored(all) {
    known = typed(all);
    if (typed() === known) forget();
    else changed();
  }

  // -- Taking theirs on the merge page ------------------------------------------------------------

  for (const tick of form.querySelectorAll(".take input")) {
    const field = form.elements[tick.value];
    const theirs = tick.closest(".columns").querySelector(".theirs pre");
    if (!theirs || !field) continue;
    let mine = field.value;
    tick.addEventListener("change", () => {
      if (tick.checked) [mine, field.value] = [field.value, theirs.textContent];
      else field.value = mine;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    // Whoever goes on writing in a text that was taken keeps what is written.
    field.addEventListener("input", (event) => { if (event.isTrusted) tick.checked = false; });
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => {
    if (sending || unanswered) { // the answer moves the form along: without it this is a conflict
      event.preventDefault();
      const button = event.submitter;
      sending ??= send().finally(() => { sending = null; });
      sending.then(() => { unanswered = null; form.requestSubmit(button); });
      return;
    }
    clearTimeout(timer);
    leaving = true;
    if (["discard", "drop_rival"].includes(event.submitter?.value)) forget();
  });
  addEventListener("pageshow", () => { leaving = false; });
  addEventListener("beforeunload", (event) => {
    if (!leaving && typed() !== known) event.preventDefault();
  });
}
