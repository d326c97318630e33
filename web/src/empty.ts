// A sample of pictures without a record: empty, or something is there after all.

import { say } from "./talk.js";

const tally = document.getElementById("tally");
let looked = 0;
let something = 0;
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-seen]")) {
  button.addEventListener("click", () => void tell(button));
}

async function tell(button: HTMLButtonElement): Promise<void> {
  const item = button.closest<HTMLElement>("[data-media]")!;
  if ("done" in item.dataset) return;
  item.dataset.done = "";
  try {
    await say("/triage/looked", { media: item.dataset.media, seen: button.dataset.seen });
  } catch {
    delete item.dataset.done;
    return;
  }
  looked += 1;
  if (button.dataset.seen === "something") something += 1;
  button.setAttribute("aria-pressed", "true");
  tally!.textContent = (tally!.dataset.words ?? "").replace("{n}", String(looked)).replace("{k}", String(something));
}
