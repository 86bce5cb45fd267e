/** The elements of the page. */
import type { Label } from "./messages.js";
import { Moments } from "./moments.js";

const find = <E extends HTMLElement>(selector: string): E => document.querySelector<E>(selector)!;

const numRows = 5;

export class View {
  readonly video = find<HTMLVideoElement>("video");
  readonly #caption = find(".caption");
  readonly #loading = find(".loading");
  readonly #rate = find(".rate");
  readonly #progress = find<HTMLProgressElement>("progress");
  readonly #error = find(".error");
  readonly #stop = find<HTMLButtonElement>(".stop");
  readonly #title = find(".model span");
  readonly #rows: { row: HTMLElement; name: HTMLElement; score: HTMLElement }[];
  readonly #moments = new Moments(find(".moments"), this.video);
  /** The times of the last labels, in milliseconds. */
  #times: number[] = [];
  /** What is being loaded, as text: a network, a film, or both. */
  #loads = new Map<"network" | "film", string>();

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
    // Each of these answers an error or makes it old.
    for (const control of document.querySelectorAll("button, input")) {
      control.addEventListener("click", () => (this.#error.hidden = true));
    }
    this.video.onresize = () => this.#fitStage();
    this.video.onloadstart = () => this.loading("film", "the film");
    this.video.onloadeddata = this.video.onerror = this.video.onemptied = () => this.loaded("film");
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

  /** Says that a network or a film is being loaded, and how many bytes have come where that is known. */
  loading(
    what: "network" | "film",
    name: string,
    bytes?: { loadedBytes: number; totalBytes: number | undefined },
  ): void {
    this.#loads.set(what, `Loading ${name}${bytes ? `: ${megabytes(bytes)}` : ""}`);
    this.#showLoads();
  }

  loaded(what: "network" | "film"): void {
    this.#loads.delete(what);
    this.#showLoads();
  }

  #showLoads(): void {
    this.#loading.textContent = [...this.#loads.values()].join(", ");
    this.#loading.hidden = this.#loads.size === 0;
  }

  /** Another network sees the film from now on. */
  ready(title: string): void {
    this.#title.textContent = title;
    this.#caption.textContent = "";
    for (const { row } of this.#rows) row.hidden = true;
    this.#progress.hidden = true;
  }

  /** Shows the progress of a frame that takes more than 400 ms. */
  working(share: number): void {
    const isLong = performance.now() - (this.#times.at(-1) ?? 0) > 400;
    this.#progress.hidden = !isLong || share === 1;
    this.#progress.value = share;
  }

  /** A frame has been sent to the worker. */
  looking(): void {
    this.#moments.look();
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
  }

  /** Shows one line, until the user does something else. */
  failed(message: string): void {
    this.#error.textContent = message;
    this.#error.hidden = false;
    this.#progress.hidden = true;
  }
}

/** "3.1 of 16.9 MB", or "3.1 MB" where the total is unknown. */
function megabytes({ loadedBytes, totalBytes }: { loadedBytes: number; totalBytes: number | undefined }): string {
  const [loaded, total] = [loadedBytes, totalBytes ?? 0].map((bytes) => (bytes / 1e6).toFixed(1));
  return totalBytes === undefined ? `${loaded} MB` : `${loaded} of ${total} MB`;
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
