/** The worker: computes labels from frames, so that the page is free to play the film. */
import { type Classifier, clipClassifier, imagenetClassifier } from "./classifiers.js";
import type { FromWorker, ToWorker } from "./messages.js";

const tell = (message: FromWorker) => self.postMessage(message);

let classifier: Classifier | undefined;
let running = new AbortController();

self.onmessage = async ({ data }: MessageEvent<ToWorker>) => {
  if (data.kind === "stop") return running.abort();
  const { signal } = (running = new AbortController());
  try {
    if (data.kind === "load") await load(data);
    else await see(data.frame, signal);
  } catch (error) {
    tell(signal.aborted ? { kind: "stopped" } : { kind: "failed", message: (error as Error).message });
  }
};

async function load({ address, name = "the model" }: ToWorker & { kind: "load" }): Promise<void> {
  classifier = address ? await clipClassifier(await read(address), name) : await imagenetClassifier(read);
  tell({ kind: "ready", title: classifier.title, secondsBetween: classifier.secondsBetween });
}

async function see(frame: ImageBitmap, signal: AbortSignal): Promise<void> {
  const onProgress = (share: number) => tell({ kind: "working", share });
  const seen = await classifier!.see(frame, { signal, onProgress }).finally(() => frame.close());
  tell(typeof seen === "string" ? { kind: "waiting", note: seen } : { kind: "seen", labels: seen });
}

/** Reads all bytes at an address, and tells the page how many have come. */
async function read(address: string): Promise<Uint8Array> {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} was answered with status ${answer.status}`);
  const length = Number(answer.headers.get("content-length")) || undefined;
  let done = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, next) {
      done += piece.length;
      tell({ kind: "loading", share: length && Math.min(1, done / length) });
      next.enqueue(piece);
    },
  });
  return new Uint8Array(await new Response(answer.body!.pipeThrough(counted)).arrayBuffer());
}
