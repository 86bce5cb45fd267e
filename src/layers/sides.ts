import { ArgumentError, shown } from "../errors.js";

/** The amounts that are cut off or added before and after, along one axis. */
export type Sides = readonly [before: number, after: number];
/**
 * One number for all sides, one for each axis of space, or [before, after] for each. For one axis [before, after] needs
 * no further list.
 */
export type SidesOption = number | readonly (number | Sides)[];

/** Reads the amounts before and after along each of `rank` axes. @throws ArgumentError for other values. */
export function readSides(label: string, option: string, value: SidesOption, rank: number): readonly Sides[] {
  const isOnePair = rank === 1 && Array.isArray(value) && value.length === 2;
  const all: readonly unknown[] = typeof value === "number" ? new Array(rank).fill(value) : isOnePair ? [value] : value;
  const sides = Array.isArray(all) ? all.map((side) => (Array.isArray(side) ? side : [side, side])) : [];
  const isAmount = (n: unknown) => Number.isInteger(n) && (n as number) >= 0;
  if (sides.length === rank && sides.every((side) => side.length === 2 && side.every(isAmount))) {
    return sides as unknown as Sides[];
  }
  throw new ArgumentError(
    `${label}: ${option} ${shown(value)}; expected a whole number, one for each of ${rank} axes, or [before, after] for each.`,
  );
}
