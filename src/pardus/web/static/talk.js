// Talking to the server: JSON out and back, with the token of the session.
export class Refused extends Error {
    status;
    constructor(message, status) {
        super(message);
        this.status = status;
    }
}
/** Send something that changes the survey. Throws Refused with the server's own words, TypeError without a server. */
export async function say(path, fields) {
    const answer = await fetch(path, {
        method: "POST",
        credentials: "same-origin",
        headers: { "content-type": "application/json", "x-pardus-csrf": document.body.dataset.csrf ?? "" },
        body: JSON.stringify(fields),
    });
    if (!answer.ok)
        throw new Refused(await words(answer), answer.status);
    return (await answer.json());
}
/** Ask for something. */
export async function ask(path) {
    const answer = await fetch(path, { credentials: "same-origin", headers: { accept: "application/json" } });
    if (!answer.ok)
        throw new Refused(await words(answer), answer.status);
    return (await answer.json());
}
async function words(answer) {
    const text = await answer.text();
    try {
        return String(JSON.parse(text).error ?? text);
    }
    catch {
        return text.slice(0, 300);
    }
}
/** Return an id for something said: the same id sent twice is said once. A UUID of version 7. */
export function newId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    let time = Date.now();
    for (let i = 5; i >= 0; i--) {
        bytes[i] = time % 256;
        time = Math.floor(time / 256);
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
