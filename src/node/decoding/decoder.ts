/**
 * Decodes pictures in a thread, one after another: JavaScript cannot be interrupted, so that a picture that is made to take
 * hours would otherwise keep the program from hearing Ctrl-C.
 */
import { Worker } from "node:worker_threads";
import { FileError } from "../../errors.js";
import { decoderScript } from "./decoderBundle.js";
import type { Answer, Task } from "./decoderThread.js";
import { faultOf, type Limits, moreSeconds } from "./limits.js";

/** How long the thread waits for another picture, in milliseconds. */
const keptFor = 2000;

let kept: Worker | undefined;
let leaving: NodeJS.Timeout | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Decodes a picture of `pixels` pixels when those before it are done. The bytes are given away.
 * @throws FileError when it is broken, or decoding takes too long or too much memory.
 */
export function decodeInThread(task: Task, pixels: number, limits: Limits): Promise<Uint8Array> {
  const result = last.then(() => decode(task, pixels, limits));
  last = result.catch(() => {});
  const { signal } = limits;
  return new Promise<Uint8Array>((resolve, reject) => {
    const stop = () => reject(signal!.reason as Error); // also while others are before it
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    result.finally(() => signal?.removeEventListener("abort", stop)).then(resolve, reject);
  });
}

function decode(task: Task, pixels: number, { signal, maxSeconds }: Limits): Promise<Uint8Array> {
  signal?.throwIfAborted();
  clearTimeout(leaving);
  const thread = (kept ??= start());
  const seconds = maxSeconds + pixels / 1e6;
  let timer: NodeJS.Timeout | undefined;
  let end = () => {};
  return new Promise<Uint8Array>((resolve, reject) => {
    const fail = (error: Error) => {
      reject(error); // first: some hosts tell of the thread's end at once
      dismiss(thread);
    };
    const late = () => fail(faultOf(task.path, `not decoded after ${Number(seconds.toFixed(1))} s; ${moreSeconds}`));
    const abort = () => fail(signal!.reason as Error);
    signal?.addEventListener("abort", abort);
    end = () => signal?.removeEventListener("abort", abort);
    timer = setTimeout(late, Math.min(seconds * 1000, 2 ** 31 - 1));
    thread.once("message", (answer: Answer) => {
      if ("square" in answer) resolve(answer.square);
      else reject(new FileError(answer.error));
    });
    thread.once("error", ({ message }) => fail(faultOf(task.path, `decoding broke off (${message})`)));
    thread.once("exit", () => fail(faultOf(task.path, "decoding broke off")));
    thread.ref();
    thread.postMessage(task, [task.bytes.buffer]);
  }).finally(() => {
    clearTimeout(timer);
    end();
    for (const event of ["message", "error", "exit"]) thread.removeAllListeners(event);
    thread.unref();
    for (const event of ["error", "exit"]) thread.once(event, () => dismiss(thread)); // without a task it concerns nobody
    leaving = setTimeout(() => dismiss(thread), keptFor).unref();
  });
}

/** The thread is a text, so that it works in any bundle of this module. */
function start(): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: 2048 };
  // Its output is captured: what a decoder prints is not for the terminal.
  return new Worker(decoderScript, { eval: true, execArgv: [], env: {}, stdout: true, stderr: true, resourceLimits });
}

function dismiss(thread: Worker): void {
  if (kept === thread) kept = undefined;
  void thread.terminate();
}
