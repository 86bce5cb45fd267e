/** The scales of a gate. The report's page uses this too. */
import { fromByte, type Scale, toByte } from "./byteScale.js";
import type { Gate, GateScales, MapsLayout } from "./clipData.js";
import { withMinus } from "./numberText.js";

/** The filter, of those shown, to which a byte of a gate belongs. */
export const filterOf = ({ isDense, filters, steps, height, width }: MapsLayout, index: number): number =>
  isDense ? index % filters.length : Math.floor(index / (steps * height * width));

const around = (reach: number): Scale => ({ low: -reach, high: reach });

/** The scale on which the bytes of a filter are. */
export const scaleOfBytes = (gate: GateScales, filter: number): Scale =>
  gate.reaches ? around(gate.reaches[filter].values) : gate;

/** The scale of a filter's colours: its own, if the gate has one for each filter, or the one that is common to all. */
const scaleOfColours = (gate: GateScales, filter: number, isCommon: boolean): Scale =>
  gate.reaches && !isCommon ? around(gate.reaches[filter].colours) : gate;

/** The colours of a gate, as bytes on the scales of colours. */
export function colourBytes(layout: MapsLayout, gate: Gate, isCommon: boolean): Uint8Array {
  if (!gate.reaches) return gate.bytes;
  return gate.bytes.map((byte, i) => {
    const filter = filterOf(layout, i);
    return toByte(fromByte(byte, scaleOfBytes(gate, filter)), scaleOfColours(gate, filter, isCommon));
  });
}

/** The numbers at the ends of a scale of colours; of a heat map, every unit may have its own. */
export function scaleTexts(
  { isDense, filters }: MapsLayout,
  gate: GateScales,
  filter: number,
  isCommon: boolean,
): [low: string, high: string] {
  if (isDense && filters.length > 1 && gate.reaches && !isCommon) return ["−own", "own"];
  const { low, high } = scaleOfColours(gate, filter, isCommon);
  return [withMinus(String(low)), withMinus(String(high))];
}
