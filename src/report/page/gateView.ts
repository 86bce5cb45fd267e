/** The gates of a clip on the page: the maps of one step, the thumbnails of all filters, the strips of all steps. */
import type { MapsData } from "../clipData.js";
import { decodeMaps, type Gate, mapAt, type Maps, placeText, stripOf } from "./maps.js";
import { overlayOpacity, paint, type Palettes, pixels } from "./paint.js";
import { showTipOver } from "./tip.js";

export class GateView {
  readonly #maps: Maps;
  readonly #state: Gate;
  readonly #thumbs: NodeListOf<HTMLCanvasElement>;
  readonly #overlay: HTMLCanvasElement;
  /** Which of the filters shown. */
  #filter = 0;
  #step = 0;

  constructor(
    readonly film: HTMLElement,
    readonly palettes: Palettes,
    data: MapsData,
  ) {
    this.#maps = decodeMaps(data);
    this.#state = this.#maps.gates.find(({ name }) => name === data.state)!;
    this.#thumbs = film.querySelectorAll<HTMLCanvasElement>(".thumb canvas");
    this.#overlay = film.querySelector<HTMLCanvasElement>(".overlay")!;
    const { width } = this.#maps;
    for (const gate of this.#maps.gates) {
      const text = (step: number, x: number, y: number) => placeText(this.#maps, gate, this.#filter, step, x, y);
      showTipOver(this.#mapOf(gate)!, (x, y) => text(this.#step, x, y));
      const strip = this.#stripOf(gate);
      if (strip) showTipOver(strip, (x, y) => text(Math.floor(x / width), x % width, y));
    }
  }

  /** Shows another filter in the maps and strips. */
  chooseFilter(filter: number): void {
    this.#filter = filter;
    this.drawStrips();
    this.drawStep(this.#step);
  }

  drawStrips(): void {
    const { gates, steps, width, isDense, filters } = this.#maps;
    for (const gate of gates) {
      const canvas = this.#stripOf(gate);
      if (canvas) this.#paint(canvas, gate, steps * width, stripOf(this.#maps, gate, this.#filter));
    }
    for (const dot of this.film.querySelectorAll<SVGElement>("circle[data-filter]")) {
      dot.classList.toggle("chosen", !isDense && dot.dataset.filter === String(filters[this.#filter]));
    }
  }

  drawStep(step: number): void {
    this.#step = step;
    const { gates, width } = this.#maps;
    for (const gate of gates) this.#paint(this.#mapOf(gate)!, gate, width, this.#mapAt(gate));
    this.#thumbs.forEach((canvas, i) =>
      this.#paint(canvas, this.#state, width, mapAt(this.#maps, this.#state, i, step)),
    );
    const chosen = this.film.querySelector<HTMLInputElement>(".overlays :checked")?.value;
    const over = gates.find(({ name }) => name === chosen);
    this.#overlay.hidden = !over;
    if (over) this.#paint(this.#overlay, over, width, this.#mapAt(over), overlayOpacity[over.palette]);
  }

  #mapAt(gate: Gate): Uint8Array {
    return mapAt(this.#maps, gate, this.#filter, this.#step);
  }

  #paint(
    canvas: HTMLCanvasElement,
    gate: Gate,
    width: number,
    bytes: Uint8Array,
    opacityOf?: (byte: number) => number,
  ): void {
    paint(canvas, width, pixels(bytes, this.palettes[gate.palette], opacityOf));
  }

  #mapOf({ name }: Gate): HTMLCanvasElement | null {
    return this.film.querySelector(`figure[data-gate="${CSS.escape(name)}"] canvas`);
  }

  /** A film of one frame has no strips. */
  #stripOf({ name }: Gate): HTMLCanvasElement | null {
    return this.film.querySelector(`.track[data-gate="${CSS.escape(name)}"] canvas`);
  }
}
