// Numbers by chance, the same for a seed, an area and the number of a case every time.
import { importTypeScript } from "./typescript.mjs";

const hostile = await importTypeScript("test/support/hostile/mutate.ts");

/** @typedef {{ below(limit: number): number, of<T>(list: readonly T[]): T }} Chance Whole numbers and choices by chance. */

/** A changed copy of bytes. @type {(bytes: Uint8Array, chance: Chance, places?: readonly [number, number]) => Uint8Array} */
export const mutatedBytes = hostile.mutatedBytes;
/** A changed copy of JSON, as text. @type {(json: unknown, chance: Chance) => string} */
export const mutatedJson = hostile.mutatedJson;

/** The chance of one case. @returns {Chance} */
export function chanceOf(/** @type {number} */ seed, /** @type {string} */ area, /** @type {number} */ index) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${seed}/${area}/${index}`)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return new hostile.Chance(hash);
}

/** Whether one of `n` has come, by chance. */
export const oneIn = (/** @type {Chance} */ chance, /** @type {number} */ n) => chance.below(n) === 0;
