/** The `zoetrope` command. */
import { commandsOn } from "./commands.js";
import { failureOf } from "./failures.js";
import { runProgram } from "./program.js";
import { StandardStream } from "./standardStream.js";
import { endSoon, onStop, StopError } from "./stopping.js";

const signal = onStop();
const out = new StandardStream(process.stdout, 1);
const errors = new StandardStream(process.stderr, 2);

/** Waits until all is said, or cannot be: there is no place left to say so. */
const flushErrors = () => errors.flush().catch(() => {});

/** Says what failed, and sets the exit code. */
function fail(error: unknown): void {
  const { line, exitCode } = failureOf(error);
  if (exitCode > 0) process.exitCode = exitCode; // files that were skipped stay a failure where a reader has gone
  if (line !== undefined) errors.write(`${error instanceof StopError ? "\n" : "zoetrope: "}${line}\n`);
}

// What is thrown where nobody waits for it, as in a callback.
process.on("uncaughtException", (error) => {
  fail(error);
  void flushErrors().then(() => process.exit());
});

try {
  await runProgram(process.argv.slice(2), commandsOn(out, errors, signal), out);
  await out.flush();
} catch (error) {
  fail(error);
}
await flushErrors();
// Work that was given up may not have ended.
if (signal.reason instanceof StopError) await endSoon(signal.reason, process.exitCode ?? 0);
