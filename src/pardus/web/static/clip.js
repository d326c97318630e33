// A clip frame by frame: every frame is a picture of its own, so that its number is exact.
import { listen, pageKeymap } from "./keys.js";
const place = document.getElementById("clip");
if (place !== null)
    play(place);
function play(place) {
    const media = encodeURIComponent(String(place.dataset.media));
    const frames = Number(place.dataset.frames);
    const rate = Number(place.dataset.rate);
    const marks = (place.dataset.marks ?? "").split(",").filter(Boolean).map(Number);
    const image = place.querySelector("img");
    const slider = place.querySelector("input");
    const output = place.querySelector("output");
    const seconds = String(place.dataset.seconds);
    const two = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    let at = Number(slider.value);
    let running = false;
    const address = (frame) => `/picture/${media}?w=1280&f=${frame}`;
    async function go(frame) {
        at = Math.min(Math.max(frame, 0), frames - 1);
        slider.value = String(at);
        const mark = marks.includes(at) ? " ★" : "";
        output.textContent = `${at + 1} / ${frames} · ${seconds.replace("{n}", two.format(at / rate))}${mark}`;
        const next = new Image();
        next.src = address(at);
        await next.decode().catch(() => undefined);
        if (next.src.endsWith(address(at)))
            image.src = next.src;
        new Image().src = address(Math.min(at + 1, frames - 1));
    }
    async function run() {
        running = !running;
        if (running && at >= frames - 1)
            at = -1;
        while (running && at < frames - 1) {
            const began = performance.now();
            await go(at + 1);
            await new Promise((next) => setTimeout(next, Math.max(0, 1000 / rate - (performance.now() - began))));
        }
        running = false;
    }
    slider.addEventListener("input", () => void go(Number(slider.value)));
    for (const button of place.querySelectorAll("[data-frame]")) {
        button.addEventListener("click", () => void go(Number(button.dataset.frame)));
    }
    listen(pageKeymap(), (action) => {
        if (action === "play")
            void run();
        if (action === "step")
            void go(at + 1);
        if (action === "step-back")
            void go(at - 1);
    });
    void go(at);
}
