// The grid of detections: one is chosen, a key says something about it (or about its whole event) and goes on.
import { listen, pageKeymap } from "./keys.js";
import { Refused, say } from "./talk.js";
const grid = document.getElementById("grid");
if (grid !== null)
    start(grid);
function start(grid) {
    const words = JSON.parse(document.getElementById("words").textContent ?? "{}");
    const state = document.querySelector("[data-state]");
    const tiles = [...grid.querySelectorAll(".tile")];
    const done = [];
    let whole = true;
    let at = Math.max(0, tiles.findIndex((tile) => !("done" in tile.dataset)));
    const says = {
        "left": ["flank", "left"], "right": ["flank", "right"], "front": ["flank", "front"], "rear": ["flank", "rear"],
        "unknown": ["flank", "unknown"], "quality-good": ["quality", "good"], "quality-fair": ["quality", "fair"],
        "quality-poor": ["quality", "poor"], "blank": ["blank", ""], "not-ours": ["other", ""],
    };
    function choose(n, focus = true) {
        if (tiles.length === 0)
            return;
        tiles[at]?.removeAttribute("aria-current");
        at = Math.min(Math.max(n, 0), tiles.length - 1);
        tiles[at].setAttribute("aria-current", "true");
        if (focus)
            tiles[at].focus({ preventScroll: true });
        tiles[at].scrollIntoView({ block: "nearest" });
    }
    function chosen() {
        const tile = tiles[at];
        if (tile === undefined)
            return [];
        return whole ? [...tile.closest(".event").querySelectorAll(".tile")] : [tile];
    }
    async function tell(about, value) {
        const those = chosen();
        if (those.length === 0)
            return;
        const before = those.map(saidOf);
        try {
            const observations = those.map((tile) => tile.dataset.id);
            const { entry } = await say("/triage/say", { observations, about, value });
            done.push({ entry, tiles: those, before });
            for (const tile of those) {
                const word = words[value === "" ? about : `${about}-${value}`] ?? value;
                tile.querySelector(about === "quality" ? "[data-grade]" : "[data-said]").textContent = word;
                if (about === "blank")
                    tile.querySelector("[data-grade]").textContent = "";
                if (about !== "quality")
                    tile.dataset.done = "";
            }
            state.textContent = words.saved;
            if (about !== "quality")
                choose(tiles.indexOf(those[those.length - 1]) + 1);
        }
        catch (error) {
            state.textContent = error instanceof Refused ? error.message : words.lost;
        }
    }
    async function takeBack() {
        const last = done.pop();
        if (last === undefined)
            return;
        try {
            await say("/triage/undo", { entry: last.entry });
            last.tiles.forEach((tile, n) => {
                const { text, grade, was } = last.before[n];
                tile.querySelector("[data-said]").textContent = text;
                tile.querySelector("[data-grade]").textContent = grade;
                tile.toggleAttribute("data-done", was);
            });
            choose(tiles.indexOf(last.tiles[0]));
            state.textContent = words.undone;
        }
        catch (error) {
            done.push(last);
            state.textContent = error instanceof Refused ? error.message : words.lost;
        }
    }
    tiles.forEach((tile, n) => tile.addEventListener("click", () => choose(n)));
    listen(pageKeymap(), (action, event) => {
        const meant = says[action];
        if (meant !== undefined && !(event instanceof KeyboardEvent && event.repeat))
            void tell(...meant);
        if (action === "take-back")
            void takeBack();
        if (action === "next")
            choose(at + 1);
        if (action === "previous")
            choose(at - 1);
        if (action === "event") {
            whole = !whole;
            document.querySelector("[data-action=event]")?.setAttribute("aria-pressed", String(whole));
        }
    });
    choose(at, false);
}
function saidOf(tile) {
    const text = tile.querySelector("[data-said]").textContent ?? "";
    return { text, grade: tile.querySelector("[data-grade]").textContent ?? "", was: "done" in tile.dataset };
}
