/** The elements of the page. */
import type { Label } from "./messages.js";
import { Moments } from "./moments.js";

const find = <E extends HTMLElement>(selector: string): E => document.querySelector<E>(selector)!;

const numRows = 5;

export class View {
  readonly video = find<HTMLVideoElement>("video");
  readonly #caption = find(".caption");
  readonly #rate = find(".rate");
  readonly #progress = find<HTMLProgressElement>("progress");
  readonly #stop = find<HTMLButtonElement>(".stop");
  readonly #title = find(".model span");
  readonly #rows: { row: HTMLElement; name: HTMLElement; score: HTMLElement }[];
  readonly #moments = new Moments(find(".moments"), this.video);
  /** The times of the last labels, in milliseconds. */
  #times: number[] = [];

  onSample = () => {};
  onCamera = () => {};
  onStop = () => {};
  onFilm = (_file: File) => {};
  onModel = (_file: File) => {};

  constructor() {
    this.#rows = Array.from({ length: numRows }, makeRow);
    find(".answer ol").append(...this.#rows.map(({ row }) => row));
    find(".sample").onclick = () => this.onSample();
    find(".camera").onclick = () => this.onCamera();
    this.#stop.onclick = () => this.onStop();
    chosen(".filmFile", (file) => this.onFilm(file));
    chosen(".modelFile", (file) => this.onModel(file));
    this.video.onresize = () => this.#fitStage();
  }

  /** Gives the stage the proportions of the film, and marks the square that the network sees. */
  #fitStage(): void {
    const { videoWidth, videoHeight } = this.video;
    const stage = find(".stage");
    stage.style.aspectRatio = `${videoWidth} / ${videoHeight}`;
    stage.style.setProperty("--proportions", `${videoWidth / videoHeight}`);
    stage.classList.toggle("tall", videoHeight > videoWidth);
    stage.classList.toggle("square", videoHeight === videoWidth);
  }

  /** `share`: from 0 to 1, undefined where the total is unknown. */
  loading(share: number | undefined): void {
    this.#caption.textContent = "Loading the network";
    this.#showProgress(share);
  }

  ready(title: string): void {
    this.#title.textContent = title;
    this.#caption.textContent = "";
    this.#progress.hidden = true;
  }

  /** Shows the progress of a frame that takes more than 400 ms. */
  working(share: number): void {
    const isLong = performance.now() - (this.#times.at(-1) ?? 0) > 400;
    if (isLong && share < 1) this.#showProgress(share);
    else this.#progress.hidden = true;
  }

  #showProgress(share: number | undefined): void {
    this.#progress.hidden = false;
    if (share === undefined) this.#progress.removeAttribute("value");
    else this.#progress.value = share;
  }

  /** A frame has been sent to the worker. */
  looking(): void {
    this.#moments.look();
  }

  waiting(note: string): void {
    this.#caption.textContent = note;
    this.#count();
  }

  seen(labels: readonly Label[]): void {
    this.#caption.textContent = labels[0].label;
    this.#rows.forEach(({ row, name, score }, i) => {
      row.hidden = i >= labels.length;
      if (row.hidden) return;
      name.textContent = labels[i].label;
      score.textContent = labels[i].score < 0.005 ? "< 1 %" : `${(100 * labels[i].score).toFixed(0)} %`;
      row.style.setProperty("--score", `${labels[i].score}`);
    });
    this.#moments.add(labels[0]);
    this.#count();
  }

  /** Frames a second, over the last two. */
  #count(): void {
    const now = performance.now();
    this.#times = [...this.#times, now].filter((time) => now - time < 2000);
    const seconds = (now - this.#times[0]) / 1000;
    this.#rate.hidden = !(seconds > 0);
    this.#rate.textContent = `${((this.#times.length - 1) / seconds).toFixed(1)} frames / s`;
  }

  running(isRunning: boolean): void {
    this.#stop.textContent = isRunning ? "Stop" : "Go on";
    this.#times = [];
    this.#rate.hidden = true;
    this.#progress.hidden = true;
    if (document.body.classList.contains("failed")) this.#caption.textContent = "";
    document.body.classList.remove("failed");
  }

  failed(message: string): void {
    document.body.classList.add("failed");
    this.#caption.textContent = message;
    this.#progress.hidden = true;
  }
}

function makeRow() {
  const row = document.createElement("li");
  const [name, score] = ["span", "b"].map((tag) => row.appendChild(document.createElement(tag)));
  row.hidden = true;
  return { row, name, score };
}

function chosen(selector: string, use: (file: File) => void): void {
  const input = find<HTMLInputElement>(selector);
  input.onchange = () => {
    if (input.files![0]) use(input.files![0]);
    input.value = ""; // so that the same file may be chosen again
  };
}
