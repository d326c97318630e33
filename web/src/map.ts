// A map on the partner's own basemap, in place of the plain one: only where there is such a file and the browser can
// draw it. Everything comes from the desk; whatever fails, the plain map stays.

import * as maplibre from "./maplibre-gl.js";

type Ground = {
  file: string; bounds: [number, number, number, number] | null;
  stations: object; outlines: object; paths: object;
};
type Header = { tileType: number; minZoom: number; maxZoom: number };
type Archive = { getHeader(): Promise<Header>; getMetadata(): Promise<unknown> };
declare const pmtiles: {
  PMTiles: new (address: string) => Archive;
  Protocol: new () => { add(archive: Archive): void; tile: unknown };
};

const VECTOR = 1;
const INK = "#1d2327";
const place = document.querySelector<HTMLElement>("[data-map]");
const said = document.getElementById("map-data");
if (place !== null && said !== null && draws()) {
  await show(place, JSON.parse(said.textContent ?? "") as Ground).catch(() => plain(place, false));
}

function draws(): boolean {
  const canvas = document.createElement("canvas");
  const found = canvas.getContext("webgl2");
  found?.getExtension("WEBGL_lose_context")?.loseContext();
  return found !== null;
}

/** Show the plain map (the other one can be had again, unless it failed). */
function plain(whole: HTMLElement, again: boolean): void {
  whole.querySelector<HTMLElement>("[data-map-base]")!.hidden = true;
  whole.querySelector<HTMLElement>("[data-map-plain]")!.hidden = false;
  whole.querySelector<HTMLElement>("[data-map-bar]")!.hidden = !again;
}

async function show(whole: HTMLElement, ground: Ground): Promise<void> {
  const address = new URL(ground.file, location.href).href;
  const archive = new pmtiles.PMTiles(address);
  const protocol = new pmtiles.Protocol();
  protocol.add(archive);
  const [header, metadata] = await Promise.all([archive.getHeader(), archive.getMetadata()]);
  const base = whole.querySelector<HTMLElement>("[data-map-base]")!;
  const drawn = whole.querySelector<HTMLElement>("[data-map-plain]")!;
  const bar = whole.querySelector<HTMLElement>("[data-map-bar]")!;
  maplibre.addProtocol("pmtiles", protocol.tile);
  maplibre.setWorkerUrl(new URL("/static/maplibre-gl-worker.js", location.href).href);
  maplibre.setWorkerCount(1);
  base.hidden = false;
  const map = new maplibre.Map({
    container: base.querySelector<HTMLElement>("[data-map-canvas]")!,
    style: {
      version: 8,
      sources: {
        base: { url: `pmtiles://${address}`, ...(header.tileType === VECTOR ? { type: "vector" } : { type: "raster", tileSize: 256 }) },
        outlines: { type: "geojson", data: ground.outlines },
        paths: { type: "geojson", data: ground.paths },
        stations: { type: "geojson", data: ground.stations },
      },
      layers: [
        { id: "paper", type: "background", paint: { "background-color": "#f4f1ea" } },
        ...(header.tileType === VECTOR ? layersOf(metadata) : [{ id: "base", type: "raster", source: "base" }]),
        ...own(),
      ],
    },
    ...(ground.bounds === null ? {} : { bounds: ground.bounds, fitBoundsOptions: { padding: 40, maxZoom: 13 } }),
    locale: {
      "Map.Title": whole.dataset.title ?? "", "ScaleControl.Kilometers": whole.dataset.km ?? "km",
      "ScaleControl.Meters": whole.dataset.m ?? "m",
    }, attributionControl: false, dragRotate: false, pitchWithRotate: false, maxPitch: 0, fadeDuration: 0,
  });
  map.addControl(new maplibre.ScaleControl({ unit: "metric" }), "bottom-left");
  base.querySelector<HTMLElement>("[data-map-credit]")!.textContent = credit(metadata);
  const title = base.querySelector<HTMLElement>("[data-map-title]")!;
  map.on("mousemove", "stations", (event) => {
    title.textContent = String(map.queryRenderedFeatures(event.point, { layers: ["stations"] })[0]?.properties.name ?? "");
  });
  map.on("error", (event) => { base.dataset.error = String(event.error?.message ?? "error"); });
  bar.querySelector("[data-map-in]")!.addEventListener("click", () => map.zoomIn());
  bar.querySelector("[data-map-out]")!.addEventListener("click", () => map.zoomOut());
  const other = bar.querySelector<HTMLElement>("[data-map-switch]")!;
  other.addEventListener("click", () => {
    const wanted = other.getAttribute("aria-pressed") !== "true";
    other.setAttribute("aria-pressed", String(wanted));
    if (wanted) return plain(whole, true);
    base.hidden = false;
    drawn.hidden = true;
    map.resize();
  });
  await new Promise<void>((done, failed) => {
    map.once("idle", done);
    setTimeout(() => failed(new Error("the map did not come")), 120_000);
  }).catch((error: unknown) => { map.remove(); throw error; });
  drawn.hidden = true;
  bar.hidden = false;
  base.dataset.ready = "";
}

/** Layers for whatever the tiles hold, by the names that makers of basemaps use. */
function layersOf(metadata: unknown): object[] {
  const found = (metadata as { vector_layers?: { id: string }[] } | null)?.vector_layers ?? [];
  const fills: [RegExp, string, number][] = [
    [/earth|land$/, "#f4f1ea", 1], [/landcover|landuse|wood|forest|park|green/, "#dfe7d2", 2],
    [/glacier|ice/, "#eef3f5", 2], [/water|ocean|sea|lake/, "#c3d7e2", 3], [/building/, "#ddd6c8", 4],
  ];
  const lines: [RegExp, string, number][] = [
    [/water|river|stream/, "#9dbccd", 5], [/contour/, "#ddd2bd", 4], [/road|transport|highway|track|path|rail/, "#a99f8d", 6],
    [/bound|admin|border/, "#7b6f8a", 7],
  ];
  const made: [number, object][] = [];
  for (const { id } of found) {
    const common = { source: "base", "source-layer": id };
    for (const [name, colour, order] of fills) {
      if (name.test(id)) {
        const layer = { ...common, id: `${id}-fill`, type: "fill", filter: ["==", ["geometry-type"], "Polygon"],
          paint: { "fill-color": colour } };
        made.push([order, layer]);
      }
    }
    const line = lines.find(([name]) => name.test(id));
    if (line !== undefined) {
      const paint = { "line-color": line[1], "line-width": 1, ...(line[2] === 7 ? { "line-dasharray": [3, 2] } : {}) };
      made.push([line[2], { ...common, id: `${id}-line`, type: "line", filter: ["==", ["geometry-type"], "LineString"], paint }]);
    }
  }
  return made.sort((a, b) => a[0] - b[0]).map(([, layer]) => layer);
}

/** What the survey itself knows, above the basemap. */
function own(): object[] {
  const kind = (name: string): object[] => ["==", ["get", "kind"], name] as unknown as object[];
  return [
    { id: "sea", type: "fill", source: "outlines", filter: kind("sea"), paint: { "fill-color": "#b9d2df", "fill-opacity": 0.5 } },
    { id: "region", type: "line", source: "outlines", filter: kind("region"), paint: { "line-color": "#5b6b3a", "line-width": 2 } },
    { id: "study", type: "line", source: "outlines", filter: kind("study"), paint: { "line-color": INK, "line-width": 1.5, "line-dasharray": [4, 2] } },
    { id: "paths", type: "line", source: "paths", paint: { "line-color": "#a8480b", "line-width": 2 } },
    { id: "stations", type: "circle", source: "stations", paint: {
      "circle-radius": ["get", "radius"], "circle-color": ["case", ["get", "seen"], "#0b5c8a", "#ffffff"],
      "circle-stroke-color": ["case", ["get", "seen"], "#ffffff", "#0b5c8a"], "circle-stroke-width": 1.5 } },
  ];
}

/** Who made the basemap, as plain text. */
function credit(metadata: unknown): string {
  const text = String((metadata as { attribution?: unknown } | null)?.attribution ?? "");
  const named: Record<string, string> = { amp: "&", copy: "©", lt: "<", gt: ">", quot: '"', nbsp: " " };
  return text.replace(/<[^>]*>/g, "").replace(/&(\w+);/g, (all, name: string) => named[name] ?? all);
}
