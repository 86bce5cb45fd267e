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

async function load({ model, name }: ToWorker & { kind: "load" }): Promise<void> {
  const read = (from: File | string) => (typeof from === "string" ? download(from, name) : bytesOf(from));
  classifier = model ? await clipClassifier(await read(model), name) : await imagenetClassifier(read);
  tell({ kind: "ready", title: classifier.title, secondsBetween: classifier.secondsBetween });
}

async function see(frame: ImageBitmap, signal: AbortSignal): Promise<void> {
  const onProgress = (share: number) => tell({ kind: "working", share });
  const labels = await classifier!.see(frame, { signal, onProgress }).finally(() => frame.close());
  tell({ kind: "seen", labels });
}

const bytesOf = async (body: Blob | Response): Promise<Uint8Array> => new Uint8Array(await body.arrayBuffer());

/** Reads all bytes at an address, and tells the page how many have come. */
async function download(address: string, name: string): Promise<Uint8Array> {
  const answer = await fetch(address).catch(() => {
    throw new Error(`${name}: ${address} cannot be reached.`);
  });
  if (!answer.ok) throw new Error(`${name}: ${address} was answered with status ${answer.status}.`);
  // Of a compressed answer, the length is that of the compressed bytes.
  const length = answer.headers.has("content-encoding") ? 0 : Number(answer.headers.get("content-length"));
  let loadedBytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, next) {
      loadedBytes += piece.length;
      tell({ kind: "loading", name, loadedBytes, totalBytes: length || undefined });
      next.enqueue(piece);
    },
  });
  return bytesOf(new Response(answer.body!.pipeThrough(counted)));
}
