/**
 * The window of a convolution or of pooling. It is passed by its address, as its fields would be too many parameters.
 */
@unmanaged
export class Window {
  height: i32;
  width: i32;
  channels: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  padTop: i32;
  padLeft: i32;
  outHeight: i32;
  outWidth: i32;
  /** The channels that a filter reads: all, or those of its group. */
  groupChannels: i32;
}

/** Bytes of a Window, rounded up to whole vectors. */
export const WINDOW_BYTES: i32 = 64;

/** Writes a Window to the address `to`. */
export function writeWindow(
  to: usize,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  padTop: i32,
  padLeft: i32,
  outHeight: i32,
  outWidth: i32,
  groupChannels: i32,
): void {
  const w = changetype<Window>(to);
  w.height = height;
  w.width = width;
  w.channels = channels;
  w.kernelHeight = kernelHeight;
  w.kernelWidth = kernelWidth;
  w.strideHeight = strideHeight;
  w.strideWidth = strideWidth;
  w.dilationHeight = dilationHeight;
  w.dilationWidth = dilationWidth;
  w.padTop = padTop;
  w.padLeft = padLeft;
  w.outHeight = outHeight;
  w.outWidth = outWidth;
  w.groupChannels = groupChannels;
}
