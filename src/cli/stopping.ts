/** Ctrl-C and the other signals that ask the command to end. */
import { once } from "node:events";
import { constants } from "node:os";
import { setImmediate as yieldToEventLoop, setTimeout as wait } from "node:timers/promises";

/** The signals that end the command after the step under way; SIGBREAK is Ctrl-Break of Windows. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"] as const;

/** Whether work was given up that may go on. */
let gaveUp = false;

/** How long work that keeps nothing may go on after the first signal. */
const graceMs = 700;

/** The reason of the signal that `onStop` gives. Its message says what is kept. */
export class StopError extends Error {
  constructor(
    /** As a shell gives it: 128 and the number of the signal. */
    readonly exitCode: number,
    /** The name of the signal. */
    override readonly name: string,
    message = "Stopped.",
  ) {
    super(message);
  }
}

/** Gives a signal that the first request to end aborts, which stops the work after the current step; the second exits at once. */
export function onStop(): AbortSignal {
  const controller = new AbortController();
  for (const name of signals) {
    const exitCode = 128 + (constants.signals[name] ?? constants.signals.SIGINT);
    process.on(name, () => {
      const stop = new StopError(exitCode, name);
      gaveUp ||= controller.signal.aborted;
      if (gaveUp) endAt(stop);
      controller.abort(stop);
    });
  }
  return controller.signal;
}

/**
 * Whether a request to the file system is under way. Node waits for it before it exits, for ever where that waits for another
 * process, as at a pipe.
 */
const isHeld = (): boolean => process.getActiveResourcesInfo().some((resource) => resource.startsWith("FSReq"));

/** Ends the process, after the requests that end soon: work that has heard the signal may have left some. */
export async function endSoon(stop: StopError, exitCode: typeof process.exitCode): Promise<void> {
  for (let waitedMs = 0; isHeld() && waitedMs < graceMs; waitedMs += 20) await wait(20);
  endAt(stop, exitCode);
}

/** Ends the process at once. */
function endAt({ name, exitCode: code }: StopError, exitCode: typeof process.exitCode = code): void {
  if (exitCode !== 0 && isHeld()) {
    process.removeAllListeners(name);
    process.kill(process.pid, name);
  } else process.exit(exitCode);
}

/** Lets a signal be noticed that came while a step was computed. @throws its reason. */
export async function checkStopped(signal: AbortSignal): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await yieldToEventLoop(); // the first may not look for signals
  signal.throwIfAborted();
}

/** Waits for work that keeps nothing: a moment after the signal it is given up, even where it cannot notice the signal. */
export async function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const stopped = async () => {
    if (!signal.aborted) await once(signal, "abort", ended);
    await wait(graceMs, undefined, ended);
    gaveUp = true;
    return signal.throwIfAborted() as never;
  };
  return Promise.race([work, stopped()]).finally(() => ended.abort());
}
