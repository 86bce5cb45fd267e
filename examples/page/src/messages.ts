/** The messages between the page and its worker. */
export type ToWorker =
  /** Without an address: MobileNet with ImageNet's weights. */
  | { kind: "load"; address?: string | undefined; name?: string | undefined }
  | { kind: "frame"; frame: ImageBitmap }
  | { kind: "stop" };

export type FromWorker =
  /** The share that has been downloaded; undefined where the total is unknown. */
  | { kind: "loading"; share: number | undefined }
  | { kind: "ready"; title: string; secondsBetween: number }
  | { kind: "working"; share: number }
  | { kind: "seen"; labels: Label[] }
  /** A clip that is not yet full. */
  | { kind: "waiting"; note: string }
  | { kind: "stopped" }
  | { kind: "failed"; message: string };

export interface Label {
  label: string;
  score: number;
}
