// On every page: the sheet of keys, forms that ask before they do something grave, files that are chosen, parts that scroll.

import { belongsElsewhere, codeOf, pageKeymap } from "./keys.js";

const sheet = document.getElementById("sheet") as HTMLDialogElement | null;
const code = pageKeymap()["sheet"];

document.addEventListener("keydown", (event) => {
  if (sheet === null || sheet.open || codeOf(event) !== code || belongsElsewhere(event)) return;
  event.preventDefault();
  sheet.showModal();
});
for (const button of document.querySelectorAll("[data-sheet-open]")) {
  button.addEventListener("click", () => sheet?.showModal());
}
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sure]")) {
  form.addEventListener("submit", (event) => {
    if (!confirm(form.dataset.sure)) event.preventDefault();
  });
}
for (const input of document.querySelectorAll<HTMLInputElement>(".file input")) {
  const chosen = input.parentElement!.querySelector("[data-file]")!;
  input.addEventListener("change", () => (chosen.textContent = input.files?.[0]?.name ?? ""));
}

/** A part of the page that scrolls can be reached and named without a mouse. */
function reachable(part: HTMLElement): void {
  if (part.scrollWidth <= part.clientWidth && part.scrollHeight <= part.clientHeight) return;
  let before: Element | null = part;
  while (before !== null && !/^H[1-3]$/.test(before.tagName)) before = before.previousElementSibling ?? before.parentElement;
  part.tabIndex = 0;
  part.setAttribute("role", "region");
  if (!part.hasAttribute("aria-label")) part.setAttribute("aria-label", before?.textContent?.trim() ?? document.title);
}
const sizes = new ResizeObserver((seen) => seen.forEach((one) => reachable(one.target as HTMLElement)));
document.querySelectorAll(".scroll, .tall, .folders").forEach((part) => sizes.observe(part));
