/** The window of a convolution or pool, set before a call by `setWindow`: as parameters it would fill every signature. */
export let height: i32 = 0;
export let width: i32 = 0;
export let channels: i32 = 0;
export let kernelHeight: i32 = 0;
export let kernelWidth: i32 = 0;
export let strideHeight: i32 = 0;
export let strideWidth: i32 = 0;
export let dilationHeight: i32 = 0;
export let dilationWidth: i32 = 0;
export let padTop: i32 = 0;
export let padLeft: i32 = 0;
export let outHeight: i32 = 0;
export let outWidth: i32 = 0;
export let groupChannels: i32 = 0;

export function setWindow(
  h: i32,
  w: i32,
  c: i32,
  kh: i32,
  kw: i32,
  sh: i32,
  sw: i32,
  dh: i32,
  dw: i32,
  top: i32,
  left: i32,
  oh: i32,
  ow: i32,
  gc: i32,
): void {
  height = h;
  width = w;
  channels = c;
  kernelHeight = kh;
  kernelWidth = kw;
  strideHeight = sh;
  strideWidth = sw;
  dilationHeight = dh;
  dilationWidth = dw;
  padTop = top;
  padLeft = left;
  outHeight = oh;
  outWidth = ow;
  groupChannels = gc;
}
