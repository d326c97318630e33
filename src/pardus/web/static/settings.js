// A new key for an action: press the button, then the key.
import { codeOf } from "./keys.js";
for (const button of document.querySelectorAll(".capture")) {
    button.addEventListener("click", () => {
        document.querySelectorAll("[data-waiting]").forEach((other) => other.removeAttribute("data-waiting"));
        button.dataset.waiting = "";
    });
    button.addEventListener("blur", () => delete button.dataset.waiting);
    button.addEventListener("keydown", (event) => {
        if (!("waiting" in button.dataset) || ["Tab", "Escape"].includes(event.code))
            return;
        const code = codeOf(event);
        if (code === "" || /Shift(Left|Right)$/.test(code))
            return;
        event.preventDefault();
        event.stopPropagation();
        const field = button.nextElementSibling;
        field.value = code;
        button.querySelector("kbd").textContent = code.replace("Key", "").replace("Digit", "").replace("Shift+", "⇧");
        delete button.dataset.waiting;
    });
}
