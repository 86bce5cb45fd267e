/** The `zoetrope` command. */
import { ZoetropeError } from "../index.js";
import { commandsOn } from "./commands.js";
import { runProgram } from "./program.js";
import { UsageError } from "./usage.js";

/**
 * Gives a signal that the first Ctrl-C aborts, which stops the work after the current batch; the second exits at once.
 */
function onInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  });
  return controller.signal;
}

const signal = onInterrupt();
process.stdout.on("error", () => process.exit(0)); // the reader of the pipe has closed it
try {
  await runProgram(process.argv.slice(2), commandsOn(process.stdout, process.stderr, signal));
} catch (error) {
  if (signal.aborted) {
    process.stderr.write("\nStopped.\n");
    process.exitCode = 130;
  } else if (error instanceof UsageError || error instanceof ZoetropeError) {
    process.stderr.write(`zoetrope: ${error.message}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  } else {
    throw error;
  }
}
