// In a page: rounds that the program which opened it asks for.
import { Chance } from "../../support/hostile/mutate.ts";
import { makeRounds } from "./actions.mjs";

/** @type {any} */ (globalThis).round = makeRounds(new Chance(Number(location.hash.slice(1))));
