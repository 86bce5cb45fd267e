/** What the command says where it fails: one line, and the exit code. */
import { ZoetropeError } from "../index.js";
import { printable } from "../printable.js";
import { StreamError } from "./standardStream.js";
import { StopError } from "./stopping.js";
import { isSystemError, reasonOf } from "./systemErrors.js";
import { UsageError } from "./usage.js";

/** The line without the name of the command, undefined where nothing is to be said, and the exit code. */
export type Failure = { line?: string; exitCode: number };

/** Longer lines, as of a name of many letters, lose their middle: what to do is at the end. */
const longestLine = 1500;

/** Turns whatever was thrown into a line; with ZOETROPE_DEBUG set, the stack of the error follows. */
export function failureOf(error: unknown): Failure {
  const { line, exitCode } = described(error);
  if (line === undefined) return { exitCode };
  const more = process.env.ZOETROPE_DEBUG && error instanceof Error ? `\n${error.stack}` : "";
  return { line: printable(line, longestLine, 600) + more, exitCode };
}

function described(error: unknown): Failure {
  if (error instanceof StreamError) return error.isClosed ? { exitCode: 0 } : { line: error.message, exitCode: 1 };
  if (error instanceof StopError) return { line: error.message, exitCode: error.exitCode };
  if (error instanceof UsageError) return { line: error.message, exitCode: 2 };
  return { line: sentence(error), exitCode: 1 };
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return fault(String(error));
  const { name, message } = error;
  if (error instanceof ZoetropeError) return message;
  if (isSystemError(error)) {
    const { path, syscall } = error;
    return `${path ?? (syscall === "uv_cwd" ? "the current folder" : syscall)}: ${reasonOf(error)}.`;
  }
  if (error instanceof RangeError && /alloc|invalid (array|typed array|string) length/i.test(message)) {
    return `there is not enough memory (${message}); close other programs, or give smaller files.`;
  }
  return fault(`${name}: ${message}`);
}

const fault = (what: string): string =>
  `a fault of zoetrope itself, please report it (${what}); with ZOETROPE_DEBUG=1 it shows where.`;
