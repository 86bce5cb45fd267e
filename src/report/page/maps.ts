/** The gates of a clip as the page uses them: bytes by filter, step and place, and what to say of one place. */
import { fromByte, type Scale, topByte } from "../byteScale.js";
import type { Gate, Maps, MapsLayout } from "../clipData.js";
import { scaleOfBytes } from "../gateScale.js";
import { withMinus } from "../numberText.js";

export const decodeMaps = ({ gates, ...rest }: Maps<string>): Maps => ({
  ...rest,
  gates: gates.map((gate) => ({ ...gate, bytes: decodeBase64(gate.bytes) })),
});

export const decodeBase64 = (text: string) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** The map of a filter at a step: [height, width]. `bytes` are those of a gate; `filter` counts among those shown. */
export function mapAt(
  { steps, height, width }: MapsLayout,
  bytes: Uint8Array,
  filter: number,
  step: number,
): Uint8Array {
  const from = (filter * steps + step) * height * width;
  return bytes.subarray(from, from + height * width);
}

/** The maps of all steps side by side: [height, steps * width]. */
export function stripOf(maps: MapsLayout, bytes: Uint8Array, filter: number): Uint8Array {
  const { steps, height, width } = maps;
  const strip = new Uint8Array(height * steps * width);
  for (let step = 0; step < steps; step++) {
    const map = mapAt(maps, bytes, filter, step);
    for (let y = 0; y < height; y++) {
      strip.set(map.subarray(y * width, (y + 1) * width), (y * steps + step) * width);
    }
  }
  return strip;
}

/** The value of a byte with as many decimals as its scale is worth. */
export function valueText(scale: Scale, byte: number): string {
  if (byte > topByte) return "not a number";
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(scale.high - scale.low)));
  return withMinus(fromByte(byte, scale).toFixed(decimals));
}

/** `f = 0.93  (step 4, filter 2, row 3, column 1)`. */
export function placeText(maps: Maps, gate: Gate, filter: number, step: number, x: number, y: number): string {
  const { filters, isDense, width } = maps;
  const value = valueText(
    scaleOfBytes(gate, isDense ? y : filter),
    mapAt(maps, gate.bytes, filter, step)[y * width + x],
  );
  const place = isDense ? `unit ${filters[y]}` : `filter ${filters[filter]}, row ${y}, column ${x}`;
  return `${gate.name} = ${value}  (step ${step}, ${place})`;
}
