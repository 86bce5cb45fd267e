/** The gates of a clip on the page: the maps of one step, the thumbnails of all filters, the strips of all steps. */
import type { Gate, Maps } from "../clipData.js";
import { colourBytes, scaleTexts } from "../gateScale.js";
import { decodeMaps, mapAt, placeText, stripOf } from "./maps.js";
import { type Opacity, overlayOpacity, paint, type Palettes, pixels } from "./paint.js";
import { showTipOver } from "./tip.js";

/** A gate with its canvases: the map of one step, and the strip of all, which a film of one frame does not have. */
interface Row {
  gate: Gate;
  /** Its colours, see `colourBytes`. */
  colours: Uint8Array;
  /** The element that shows the ends of its scale. */
  scale: HTMLElement;
  map: HTMLCanvasElement;
  strip: HTMLCanvasElement | null;
}

export class GateView {
  readonly #maps: Maps;
  readonly #rows: Row[];
  readonly #state: Row;
  readonly #thumbs: NodeListOf<HTMLCanvasElement>;
  readonly #overlay: HTMLCanvasElement;
  /** The index of the current filter among those shown. */
  #filter = 0;
  #step = 0;
  #isCommon = false;

  constructor(
    readonly film: HTMLElement,
    readonly palettes: Palettes,
    data: Maps<string>,
  ) {
    this.#maps = decodeMaps(data);
    const { gates, state, width } = this.#maps;
    this.#thumbs = film.querySelectorAll<HTMLCanvasElement>(".thumb canvas");
    this.#overlay = film.querySelector<HTMLCanvasElement>(".overlay")!;
    this.#rows = gates.map((gate) => {
      const canvasIn = (element: string) =>
        film.querySelector<HTMLCanvasElement>(`${element}[data-gate="${CSS.escape(gate.name)}"] canvas`);
      const map = canvasIn("figure")!;
      const scale = map.nextElementSibling as HTMLElement;
      return { gate, colours: colourBytes(this.#maps, gate, false), scale, map, strip: canvasIn(".track") };
    });
    this.#state = this.#rows.find(({ gate }) => gate.name === state)!;
    for (const { gate, map, strip } of this.#rows) {
      const text = (step: number, x: number, y: number) => placeText(this.#maps, gate, this.#filter, step, x, y);
      showTipOver(map, (x, y) => text(this.#step, x, y));
      if (strip) showTipOver(strip, (x, y) => text(Math.floor(x / width), x % width, y));
    }
  }

  /** Shows another filter in the maps and strips. */
  chooseFilter(filter: number): void {
    this.#filter = filter;
    this.#drawAll();
  }

  /** Colours gates that have a scale for each filter by that, or by the scale that is common to all. */
  chooseScale(isCommon: boolean): void {
    this.#isCommon = isCommon;
    for (const row of this.#rows) row.colours = colourBytes(this.#maps, row.gate, isCommon);
    this.#drawAll();
  }

  #drawAll(): void {
    this.drawStrips();
    this.drawStep(this.#step);
  }

  drawStrips(): void {
    const { steps, width, isDense, filters } = this.#maps;
    for (const { gate, colours, strip, scale } of this.#rows) {
      if (strip) this.#paint(strip, gate, steps * width, stripOf(this.#maps, colours, this.#filter));
      [scale.dataset.low, scale.dataset.high] = scaleTexts(this.#maps, gate, this.#filter, this.#isCommon);
    }
    for (const dot of this.film.querySelectorAll<SVGElement>("circle[data-filter]")) {
      dot.classList.toggle("chosen", !isDense && dot.dataset.filter === String(filters[this.#filter]));
    }
  }

  drawStep(step: number): void {
    this.#step = step;
    const chosen = this.film.querySelector<HTMLInputElement>(".overlays :checked")?.value;
    this.#overlay.hidden = true;
    for (const { gate, colours, map } of this.#rows) {
      const bytes = mapAt(this.#maps, colours, this.#filter, step);
      this.#paint(map, gate, this.#maps.width, bytes);
      if (gate.name !== chosen) continue;
      this.#overlay.hidden = false;
      this.#paint(this.#overlay, gate, this.#maps.width, bytes, overlayOpacity[gate.palette]);
    }
    const { gate, colours } = this.#state;
    this.#thumbs.forEach((canvas, i) =>
      this.#paint(canvas, gate, this.#maps.width, mapAt(this.#maps, colours, i, step)),
    );
  }

  #paint(canvas: HTMLCanvasElement, gate: Gate, width: number, bytes: Uint8Array, opacityOf?: Opacity): void {
    paint(canvas, width, pixels(bytes, this.palettes[gate.palette], opacityOf));
  }
}
