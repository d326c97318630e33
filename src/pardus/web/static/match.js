// Match review. One question is on the screen, the next one is loaded; an answer shows the next question only when
// the server has said that it is on the disk. A key pressed twice can't fall on a pair that nobody has seen yet.
import { codeOf, listen, pageKeymap } from "./keys.js";
import { Refused, ask, say } from "./talk.js";
import { Viewer } from "./viewer.js";
/** What is said of one picture alone has a key for each side. */
const ANSWERS = ["same", "different", "cannot-tell", "bad-crop", "two-animals", "bad-crop-b", "two-animals-b"];
/** Nobody has looked at a pair for less time than this, in ms: a key pressed sooner was meant for the pair before. */
const TOO_SOON = 150;
const root = document.getElementById("match");
if (root !== null)
    start(root);
function start(root) {
    const words = data("words");
    const keymap = pageKeymap();
    const viewer = new Viewer(document.getElementById("stage"));
    const state = root.querySelector("[data-state]");
    const spoken = document.getElementById("pair");
    let current = null;
    let next = null;
    let busy = false;
    let shownAt = 0;
    let at = { a: 0, b: 0 };
    let looked = new Set();
    let whole = false;
    const first = data("first");
    void (async () => {
        await show(first === null ? null : await load(first));
        prefetch();
    })();
    async function load(question) {
        const [a, b] = await Promise.all([
            picture(question.a.plates[question.a.first].source),
            picture(question.b.plates[question.b.first].source),
        ]);
        return { question, a, b };
    }
    async function ready(question) {
        if (question === null || question.id === current?.question.id)
            return null;
        return load(question);
    }
    /** Fetch the question after the one on the screen, with its pictures. */
    function prefetch() {
        next = say("/match/next", {})
            .then((answer) => ready(answer.question))
            .catch(() => null);
    }
    async function show(loaded) {
        current = loaded;
        root.toggleAttribute("data-none", loaded === null);
        root.querySelector("[data-empty]").hidden = loaded !== null;
        if (loaded === null) {
            spoken.textContent = words.empty;
            return;
        }
        const { question } = loaded;
        at = { a: question.a.first, b: question.b.first };
        looked = new Set();
        whole = false;
        viewer.show(loaded.a, loaded.b);
        root.dataset.question = question.id;
        for (const side of ["a", "b"])
            caption(side);
        await new Promise((painted) => requestAnimationFrame(painted));
        shownAt = performance.now();
        root.querySelector("[data-panel]").innerHTML = question.panel;
        for (const side of ["a", "b"])
            strip(side);
        speak();
        pressed();
    }
    function caption(side) {
        const animal = current.question[side];
        const plate = animal.plates[at[side]];
        const who = root.querySelector(`[data-name=${side}]`);
        who.textContent = `${words[side === "a" ? "query" : "candidate"]} ${animal.name}`.trim();
        who.title = who.textContent;
        const what = root.querySelector(`[data-caption=${side}]`);
        what.textContent = plate.caption;
        what.title = plate.caption;
        const clip = root.querySelector(`[data-clip=${side}]`);
        clip.hidden = plate.clip === "";
        if (plate.clip !== "")
            clip.href = plate.clip;
        clip.target = "_blank";
        const look = root.querySelector(`[data-look=${side}]`);
        look.href = plate.look;
        look.target = "_blank";
    }
    /** Say to those who do not see it which pair is there now. */
    function speak() {
        const text = (selector) => root.querySelector(selector)?.textContent?.trim() ?? "";
        const sides = ["a", "b"].map((side) => `${text(`[data-name=${side}]`)}: ${text(`[data-caption=${side}]`)}`);
        spoken.textContent = [...sides, text("[data-panel] .between").replace(/\s+/g, " ")].join(". ");
    }
    /** The film strip of one animal: its pictures by flank and year. */
    function strip(side) {
        const place = root.querySelector(`[data-strip=${side}]`);
        const items = [];
        let heading = "";
        current.question[side].plates.slice(0, 200).forEach((plate, n) => {
            const head = `${plate.side} ${plate.year}`;
            if (head !== heading) {
                heading = head;
                const label = document.createElement("span");
                label.textContent = head;
                items.push(label);
            }
            const button = document.createElement("button");
            button.type = "button";
            button.title = plate.caption;
            button.setAttribute("aria-label", plate.caption);
            button.setAttribute("aria-pressed", String(n === at[side]));
            const image = document.createElement("img");
            image.alt = "";
            image.loading = "lazy";
            image.src = plate.small;
            button.append(image);
            button.addEventListener("click", () => void choose(side, n));
            items.push(button);
        });
        const focused = place.contains(document.activeElement);
        place.replaceChildren(...items);
        const chosen = place.querySelector("[aria-pressed=true]");
        chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
        if (focused)
            chosen?.focus({ preventScroll: true });
    }
    async function choose(side, n) {
        const asked = current;
        if (asked === null)
            return;
        const plates = asked.question[side].plates;
        at[side] = (n + plates.length) % plates.length;
        const plate = plates[at[side]];
        looked.add(plate.id);
        caption(side);
        const buttons = root.querySelectorAll(`[data-strip=${side}] button`);
        buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === at[side])));
        buttons[at[side]]?.scrollIntoView({ block: "nearest", inline: "nearest" });
        const image = await picture(whole ? plate.whole : plate.source);
        if (current === asked && asked.question[side].plates[at[side]] === plate)
            viewer.put(side, image);
        pressed();
    }
    async function answer(said) {
        if (busy || current === null || performance.now() - shownAt < TOO_SOON)
            return;
        busy = true;
        root.toggleAttribute("data-busy", true);
        const began = performance.now();
        tell(words.saving);
        const { question } = current;
        try {
            const shown = [...looked];
            const of_b = said.endsWith("-b");
            const body = { question: question.id, said: said.replace(/-b$/, ""), of_b, shown };
            const done = await say("/match/answer", body);
            tell([words.saved, done.merged ? words.merged : "", done.split ? words.split : ""].filter(Boolean).join(" · "));
            if (done.passport !== "")
                lead(done.name, done.passport);
            await advance(began);
        }
        catch (error) {
            if (!(error instanceof Refused)) {
                tell(words.lost, true);
            }
            else {
                tell(`${words.refused} ${error.message}`, true);
                if (error.status === 409)
                    await advance(began);
            }
        }
        finally {
            busy = false;
            root.toggleAttribute("data-busy", false);
        }
    }
    async function advance(began) {
        let following = next === null ? null : await next;
        if (following === null)
            following = await ready((await say("/match/next", {})).question);
        await show(following);
        performance.measure("next-pair", { start: began, end: performance.now() });
        prefetch();
        void count();
    }
    async function undo() {
        if (busy)
            return;
        busy = true;
        try {
            const waiting = next === null ? null : await next;
            const held = [current?.question.id, waiting?.question.id].filter((id) => id !== undefined);
            const done = await say("/match/undo", { held });
            tell(done.said === "" ? words.nothing : `${words.undone} ${done.said}`);
            await show(done.question === null ? null : await load(done.question));
            prefetch();
            void count();
        }
        catch (error) {
            tell(error instanceof Refused ? `${words.refused} ${error.message}` : words.lost, true);
        }
        finally {
            busy = false;
        }
    }
    async function skip() {
        if (busy || current === null)
            return;
        busy = true;
        try {
            await say("/match/skip", { question: current.question.id });
            await advance(performance.now());
        }
        catch (error) {
            tell(error instanceof Refused ? error.message : words.lost, true);
        }
        finally {
            busy = false;
        }
    }
    async function lines() {
        viewer.linesShown = !viewer.linesShown;
        viewer.draw();
        pressed();
        const asked = current;
        if (!viewer.linesShown || asked === null || whole)
            return;
        tell(words.loading);
        const [a, b] = [asked.question.a.plates[at.a].id, asked.question.b.plates[at.b].id];
        const found = await ask(`/match/lines?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`);
        if (current !== asked)
            return;
        viewer.setLines(found.pairs);
        tell(found.pairs.length === 0 ? words.nolines : "");
    }
    async function count() {
        const now = await ask("/match/progress").catch(() => null);
        if (now !== null)
            root.querySelector("[data-counts]").textContent = now.counts.join(" · ");
    }
    /** Add a link to the animal that an answer has made. */
    function lead(name, address) {
        const link = document.createElement("a");
        link.href = address;
        link.textContent = name;
        state.append(": ", link);
    }
    function tell(text, bad = false) {
        state.textContent = text;
        state.classList.toggle("bad", bad);
    }
    /** Say on the buttons what is switched on. */
    function pressed() {
        const on = {
            flip: viewer.flipped, blink: viewer.blinking, lines: viewer.linesShown, whole,
        };
        for (const [action, is] of Object.entries(on)) {
            root.querySelector(`.tools [data-action=${action}]`)?.setAttribute("aria-pressed", String(is));
        }
    }
    const acts = {
        "undo": () => void undo(),
        "skip": () => void skip(),
        "zoom-in": () => viewer.zoom(1.25),
        "zoom-out": () => viewer.zoom(0.8),
        "pan-left": () => viewer.pan(-0.08, 0),
        "pan-right": () => viewer.pan(0.08, 0),
        "pan-up": () => viewer.pan(0, -0.08),
        "pan-down": () => viewer.pan(0, 0.08),
        "brighter": () => viewer.moreContrast(),
        "plain": () => viewer.plain(),
        "lines": () => void lines(),
        "flip": () => { viewer.flipped = !viewer.flipped; },
        "blink": (event) => { viewer.blinking = event instanceof KeyboardEvent ? true : !viewer.blinking; },
        "whole": () => { whole = !whole; void choose("a", at.a); void choose("b", at.b); },
        "next-plate": () => void choose("b", at.b + 1),
        "previous-plate": () => void choose("b", at.b - 1),
        "next-query": () => void choose("a", at.a + 1),
        "previous-query": () => void choose("a", at.a - 1),
    };
    listen(keymap, (action, event) => {
        if (ANSWERS.includes(action)) {
            if (!(event instanceof KeyboardEvent && event.repeat))
                void answer(action);
            return;
        }
        if (event instanceof KeyboardEvent && event.repeat && !/^(pan|zoom)/.test(action))
            return;
        if (current === null && action !== "undo")
            return;
        acts[action]?.(event);
        viewer.draw();
        pressed();
    });
    document.addEventListener("keyup", (event) => {
        if (codeOf(event) === keymap["blink"] && viewer.blinking) {
            viewer.blinking = false;
            viewer.draw();
            pressed();
        }
    });
    document.getElementById("opacity").addEventListener("input", (event) => {
        viewer.opacity = Number(event.target.value) / 100;
        viewer.draw();
    });
}
function data(id) {
    return JSON.parse(document.getElementById(id).textContent ?? "null");
}
async function picture(source) {
    const image = new Image();
    image.src = source;
    await image.decode().catch(() => undefined);
    return image;
}
