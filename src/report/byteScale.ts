/** Values of gates as bytes along a scale: the report stores them in this form, and its page reads them. */

/** "sequential" for shares from 0 to 1, "diverging" for values on both sides of 0. */
export type PaletteName = "sequential" | "diverging";

/** The values at the ends of a scale. */
export interface Scale {
  low: number;
  high: number;
}

/** The byte of the scale's high end; 0 is the low end. */
export const topByte = 254;
/** The byte that means NaN. */
export const notANumber = 255;

/** The byte for a value; values beyond an end of the scale get that end's byte. */
export const toByte = (value: number, { low, high }: Scale): number =>
  Number.isNaN(value) ? notANumber : Math.round(Math.min(1, Math.max(0, (value - low) / (high - low))) * topByte);

/** The value of a byte. */
export const fromByte = (byte: number, { low, high }: Scale): number =>
  byte > topByte ? NaN : low + ((high - low) * byte) / topByte;
