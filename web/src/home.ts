// The first page of a large survey is shown before its records are counted; the counts come as soon as they are there.

import { ask } from "./talk.js";

if (document.querySelector("[data-counting]") !== null) {
  const parts = await ask<Record<string, string>>("/home/counts");
  for (const [name, html] of Object.entries(parts)) {
    const place = document.querySelector<HTMLElement>(`[data-part=${name}]`);
    if (place !== null) place.innerHTML = html;
  }
  document.querySelector("[data-counting]")?.removeAttribute("data-counting");
}
