/** The page: plays a film, sends its frames to the worker one at a time, and shows the results. */
import type { FromWorker, ToWorker } from "./messages.js";
import { openCamera, openFilm, openSample } from "./sources.js";
import { View } from "./view.js";

const view = new View();
const { video } = view;

/** The worker whose network sees the film, and one that loads another network and replaces it when that is ready. */
let worker: Worker | undefined;
let nextWorker: Worker | undefined;
let isRunning = false;
/** Whether the worker computes a frame: one at most, so that no frame waits in a queue. */
let isBusy = false;
let secondsBetween = 0;
let lastSent = 0;

const tell = (to: Worker, message: ToWorker, transfer: Transferable[] = []) => to.postMessage(message, transfer);

/** Starts a worker for a network: a saved model, or MobileNet. */
function load(model?: File | string, name = "MobileNet"): void {
  nextWorker?.terminate();
  const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  nextWorker = started;
  const hear = (message: FromWorker): void => {
    if (started === worker) return hearSeeing(message);
    if (started !== nextWorker) return; // another one has been chosen meanwhile
    hearLoading(started, message);
    // Where the address of the page names a wrong model, there is no network yet.
    if (message.kind === "failed" && model && !worker) load();
  };
  started.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
  started.onerror = ({ message }) => hear({ kind: "failed", message: message || "The worker cannot start." });
  view.loading("network", name);
  tell(started, { kind: "load", model, name });
}

/** The network that sees the film is replaced only by one that is ready: a wrong file does not stop the page. */
function hearLoading(from: Worker, message: FromWorker): void {
  if (message.kind === "loading") return view.loading("network", message.name, message);
  nextWorker = undefined;
  view.loaded("network");
  if (message.kind === "ready") {
    worker?.terminate(); // which frees its memory
    worker = from;
    isBusy = false;
    secondsBetween = message.secondsBetween;
    view.ready(message.title);
  } else if (message.kind === "failed") {
    from.terminate();
    view.failed(message.message);
  }
}

function hearSeeing(message: FromWorker): void {
  if (message.kind === "working") return view.working(message.share);
  isBusy = false;
  if (message.kind === "failed") view.failed(message.message);
  if (message.kind === "seen") view.seen(message.labels);
}

/** Sends the frame that the film shows now, if the worker is free and it is time. */
async function offer(): Promise<void> {
  const now = performance.now() / 1000;
  if (!isRunning || !worker || isBusy || now - lastSent < secondsBetween || video.readyState < 2) return;
  isBusy = true;
  lastSent = now;
  view.looking();
  const to = worker;
  const frame = await createImageBitmap(video);
  tell(to, { kind: "frame", frame }, [frame]);
}

function eachFrame(): void {
  void offer();
  requestAnimationFrame(eachFrame);
}

async function open(source?: () => Promise<void>, name = "The film"): Promise<void> {
  try {
    await source?.();
    await video.play();
    isRunning = true;
    view.running(true);
  } catch (error) {
    const isOther = (error as Error).name === "NotSupportedError";
    view.failed(isOther ? `${name} is not a film that this browser can play.` : (error as Error).message);
  }
}

/** Stops, also in the middle of a frame: the worker aborts the signal of `predict`. */
function stop(): void {
  isRunning = false;
  if (worker && isBusy) tell(worker, { kind: "stop" });
  video.pause();
  view.running(false);
}

view.onSample = () => void open(() => openSample(video));
view.onCamera = () => void open(() => openCamera(video));
view.onFilm = (file) => void open(() => openFilm(video, file), file.name);
view.onModel = (file) => load(file, file.name);
view.onStop = () => (isRunning ? stop() : void open());

// A saved model may be given in the address of the page: ?model=steps.safetensors
const model = new URLSearchParams(location.search).get("model");
if (model) load(new URL(model, location.href).href, model.split("/").at(-1));
else load();
void open(() => openSample(video));
eachFrame();
