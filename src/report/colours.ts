/** The colours of gates and states: perceptually uniform scales that stay apart for the colour-blind. */
import { scale } from "@observablehq/plot";
import type { Colour } from "./canvas.js";

export type PaletteName = "sequential" | "diverging";

/** Values are kept as bytes: 0 to `top` along the scale, and one more for what is no number. */
export const top = 254;
export const notANumber = 255;

/** viridis (van der Walt and Smith, 2015); blue to white to orange along straight lines of CIELAB, both ends equally dark. */
const scales = {
  sequential: scale({ color: { type: "linear", domain: [0, 1], scheme: "viridis" } }),
  diverging: scale({
    color: {
      type: "linear",
      domain: [0, 0.5, 1],
      range: ["rgb(20, 80, 170)", "rgb(246, 245, 243)", "rgb(146, 55, 0)"],
      interpolate: "lab",
    },
  }),
};

const greyOfNoNumber: Colour = [128, 128, 128];

/** The colour of each byte. */
export function palette(name: PaletteName): Colour[] {
  const colours = Array.from({ length: top + 1 }, (_, byte) => rgb(scales[name].apply(byte / top)));
  return [...colours, greyOfNoNumber];
}

/** d3 writes `rgb(1, 2, 3)` or `#010203`. */
function rgb(text: string): Colour {
  const numbers = text.startsWith("#")
    ? [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16))
    : (text.match(/\d+/g) ?? []).map(Number);
  return [numbers[0], numbers[1], numbers[2]];
}

const hex = (colour: Colour) => colour.map((channel) => channel.toString(16).padStart(2, "0")).join("");

/** All colours in a row, six digits each. */
export const paletteHex = (name: PaletteName): string => palette(name).map(hex).join("");

/** The scale as a CSS gradient from left to right. */
export function paletteGradient(name: PaletteName): string {
  const colours = palette(name).slice(0, top + 1);
  const stops = Array.from({ length: 17 }, (_, i) => `#${hex(colours[Math.round((i * top) / 16)])}`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
