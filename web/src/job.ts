// How far a piece of work is, once a second.

import { ask } from "./talk.js";

type State = { state: string; done: number; total: number | null; after: string };

const place = document.getElementById("job");
if (place !== null) void watch(place, String(place.dataset.id));

async function watch(place: HTMLElement, id: string): Promise<void> {
  const bar = place.querySelector("progress")!;
  for (;;) {
    await new Promise((next) => setTimeout(next, 700));
    const now = await ask<State>(`/jobs/${encodeURIComponent(id)}/state`).catch(() => null);
    if (now === null) continue;
    if (now.total !== null) {
      bar.max = Math.max(now.total, 1);
      bar.value = now.done;
    }
    place.querySelector("[data-done]")!.textContent = String(now.done);
    place.querySelector("[data-total]")!.textContent = now.total === null ? "…" : String(now.total);
    if (now.state === "done") return location.assign(now.after);
    if (now.state === "failed") return location.reload();
  }
}
