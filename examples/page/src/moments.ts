/** A strip of the moments at which the label changed. */
import type { Label } from "./messages.js";

const numMoments = 8;
const side = 160;
/** The lowest score of a label that is kept, and the milliseconds between two. */
const leastScore = 0.35;
const leastMs = 700;

export class Moments {
  #label = "";
  #time = 0;
  #still = newStill();

  constructor(
    readonly section: HTMLElement,
    readonly video: HTMLVideoElement,
  ) {}

  /** Keeps the middle square of the current frame, for which labels will follow. */
  look(): void {
    const { videoWidth, videoHeight } = this.video;
    const size = Math.min(videoWidth, videoHeight);
    const [x, y] = [(videoWidth - size) / 2, (videoHeight - size) / 2];
    this.#still.getContext("2d")!.drawImage(this.video, x, y, size, size, 0, 0, side, side);
  }

  add({ label, score }: Label): void {
    const now = performance.now();
    if (label === this.#label || score < leastScore || now - this.#time < leastMs) return;
    [this.#label, this.#time] = [label, now];
    const strip = this.section.querySelector(".strip")!;
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    caption.textContent = label;
    figure.append(this.#still, caption);
    this.#still = newStill();
    strip.prepend(figure);
    while (strip.children.length > numMoments) strip.lastElementChild!.remove();
    this.section.hidden = false;
  }
}

const newStill = () => Object.assign(document.createElement("canvas"), { width: side, height: side });
