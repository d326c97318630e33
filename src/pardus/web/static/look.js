"use strict";
// A box drawn on a picture with the mouse goes into the fields of the form, in percent; nothing is said before it is sent.
const place = document.getElementById("look");
if (place !== null)
    draw(place);
function draw(place) {
    const form = document.querySelector("form[action$='/box']");
    const draft = place.querySelector(".draft");
    const names = ["x", "y", "width", "height"];
    const field = (name) => form.elements.namedItem(name);
    let from = null;
    const at = (event) => {
        const box = place.getBoundingClientRect();
        const share = (value, size) => Math.min(Math.max((100 * value) / size, 0), 100);
        return { x: share(event.clientX - box.left, box.width), y: share(event.clientY - box.top, box.height) };
    };
    function show() {
        for (const name of names)
            draft.setAttribute(name, field(name).value || "0");
    }
    place.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        place.setPointerCapture(event.pointerId);
        from = at(event);
    });
    place.addEventListener("pointermove", (event) => {
        if (from === null)
            return;
        const to = at(event);
        const values = [Math.min(from.x, to.x), Math.min(from.y, to.y), Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
        names.forEach((name, n) => (field(name).value = values[n].toFixed(1)));
        show();
    });
    place.addEventListener("pointerup", () => (from = null));
    for (const name of names)
        field(name).addEventListener("input", show);
}
