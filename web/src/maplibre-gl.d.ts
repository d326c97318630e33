// What of the map library (vendor/maplibre-gl.js) the desk uses.

export type Style = { version: 8; sources: Record<string, object>; layers: object[] };

export class Map {
  constructor(options: {
    container: HTMLElement; style: Style; bounds?: [number, number, number, number]; fitBoundsOptions?: object;
    attributionControl?: false; dragRotate?: boolean; pitchWithRotate?: boolean; maxPitch?: number;
    fadeDuration?: number; locale?: Record<string, string>;
  });
  on(event: string, listener: (event: { error?: Error }) => void): this;
  once(event: string, listener: () => void): this;
  addControl(control: ScaleControl, position: string): void;
  zoomIn(): void;
  zoomOut(): void;
  remove(): void;
  resize(): void;
  getCanvas(): HTMLCanvasElement;
  queryRenderedFeatures(point: object, options: { layers: string[] }): { properties: Record<string, unknown> }[];
  on(event: string, layer: string, listener: (event: { point: object }) => void): this;
}

export class ScaleControl {
  constructor(options: { unit: "metric" });
}

export function addProtocol(name: string, load: unknown): void;
export function setWorkerUrl(address: string): void;
export function setWorkerCount(count: number): void;
