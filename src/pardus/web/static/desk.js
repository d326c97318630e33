// On every page: the sheet of keys, and forms that ask before they do something grave, files that are chosen.
import { belongsElsewhere, codeOf, pageKeymap } from "./keys.js";
const sheet = document.getElementById("sheet");
const code = pageKeymap()["sheet"];
document.addEventListener("keydown", (event) => {
    if (sheet === null || sheet.open || codeOf(event) !== code || belongsElsewhere(event))
        return;
    event.preventDefault();
    sheet.showModal();
});
for (const button of document.querySelectorAll("[data-sheet-open]")) {
    button.addEventListener("click", () => sheet?.showModal());
}
for (const form of document.querySelectorAll("form[data-sure]")) {
    form.addEventListener("submit", (event) => {
        if (!confirm(form.dataset.sure))
            event.preventDefault();
    });
}
for (const input of document.querySelectorAll(".file input")) {
    const chosen = input.parentElement.querySelector("[data-file]");
    input.addEventListener("change", () => (chosen.textContent = input.files?.[0]?.name ?? ""));
}
