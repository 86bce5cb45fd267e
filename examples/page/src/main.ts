/** The page: plays a film, sends its frames to the worker one at a time, and shows the results. */
import type { FromWorker, ToWorker } from "./messages.js";
import { openCamera, openFilm, openSample } from "./sources.js";
import { View } from "./view.js";

const view = new View();
const { video } = view;

let worker: Worker | undefined;
let isRunning = false;
let isReady = false;
/** Whether the worker computes a frame: one at most, so that no frame waits in a queue. */
let isBusy = false;
let secondsBetween = 0;
let lastSent = 0;

const tell = (message: ToWorker, transfer: Transferable[] = []) => worker!.postMessage(message, transfer);

/** Starts a worker for a network; the worker before it is terminated, which frees its memory. */
function load(address?: string, name?: string): void {
  worker?.terminate();
  worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
  worker.onerror = ({ message }) => view.failed(message || "the worker cannot start");
  isReady = isBusy = false;
  tell({ kind: "load", address, name });
}

function hear(message: FromWorker): void {
  if (message.kind === "loading") return view.loading(message.share);
  if (message.kind === "working") return view.working(message.share);
  isBusy = false;
  if (message.kind === "failed") view.failed(message.message);
  if (message.kind === "waiting") view.waiting(message.note);
  if (message.kind === "seen") view.seen(message.labels);
  if (message.kind !== "ready") return;
  isReady = true;
  secondsBetween = message.secondsBetween;
  view.ready(message.title);
}

/** Sends the frame that the film shows now, if the worker is free and it is time. */
async function offer(): Promise<void> {
  const now = performance.now() / 1000;
  if (!isRunning || !isReady || isBusy || now - lastSent < secondsBetween || video.readyState < 2) return;
  isBusy = true;
  lastSent = now;
  view.looking();
  const frame = await createImageBitmap(video);
  tell({ kind: "frame", frame }, [frame]);
}

function eachFrame(): void {
  void offer();
  requestAnimationFrame(eachFrame);
}

async function open(source?: () => Promise<void>): Promise<void> {
  try {
    await source?.();
    await video.play();
    isRunning = true;
    view.running(true);
  } catch (error) {
    view.failed((error as Error).message);
  }
}

/** Stops, also in the middle of a frame: the worker aborts the signal of `predict`. */
function stop(): void {
  isRunning = false;
  if (isBusy) tell({ kind: "stop" });
  video.pause();
  view.running(false);
}

view.onSample = () => void open(() => openSample(video));
view.onCamera = () => void open(() => openCamera(video));
view.onFilm = (file) => void open(() => openFilm(video, file));
view.onModel = (file) => load(URL.createObjectURL(file), file.name);
view.onStop = () => (isRunning ? stop() : void open());

// A saved model may be given in the address of the page: ?model=steps.safetensors
const model = new URLSearchParams(location.search).get("model");
if (model) load(new URL(model, location.href).href, model.split("/").at(-1));
else load();
void open(() => openSample(video));
eachFrame();
