// Which key does what: places on the keyboard (KeyboardEvent.code), so that no layout changes them.
/** Read the keymap that the server put into the page. */
export function pageKeymap() {
    const text = document.getElementById("keymap")?.textContent ?? "{}";
    return JSON.parse(text);
}
/** Return the code of a key press as the keymap writes it, or "" if it is none of ours to take. */
export function codeOf(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing)
        return "";
    return event.shiftKey ? `Shift+${event.code}` : event.code;
}
/** Say whether a key press belongs to what has the focus: text is being written, or a button is pressed. */
export function belongsElsewhere(event) {
    const target = event.target;
    if (!(target instanceof HTMLElement))
        return false;
    if (target.isContentEditable || target.closest("dialog[open]"))
        return true;
    if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
        return true;
    if (target instanceof HTMLInputElement) {
        if (target.type === "range")
            return /^(Arrow|Home|End|Page)/.test(event.code);
        return !["checkbox", "button", "submit"].includes(target.type);
    }
    const presses = event.code === "Space" || event.code === "Enter";
    return presses && target.closest("button, a, summary, [role=button]") !== null;
}
/** Call `act(action)` for every key of the map; actions with a button are pressed by mouse as well. */
export function listen(keymap, act) {
    const actions = new Map();
    for (const [action, code] of Object.entries(keymap))
        actions.set(code, action);
    document.addEventListener("keydown", (event) => {
        const action = actions.get(codeOf(event));
        if (action === undefined || belongsElsewhere(event))
            return;
        event.preventDefault();
        act(action, event);
    });
    document.addEventListener("click", (event) => {
        const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
        if (button?.dataset.action !== undefined)
            act(button.dataset.action, event);
    });
}
