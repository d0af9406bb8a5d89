// Tells the server that this page is open, and shows who else has it open.
// <p class="presence" data-place="topics.topic:ras:es" data-url="…" data-sentence="%s is editing this." hidden></p>
"use strict";
for (const box of document.querySelectorAll(".presence[data-place]")) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]");
  const tell = async () => {
    if (document.hidden || !token) return;
    try {
      const answer = await fetch(box.dataset.url, {
        method: "POST",
        headers: { "X-CSRFToken": token.value },
        body: new URLSearchParams({ place: box.dataset.place }),
      });
      if (!answer.ok) return;
      const { others } = await answer.json();
      box.textContent = others.length ? box.dataset.sentence.replace("%s", others.join(", ")) : "";
      box.hidden = !others.length;
    } catch { /* no connection: the next turn tells */ }
  };
  setInterval(tell, 20000);
}
