// A guide or the visit plan, once opened, is readable without a connection. The network always comes first: a copy is
// shown only where it does not answer in time, and says from when it is. Registered for one
// language's pages: the admin lies outside.
"use strict";
const COPIES = "copies";
const PATIENCE = 4000; // milliseconds
const PAGE = /^\/[a-z-]+\/(guides\/([^/.]+\/){1,2}|visit-plan\/)$/;

const wanted = (request) => {
  const url = new URL(request.url);
  const ours = PAGE.test(url.pathname) || url.pathname.startsWith("/static/");
  return request.method === "GET" && url.origin === location.origin && ours && !url.search;
};

self.addEventListener("fetch", (event) => {
  if (wanted(event.request)) event.respondWith(answer(event));
});

async function answer(event) {
  const copies = await caches.open(COPIES);
  const page = PAGE.test(new URL(event.request.url).pathname);
  // What the browser itself keeps for a second may have been withdrawn in that second.
  const network = fetch(event.request, page ? { cache: "no-cache" } : {}).then(async (response) => {
    if (response.ok && !response.redirected) await copies.put(event.request, response.clone());
    else if (response.status === 410 || response.status === 404) await copies.delete(event.request);
    return response;
  });
  event.waitUntil(network.catch(() => undefined));
  const copy = await copies.match(event.request, { ignoreVary: true });
  if (!copy) return network;
  const late = new Promise((_, give) => setTimeout(give, PATIENCE));
  try {
    return await Promise.race([network, late.then(() => { throw new Error("late"); })]);
  } catch {
    return told(copy);
  }
}

// The page holds its own sentences, hidden: a copy shows them.
async function told(copy) {
  if (!(copy.headers.get("content-type") || "").startsWith("text/html")) return copy;
  const html = await copy.text();
  const [, language] = html.match(/<html lang="([a-z-]+)"/) || [];
  const [, due] = html.match(/data-due="([0-9-]+)"/) || [];
  const day = new Date(copy.headers.get("date")).toLocaleDateString(language, { dateStyle: "long" });
  let shown = html.replace('<p class="copy" hidden', '<p class="copy"').replaceAll("{day}", day);
  if (due && due < new Date().toISOString().slice(0, 10)) {
    shown = shown.replace('<p class="copy late" hidden', '<p class="copy late"');
  }
  return new Response(shown, { headers: { "content-type": "text/html; charset=utf-8" } });
}
