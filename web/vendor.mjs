// Puts the map library and the reader of its tiles, as their makers built them, into the package, with the licences of
// all that is in them:  npm ci && npm run vendor
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const target = join(here, "..", "src", "pardus", "web", "vendor");
const files = {
  "maplibre-gl.js": "maplibre-gl/dist/maplibre-gl.mjs",
  "maplibre-gl-worker.js": "maplibre-gl/dist/maplibre-gl-worker.mjs",
  "pmtiles.js": "pmtiles/dist/pmtiles.js",
};
const tops = ["maplibre-gl", "pmtiles"];
const about = (name) => JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
const needed = [...new Set(tops.flatMap((top) => [top, ...Object.keys(about(top).dependencies)]))]
  .filter((name) => !name.startsWith("@types/"))
  .sort();

mkdirSync(target, { recursive: true });
const hashes = {};
for (const [name, source] of Object.entries(files)) {
  const text = readFileSync(join(modules, source), "utf8").replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
  writeFileSync(join(target, name), text);
  hashes[name] = createHash("sha256").update(text).digest("hex");
}
const texts = [];
for (const name of needed) {
  const { version, license } = about(name);
  const folder = join(modules, name);
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  const own = join(here, "licences", `${name.replaceAll("/", "-")}.txt`); // where the package forgot its text
  const text = file ? readFileSync(join(folder, file), "utf8") : existsSync(own) ? readFileSync(own, "utf8") : null;
  if (text === null) throw new Error(`${name} has no licence text`);
  texts.push(`${"=".repeat(100)}\n${name} ${version} (${license})\n${"=".repeat(100)}\n\n${text.trim()}\n`);
}
writeFileSync(join(target, "LICENCES.txt"), texts.join("\n").replaceAll("\r\n", "\n"));
const versions = Object.fromEntries(needed.map((name) => [name, about(name).version]));
writeFileSync(join(target, "versions.json"), `${JSON.stringify({ files: hashes, packages: versions }, null, 1)}\n`);
