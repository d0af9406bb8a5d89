// Keeps this page readable without a connection (sw.js), with what it needs to look right.
"use strict";
(async () => {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register("/sw.js", { scope: `/${document.documentElement.lang}/` });
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return; // it has kept this page on its way here
    const parts = document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]");
    const copies = await caches.open("copies");
    await copies.addAll([location.pathname, ...new Set([...parts].map((each) => each.href || each.src))]);
    document.documentElement.dataset.kept = "yes";
  } catch {
    // Storage is blocked or full: the page stays what it is, online.
  }
})();
