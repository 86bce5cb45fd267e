// Reads mutated files, one after the other, and counts the results.
import { expect } from "vitest";
import { ZoetropeError } from "../../../src/errors.js";
import type { ModelLayer } from "../../../src/index.js";
import type { Format } from "./formats.js";
import { Chance } from "./mutate.js";

export interface Outcome {
  loaded: number;
  refused: number;
  /** Milliseconds of processor time for the slowest file, and which it was. */
  slowest: { ms: number; index: number };
  /** Milliseconds of processor time for all files. */
  totalMs: number;
  /** Files that took more than 100 ms. */
  slow: number[];
  /** The beginnings of the messages, with their numbers. */
  reasons: Map<string, number>;
}

/** Files `from` to `to` of a format. @throws where a file was neither refused in one line nor gave a sound model. */
export async function tryFiles(format: Format, from: number, to: number): Promise<Outcome> {
  const outcome: Outcome = {
    loaded: 0,
    refused: 0,
    slowest: { ms: 0, index: -1 },
    totalMs: 0,
    slow: [],
    reasons: new Map(),
  };
  for (let index = from; index < to; index++) {
    const { read } = await format.mutate(new Chance(index));
    const start = process.cpuUsage();
    try {
      const model = await read();
      await checkSound(model);
      if (model !== format.lasting) dispose(model);
      outcome.loaded++;
    } catch (error) {
      checkRefusal(`${format.name} ${index}`, error);
      const reason = (error as Error).message.replace(/"[^"]*"|\d+/g, "_").slice(0, 60);
      outcome.reasons.set(reason, (outcome.reasons.get(reason) ?? 0) + 1);
      outcome.refused++;
    }
    const { user, system } = process.cpuUsage(start);
    const ms = (user + system) / 1000;
    outcome.totalMs += ms;
    if (ms > outcome.slowest.ms) outcome.slowest = { ms, index };
    if (ms > 100) outcome.slow.push(index);
  }
  return outcome;
}

async function checkSound(model: ModelLayer): Promise<void> {
  for (const weight of [
    ...model.weights,
    ...(model.optimizer ? model.weights.flatMap((w) => model.optimizer!.slots.get(w) ?? []) : []),
  ]) {
    const values = await weight.data();
    expect(values.length).toBe(weight.shape.reduce((product, size) => product * size, 1));
    if (!values.every(Number.isFinite)) throw new Error(`${weight.name} holds values that are not finite`);
  }
}

/** A line of text that a terminal shows. Each of its thousand letters may be written as a code. */
const line = /^[^\p{C}\u2028\u2029]{1,7000}$/u;

/** @throws an Error that says which file it was. */
function checkRefusal(which: string, error: unknown): void {
  const isTyped = error instanceof ZoetropeError;
  if (isTyped && line.test(error.message)) return;
  throw new Error(`${which}: ${isTyped ? "a message that is no line" : "no typed error"}`, { cause: error });
}

export function dispose(model: ModelLayer): void {
  model.dispose();
}
