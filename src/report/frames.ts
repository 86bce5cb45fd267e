/** Frames as pictures inside the page. */
import { encode as encodePng } from "fast-png";
import { encode as encodeJpeg } from "jpeg-js";
import { ArgumentError, kindOf, ShapeError } from "../errors.js";
import { averageBlocks } from "./averageBlocks.js";
import { base64 } from "./base64.js";
import { checkForm, clipForm } from "./form.js";
import type { ReportClip } from "./report.js";

const jpegQuality = 78;
/** Width and height in pixels: smaller pictures are shown enlarged, where the blocks of JPEG would be visible. */
const largestPng = 64;

/** A `data:` address for each frame, made smaller by averaging to at most `largest` pixels a side. */
export function frameAddresses(clip: ReportClip, largest: number): string[] {
  const block = Math.ceil(clip.size / largest);
  const { data, shape } = averageBlocks(clip.frames, [clip.times.length, clip.size, clip.size, 3], block);
  const side = shape[1];
  return clip.times.map((_, step) => {
    const rgb = new Uint8ClampedArray(data.subarray(step * side * side * 3, (step + 1) * side * side * 3)); // rounds
    return side <= largestPng ? pngAddress(rgb, side) : jpegAddress(rgb, side);
  });
}

/** @throws ArgumentError for what is no clip; ShapeError when there are not as many frames as times. */
export function checkFrames(clip: ReportClip): void {
  if (!("gates" in Object(clip))) {
    throw new ArgumentError(
      `report: received ${kindOf(clip)}; expected a clip { name, size, frames, times, gates, ... }.`,
    );
  }
  checkForm("report", clip, clipForm);
  const { name, frames, size, times } = clip;
  if (times.length > 0 && frames.length === times.length * size * size * 3) return;
  throw new ShapeError(
    `report of "${name}": frames has ${frames.length} values; expected [${times.length}, ${size}, ${size}, 3] for ${times.length} times.`, // prettier-ignore
  );
}

const address = (type: string, bytes: Uint8Array) => `data:image/${type};base64,${base64(bytes)}`;

const pngAddress = (rgb: Uint8ClampedArray, side: number) =>
  address("png", encodePng({ width: side, height: side, data: rgb, channels: 3, depth: 8 }));

function jpegAddress(rgb: Uint8ClampedArray, side: number): string {
  const rgba = new Uint8Array(side * side * 4).fill(255);
  for (let from = 0, to = 0; from < rgb.length; to++) {
    for (let channel = 0; channel < 3; channel++) rgba[to++] = rgb[from++];
  }
  return address("jpeg", encodeJpeg({ width: side, height: side, data: rgba }, jpegQuality).data);
}
