/** The text beside the pointer. */

const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("aria-hidden", "true");
tip.hidden = true;
document.body.append(tip);

function show({ clientX, clientY }: PointerEvent, text: string): void {
  tip.hidden = false;
  tip.textContent = text;
  tip.style.left = `${Math.max(4, Math.min(clientX + 14, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${Math.max(4, clientY - tip.offsetHeight - 10)}px`;
}

/** While the pointer is over a canvas, shows the text of `textAt` for the pixel (x, y) below it. */
export function showTipOver(canvas: HTMLCanvasElement, textAt: (x: number, y: number) => string): void {
  const pixelAt = (share: number, size: number) => Math.max(0, Math.min(size - 1, Math.floor(share * size)));
  const onPointer = (event: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    const x = pixelAt((event.clientX - box.left) / box.width, canvas.width);
    const y = pixelAt((event.clientY - box.top) / box.height, canvas.height);
    show(event, textAt(x, y));
  };
  canvas.addEventListener("pointermove", onPointer);
  canvas.addEventListener("pointerdown", onPointer);
  canvas.addEventListener("pointerleave", () => (tip.hidden = true));
}
