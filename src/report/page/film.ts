/** One film of the report: the current time step, and the controls that change it. */
import type { ClipData } from "../clipData.js";
import { clampShare, percent } from "../numberText.js";
import type { LabelScore } from "../report.js";
import { watchEdges } from "./edges.js";
import { GateView } from "./gateView.js";
import type { Palettes } from "./paint.js";

const framesPerSecond = 6;

export class Film {
  readonly #data: ClipData;
  readonly #gates: GateView | undefined;
  readonly #frames: NodeListOf<HTMLImageElement>;
  readonly #screen: HTMLImageElement;
  readonly #button: HTMLButtonElement | null;
  readonly #slider: HTMLInputElement | null;
  readonly #scroller: HTMLElement | null;
  readonly #numSteps: number;
  #step = 0;
  /** The timer of the film while it plays. */
  #timer: number | undefined;

  constructor(
    readonly element: HTMLElement,
    palettes: Palettes,
  ) {
    this.#data = JSON.parse(element.querySelector("script.clip")!.textContent!) as ClipData;
    this.#gates = this.#data.maps && new GateView(element, palettes, this.#data.maps);
    this.#frames = element.querySelectorAll<HTMLImageElement>(".track img");
    this.#screen = element.querySelector<HTMLImageElement>(".screen img")!;
    this.#button = element.querySelector("button");
    this.#slider = element.querySelector<HTMLInputElement>(".player input");
    this.#scroller = element.querySelector<HTMLElement>(".scroller");
    this.#numSteps = Math.max(1, this.#frames.length);
    this.#listen();
    this.#gates?.drawStrips();
    this.#draw();
  }

  #draw(): void {
    const { element } = this;
    const { times, labels } = this.#data;
    const step = this.#step;
    this.#gates?.drawStep(step);
    if (this.#frames.length > 0) this.#screen.src = this.#frames[step].src;
    this.#screen.alt = `frame ${step}`;
    if (labels) element.querySelector(".seen")!.replaceChildren(...labels[step].map(scoreRow));
    element.style.setProperty("--step", String(step));
    for (const line of element.querySelectorAll<SVGElement>(".now line")) {
      const stepWidth = Number(line.closest("svg")!.dataset.stepWidth);
      line.setAttribute("transform", `translate(${step * stepWidth}, 0)`);
    }
    if (!this.#slider) return;
    const text = `step ${step} of ${this.#numSteps - 1}${times ? `, ${times[step].toFixed(2)} s` : ""}`;
    this.#slider.value = String(step);
    this.#slider.setAttribute("aria-valuetext", text);
    element.querySelector("output")!.textContent = text;
  }

  #goTo(step: number): void {
    this.#step = Math.max(0, Math.min(this.#numSteps - 1, step));
    this.#draw();
    this.#scrollToStep();
  }

  /** Brings the step into sight, where the strip is wider than the window. */
  #scrollToStep(): void {
    const scroller = this.#scroller;
    if (!scroller) return;
    const widthOf = (selector: string) => this.element.querySelector<HTMLElement>(selector)!.offsetWidth;
    const cell = widthOf(".track") / this.#numSteps;
    const visible = scroller.clientWidth - widthOf(".strip .label");
    const left = this.#step * cell;
    if (left < scroller.scrollLeft) scroller.scrollLeft = left;
    else if (left + cell > scroller.scrollLeft + visible) scroller.scrollLeft = left + cell - visible;
  }

  #togglePlay(): void {
    const isPlaying = this.#timer !== undefined;
    window.clearInterval(this.#timer);
    const next = () => this.#goTo((this.#step + 1) % this.#numSteps);
    this.#timer = isPlaying ? undefined : window.setInterval(next, 1000 / framesPerSecond);
    this.#button!.textContent = isPlaying ? "Play" : "Pause";
  }

  #listen(): void {
    const { element } = this;
    if (this.#scroller) watchEdges(this.#scroller);
    element.addEventListener("keydown", (event) => this.#onKey(event));
    this.#button?.addEventListener("click", () => this.#togglePlay());
    this.#slider?.addEventListener("input", () => this.#goTo(Number(this.#slider!.value)));
    element.addEventListener("change", ({ target }) => {
      const { name, value } = target as HTMLInputElement;
      if (name.startsWith("filter")) this.#gates?.chooseFilter(Number(value));
      else if (name.startsWith("scale")) this.#gates?.chooseScale(value === "common");
      else this.#draw();
    });
    for (const track of element.querySelectorAll<HTMLElement>(".track")) {
      track.addEventListener("click", ({ clientX }) => {
        const box = track.getBoundingClientRect();
        this.#goTo(Math.floor(((clientX - box.left) / box.width) * this.#numSteps));
      });
    }
  }

  #onKey(event: KeyboardEvent): void {
    // Radio buttons and buttons have keys of their own.
    if (this.#numSteps === 1 || (event.target as Element).matches("[type=radio], button")) return;
    const targets: Record<string, number> = {
      ArrowLeft: this.#step - 1,
      ArrowRight: this.#step + 1,
      Home: 0,
      End: this.#numSteps - 1,
    };
    if (event.key === " ") this.#togglePlay();
    else if (event.key in targets) this.#goTo(targets[event.key]);
    else return;
    event.preventDefault();
  }
}

function scoreRow({ label, score }: LabelScore): HTMLLIElement {
  const row = document.createElement("li");
  const [name, bar, number] = ["span", "i", "b"].map((tag) => document.createElement(tag));
  name.textContent = label;
  bar.style.setProperty("--share", String(clampShare(score)));
  number.textContent = percent(score);
  row.append(name, bar, number);
  return row;
}
