// A box drawn on a picture with the mouse goes into the fields of the form, in percent; nothing is said before it is sent.

const place = document.getElementById("look");
if (place !== null) draw(place);

function draw(place: HTMLElement): void {
  const form = document.querySelector<HTMLFormElement>("form[action$='/box']")!;
  const draft = place.querySelector<SVGRectElement>(".draft")!;
  const names = ["x", "y", "width", "height"] as const;
  const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
  let from: { x: number; y: number } | null = null;

  const at = (event: PointerEvent): { x: number; y: number } => {
    const box = place.getBoundingClientRect();
    const share = (value: number, size: number): number => Math.min(Math.max((100 * value) / size, 0), 100);
    return { x: share(event.clientX - box.left, box.width), y: share(event.clientY - box.top, box.height) };
  };

  function show(): void {
    for (const name of names) draft.setAttribute(name, field(name).value || "0");
  }

  place.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    place.setPointerCapture(event.pointerId);
    from = at(event);
  });
  place.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = at(event);
    const values = [Math.min(from.x, to.x), Math.min(from.y, to.y), Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
    names.forEach((name, n) => (field(name).value = values[n]!.toFixed(1)));
    show();
  });
  place.addEventListener("pointerup", () => (from = null));
  for (const name of names) field(name).addEventListener("input", show);
}
