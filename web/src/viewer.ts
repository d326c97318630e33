// Two pictures on one canvas: zoom and pan together, mirror, contrast, blink, and lines between marks that agree.

export type Side = "a" | "b";
/** x and y in the left picture, x and y in the right one (shares of their width and height), weight 0..1. */
export type Line = readonly [number, number, number, number, number];

type View = { zoom: number; x: number; y: number };
const FRESH: View = { zoom: 1, x: 0.5, y: 0.5 };
const CONTRASTS = ["none", "contrast(1.5)", "contrast(2) brightness(1.25)", "contrast(1.6) brightness(1.8)"];

export class Viewer {
  private readonly context: CanvasRenderingContext2D;
  private readonly images: Partial<Record<Side, HTMLImageElement>> = {};
  private readonly shift: Record<Side, { x: number; y: number }> = { a: { x: 0, y: 0 }, b: { x: 0, y: 0 } };
  private view: View = { ...FRESH };
  private lines: readonly Line[] = [];
  private drawn = 0;
  flipped = false;
  contrast = 0;
  blinking = false;
  linesShown = false;
  opacity = 0.7;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext("2d", { alpha: false })!;
    new ResizeObserver(() => this.draw()).observe(canvas);
    this.listenToMouse();
  }

  /** Show a pair; the view goes back to the whole pictures. */
  show(a: HTMLImageElement, b: HTMLImageElement): void {
    this.images.a = a;
    this.images.b = b;
    this.lines = [];
    this.linesShown = false;
    this.blinking = false;
    this.plain(false);
    this.paint();
  }

  /** Put another picture of the same animal on one side. */
  put(side: Side, image: HTMLImageElement): void {
    this.images[side] = image;
    this.lines = [];
    this.linesShown = false;
    this.draw();
  }

  setLines(lines: readonly Line[]): void {
    this.lines = lines;
    this.draw();
  }

  /** Whole pictures again; contrast and mirror too, unless they shall stay. */
  plain(all = true): void {
    this.view = { ...FRESH };
    this.shift.a = { x: 0, y: 0 };
    this.shift.b = { x: 0, y: 0 };
    if (all) {
      this.contrast = 0;
      this.flipped = false;
    }
    this.draw();
  }

  moreContrast(): void {
    this.contrast = (this.contrast + 1) % CONTRASTS.length;
    this.draw();
  }

  zoom(factor: number): void {
    this.view.zoom = Math.min(Math.max(this.view.zoom * factor, 1), 16);
    this.hold();
  }

  /** Move both pictures by shares of what is seen. */
  pan(right: number, down: number): void {
    this.view.x += (this.flipped ? -right : right) / this.view.zoom;
    this.view.y += down / this.view.zoom;
    this.hold();
  }

  /** Draw at the next frame of the screen, however often it is asked. */
  draw(): void {
    if (this.drawn) return;
    this.drawn = requestAnimationFrame(() => this.paint());
  }

  private hold(): void {
    const room = 0.5 - 0.5 / this.view.zoom + 0.25;
    this.view.x = Math.min(Math.max(this.view.x, 0.5 - room), 0.5 + room);
    this.view.y = Math.min(Math.max(this.view.y, 0.5 - room), 0.5 + room);
    this.draw();
  }

  private paint(): void {
    if (this.drawn) cancelAnimationFrame(this.drawn);
    this.drawn = 0;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * ratio);
    const height = Math.round(this.canvas.clientHeight * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    const context = this.context;
    context.filter = "none";
    context.fillStyle = "#17191b";
    context.fillRect(0, 0, width, height);
    for (const side of ["a", "b"] as const) this.paintSide(side, width, height);
    context.fillStyle = "#fffdf9";
    context.fillRect(width / 2 - ratio, 0, 2 * ratio, height);
    if (this.linesShown) this.paintLines(width, height, ratio);
  }

  private place(side: Side, width: number, height: number): { x: number; y: number; w: number; h: number } {
    const image = this.images[this.blinking ? (side === "a" ? "b" : "a") : side]!;
    const half = width / 2;
    const fit = Math.min(half / image.naturalWidth, height / image.naturalHeight) * this.view.zoom;
    const w = image.naturalWidth * fit;
    const h = image.naturalHeight * fit;
    const x = this.view.x + this.shift[side].x;
    const y = this.view.y + this.shift[side].y;
    const left = (side === "a" ? 0 : half) + half / 2;
    return { x: left - w * (this.flipped ? 1 - x : x), y: height / 2 - h * y, w, h };
  }

  private paintSide(side: Side, width: number, height: number): void {
    const image = this.images[this.blinking ? (side === "a" ? "b" : "a") : side];
    if (image === undefined || image.naturalWidth === 0) return;
    const { x, y, w, h } = this.place(side, width, height);
    const context = this.context;
    context.save();
    context.beginPath();
    context.rect(side === "a" ? 0 : width / 2, 0, width / 2, height);
    context.clip();
    context.filter = CONTRASTS[this.contrast]!;
    context.imageSmoothingQuality = "high";
    if (this.flipped) {
      context.translate(2 * x + w, 0);
      context.scale(-1, 1);
    }
    context.drawImage(image, x, y, w, h);
    context.restore();
  }

  private paintLines(width: number, height: number, ratio: number): void {
    if (this.images.a === undefined || this.images.b === undefined || this.blinking) return;
    const a = this.place("a", width, height);
    const b = this.place("b", width, height);
    const context = this.context;
    const across = (share: number): number => (this.flipped ? 1 - share : share);
    const heaviest = Math.max(1e-9, ...this.lines.map((line) => line[4]));
    for (const [ax, ay, bx, by, weight] of this.lines) {
      const from = { x: a.x + a.w * across(ax), y: a.y + a.h * ay };
      const to = { x: b.x + b.w * across(bx), y: b.y + b.h * by };
      if (from.x > width / 2 || to.x < width / 2) continue;
      context.globalAlpha = this.opacity * (0.5 + 0.5 * (weight / heaviest));
      for (const [colour, thick] of [["#000", 3], ["#ffd166", 1.8]] as const) {
        context.strokeStyle = colour;
        context.lineWidth = thick * ratio;
        context.beginPath();
        context.moveTo(from.x, from.y);
        context.lineTo(to.x, to.y);
        for (const end of [from, to]) {
          context.moveTo(end.x + 4 * ratio, end.y);
          context.arc(end.x, end.y, 4 * ratio, 0, 2 * Math.PI);
        }
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }

  private listenToMouse(): void {
    let last: { x: number; y: number; alone: Side | null } | null = null;
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 500));
    }, { passive: false });
    this.canvas.addEventListener("dblclick", () => this.plain(false));
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      const side: Side = event.offsetX < this.canvas.clientWidth / 2 ? "a" : "b";
      last = { x: event.clientX, y: event.clientY, alone: event.shiftKey ? side : null };
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (last === null) return;
      const dx = (last.x - event.clientX) / (this.canvas.clientWidth / 2);
      const dy = (last.y - event.clientY) / this.canvas.clientHeight;
      if (last.alone === null) {
        this.pan(dx, dy);
      } else {
        this.shift[last.alone].x += (this.flipped ? -dx : dx) / this.view.zoom;
        this.shift[last.alone].y += dy / this.view.zoom;
        this.draw();
      }
      last = { ...last, x: event.clientX, y: event.clientY };
    });
    this.canvas.addEventListener("pointerup", () => (last = null));
    this.canvas.addEventListener("pointercancel", () => (last = null));
  }
}
