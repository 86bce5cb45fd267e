/** The messages between the page and its worker. */
export type ToWorker =
  /** A model that `zoetrope train` has saved, as a file or its address; without it: MobileNet with ImageNet's weights. */
  | { kind: "load"; model?: File | string | undefined; name: string }
  | { kind: "frame"; frame: ImageBitmap }
  | { kind: "stop" };

export type FromWorker =
  /** How many bytes have been downloaded; the total is undefined where the server does not say it. */
  | { kind: "loading"; name: string; loadedBytes: number; totalBytes: number | undefined }
  | { kind: "ready"; title: string; secondsBetween: number }
  | { kind: "working"; share: number }
  | { kind: "seen"; labels: Label[] }
  | { kind: "stopped" }
  | { kind: "failed"; message: string };

export interface Label {
  label: string;
  score: number;
}
