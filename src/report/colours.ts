/** The colours of gates and states: perceptually uniform scales that the colour-blind can read. */
import { scale } from "@observablehq/plot";
import { base64 } from "./base64.js";
import { type PaletteName, topByte } from "./byteScale.js";
import type { Colour } from "./canvas.js";

/**
 * Sequential: viridis (van der Walt and Smith, 2015). Diverging: blue to white to orange along straight lines in
 * CIELAB, both ends equally dark.
 */
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

const greyOfNaN: Colour = [128, 128, 128];

/** The colours of all bytes, that of NaN last. */
export function palette(name: PaletteName): Colour[] {
  const colours = Array.from({ length: topByte + 1 }, (_, byte) => rgb(scales[name].apply(byte / topByte)));
  return [...colours, greyOfNaN];
}

/** Reads a colour as d3 writes it, `rgb(1, 2, 3)` or `#010203`. */
function rgb(text: string): Colour {
  const numbers = text.startsWith("#")
    ? [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16))
    : (text.match(/\d+/g) ?? []).map(Number);
  return [numbers[0], numbers[1], numbers[2]];
}

/** The red, green and blue of all colours one after the other, in base64. */
export const paletteBase64 = (name: PaletteName): string => base64(Uint8Array.from(palette(name).flat()));

/** The scale as a CSS gradient from left to right. */
export function paletteGradient(name: PaletteName): string {
  const colours = palette(name).slice(0, topByte + 1);
  const stops = Array.from({ length: 17 }, (_, i) => `rgb(${colours[Math.round((i * topByte) / 16)].join()})`);
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
