// In a page: rounds that the program which opened it asks for.
import { Chance } from "../../support/hostile/mutate.ts";
import { makeRounds } from "./actions.mjs";

/** A function that does one round. */
export const makeRound = (/** @type {number} */ seed) => makeRounds(new Chance(seed));
