// What a page still lacks is worked out by the server; when it is there, the page is loaded again, unless somebody
// has begun to fill in a form.

import { ask } from "./talk.js";

const place = document.querySelector<HTMLElement>("[data-waiting]");
let touched = false;
document.addEventListener("input", () => { touched = true; });
if (place !== null) void wait(String(place.dataset.waiting));

async function wait(what: string): Promise<void> {
  for (;;) {
    const now = await ask<{ ready: boolean }>(`/waiting/${encodeURIComponent(what)}`).catch(() => null);
    if (now?.ready) break;
    if (now === null) await new Promise((next) => setTimeout(next, 1000));
  }
  if (!touched) location.reload();
}
