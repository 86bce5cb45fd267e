/**
 * Convolution as matrix products (im2col): the window of each output pixel becomes a row of a matrix, which is made and
 * multiplied block by block, so that only one block exists at a time. Gradients use the same blocks.
 * Group g of a grouped convolution is a convolution of the channels from g * groupChannels on.
 */
import { packPanels } from "./gemm";
import { CONV_SCRATCH_BYTES, DEPTH, gemmBlock, GEMM_SCRATCH_BYTES, PANEL, ROWS, startOf, SUM, ZERO } from "./gemmBlock";
import { partStart } from "./split";
import { Window } from "./window";

/**
 * Copies four floats at a time. Those beyond the end are overwritten by the next copy, or lie in the block's padding.
 */
@inline
function copyFloats(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) v128.store(y, v128.load(x));
}

@inline
function zeroFloats(y: usize, n: i32): void {
  const zero = f32x4.splat(0);
  for (const end = y + ((<usize>n) << 2); y < end; y += 16) v128.store(y, zero);
}

/**
 * block[row, k] for output pixels rowBegin..rowEnd (counted over the whole batch) and k in kBegin..kEnd of the window
 * [kernelHeight, kernelWidth, groupChannels]. x: the first channel of the group.
 */
function im2col(w: Window, block: usize, x: usize, rowBegin: i32, rowEnd: i32, kBegin: i32, kEnd: i32): void {
  const height = w.height;
  const width = w.width;
  const channels = w.channels;
  const kernelWidth = w.kernelWidth;
  const strideHeight = w.strideHeight;
  const strideWidth = w.strideWidth;
  const dilationHeight = w.dilationHeight;
  const dilationWidth = w.dilationWidth;
  const padTop = w.padTop;
  const padLeft = w.padLeft;
  const outHeight = w.outHeight;
  const outWidth = w.outWidth;
  const groupChannels = w.groupChannels;
  const pixel = (<usize>channels) << 2;
  const tapBegin = kBegin / groupChannels;
  const channelBegin = kBegin % groupChannels;
  // Without dilation and groups, a row of the window is contiguous in x and can be copied at once.
  const wholeRows = groupChannels == channels && dilationWidth == 1;
  const rowFloats = kernelWidth * groupChannels;
  const kernelHeight = w.kernelHeight;
  const wholeWindows = wholeRows && kEnd - kBegin == rowFloats * kernelHeight;
  const lineBytes = <usize>width * pixel;
  const nextRow = <usize>dilationHeight * lineBytes;
  const lowest = height - dilationHeight * (kernelHeight - 1);
  let line = rowBegin / outWidth;
  let column = rowBegin % outWidth;
  for (let row = rowBegin; row < rowEnd; line++, column = 0) {
    const top = (line % outHeight) * strideHeight - padTop;
    const image = x + <usize>(line / outHeight) * <usize>height * lineBytes;
    const stop = min(rowEnd, row + outWidth - column);
    let left = column * strideWidth - padLeft;
    for (; row < stop; row++, left += strideWidth) {
      const inside = left >= 0 && left + kernelWidth <= width;
      if (wholeWindows && inside && top >= 0 && top < lowest) {
        let from = image + <usize>top * lineBytes + <usize>left * pixel;
        for (let r = 0; r < kernelHeight; r++, from += nextRow, block += (<usize>rowFloats) << 2) {
          copyFloats(block, from, rowFloats);
        }
        continue;
      }
      let down = tapBegin / kernelWidth;
      let right = tapBegin % kernelWidth;
      let from = channelBegin;
      for (let k = kBegin; k < kEnd;) {
        const y = top + down * dilationHeight;
        const lineFrom = image + <usize>(y * width) * pixel;
        let count: i32;
        if (wholeRows && inside && right == 0 && from == 0 && k + rowFloats <= kEnd) {
          count = rowFloats;
          if (<u32>y < <u32>height) copyFloats(block, lineFrom + <usize>left * pixel, count);
          else zeroFloats(block, count);
          down++;
        } else {
          count = min(groupChannels - from, kEnd - k);
          const z = left + right * dilationWidth;
          if (<u32>y < <u32>height && <u32>z < <u32>width) {
            copyFloats(block, lineFrom + <usize>z * pixel + ((<usize>from) << 2), count);
          } else zeroFloats(block, count);
          from = 0;
          right++;
          if (right == kernelWidth) {
            right = 0;
            down++;
          }
        }
        k += count;
        block += (<usize>count) << 2;
      }
    }
  }
}

/** The adjoint of `im2col` for whole windows: adds block[row, k] to dx. */
function col2im(w: Window, dx: usize, block: usize, rowBegin: i32, rowEnd: i32, kBegin: i32, kEnd: i32): void {
  const height = w.height;
  const width = w.width;
  const channels = w.channels;
  const kernelWidth = w.kernelWidth;
  const strideHeight = w.strideHeight;
  const strideWidth = w.strideWidth;
  const dilationHeight = w.dilationHeight;
  const dilationWidth = w.dilationWidth;
  const padTop = w.padTop;
  const padLeft = w.padLeft;
  const outHeight = w.outHeight;
  const outWidth = w.outWidth;
  const groupChannels = w.groupChannels;
  const pixel = (<usize>channels) << 2;
  const tapBegin = kBegin / groupChannels;
  const channelBegin = kBegin % groupChannels;
  for (let row = rowBegin; row < rowEnd; row++) {
    const line = row / outWidth;
    const left = (row % outWidth) * strideWidth - padLeft;
    const top = (line % outHeight) * strideHeight - padTop;
    const image = dx + <usize>(line / outHeight) * <usize>height * <usize>width * pixel;
    let down = tapBegin / kernelWidth;
    let right = tapBegin % kernelWidth;
    let from = channelBegin;
    for (let k = kBegin; k < kEnd;) {
      const count = min(groupChannels - from, kEnd - k);
      const y = top + down * dilationHeight;
      const z = left + right * dilationWidth;
      const bytes = (<usize>count) << 2;
      if (<u32>y < <u32>height && <u32>z < <u32>width) {
        const to = image + <usize>(y * width + z) * pixel + ((<usize>from) << 2);
        let i: usize = 0;
        for (; i + 16 <= bytes; i += 16) v128.store(to + i, f32x4.add(v128.load(to + i), v128.load(block + i)));
        for (; i < bytes; i += 4) f32.store(to + i, f32.load(to + i) + f32.load(block + i));
      }
      from = 0;
      right++;
      if (right == kernelWidth) {
        right = 0;
        down++;
      }
      k += count;
      block += bytes;
    }
  }
}

/**
 * One group of y for output pixels begin..end. kernel: [k, filters] in panels. y: the group's first filter; pixels are
 * `ldc` bytes apart. scratch: CONV_SCRATCH_BYTES.
 */
export function conv2d(
  begin: i32,
  end: i32,
  scratch: usize,
  y: usize,
  ldc: usize,
  x: usize,
  kernel: usize,
  bias: usize,
  window: usize,
  filters: i32,
  k: i32,
  low: f32,
  high: f32,
): void {
  const w = changetype<Window>(window);
  const block = scratch + GEMM_SCRATCH_BYTES;
  const step = (<usize>PANEL) << 2;
  for (let row = begin; row < end; row += ROWS) {
    const rows = min(ROWS, end - row);
    for (let p = 0; p < k; p += DEPTH) {
      const depth = min(DEPTH, k - p);
      const last = p + depth == k;
      im2col(w, block, x, row, row + rows, p, p + depth);
      gemmBlock(
        false,
        y + <usize>row * ldc,
        ldc,
        rows,
        filters,
        block,
        (<usize>depth) << 2,
        kernel + <usize>p * step,
        step * k,
        step,
        depth,
        startOf(p, bias),
        bias,
        last ? low : -Infinity,
        last ? high : Infinity,
        scratch,
      );
    }
  }
}

/**
 * Output pixels that `conv2dGradInput` computes together when images are small, so that the kernel is read once for all
 * of them.
 */
const GROUP_ROWS: i32 = 4 * ROWS;

/**
 * dx of one group for images begin..end; its channels must hold zeros before. kernel: the transpose [filters, k] in
 * panels. scratch: CONV_SCRATCH_BYTES. The loop over k is outside that over rows, so that sums have one order however
 * images are split.
 */
export function conv2dGradInput(
  begin: i32,
  end: i32,
  scratch: usize,
  dx: usize,
  dy: usize,
  ldy: usize,
  kernel: usize,
  window: usize,
  filters: i32,
  k: i32,
): void {
  const w = changetype<Window>(window);
  const block = scratch + GEMM_SCRATCH_BYTES;
  const step = (<usize>PANEL) << 2;
  const panelBytes = step * filters;
  const area = w.outHeight * w.outWidth;
  const images = max(1, GROUP_ROWS / max(1, area));
  for (; begin < end; begin += images) {
    const rowEnd = min(end, begin + images) * area;
    // Ranges of k, each a whole number of panels.
    for (let q = 0; q < k; q += DEPTH) {
      const columns = min(DEPTH, k - q);
      const panels = kernel + <usize>(q / PANEL) * panelBytes;
      for (let row = begin * area; row < rowEnd; row += ROWS) {
        const rows = min(ROWS, rowEnd - row);
        for (let p = 0; p < filters; p += DEPTH) {
          gemmBlock(
            false,
            block,
            (<usize>columns) << 2,
            rows,
            columns,
            dy + <usize>row * ldy + ((<usize>p) << 2),
            ldy,
            panels + <usize>p * step,
            panelBytes,
            step,
            min(DEPTH, filters - p),
            p > 0 ? SUM : ZERO,
            0,
            -Infinity,
            Infinity,
            scratch,
          );
        }
        col2im(w, dx, block, row, row + rows, q, q + columns);
      }
    }
  }
}

/**
 * dKernel [k, filters] of one group (rows `ldk` bytes apart): sums over `pixels` output pixels, cut into `parts`, each
 * written `partBytes` after the one before. Ranges count rows of dKernel, part by part. scratch: CONV_SCRATCH_BYTES,
 * and ROWS rows of dy in panels.
 */
export function conv2dGradFilter(
  begin: i32,
  end: i32,
  scratch: usize,
  dKernel: usize,
  ldk: usize,
  x: usize,
  dy: usize,
  ldy: usize,
  window: usize,
  filters: i32,
  k: i32,
  pixels: i32,
  parts: i32,
  partBytes: usize,
): void {
  while (begin < end) {
    const part = begin / k;
    const kBegin = begin % k;
    const kEnd = min(k, kBegin + end - begin);
    const from = partStart(pixels, part, parts);
    const to = partStart(pixels, part + 1, parts);
    const at = dKernel + <usize>part * partBytes;
    filterRows(at, ldk, x, dy, ldy, changetype<Window>(window), filters, kBegin, kEnd, from, to, scratch);
    begin += kEnd - kBegin;
  }
}

@inline
function filterRows(
  dKernel: usize,
  ldk: usize,
  x: usize,
  dy: usize,
  ldy: usize,
  w: Window,
  filters: i32,
  kBegin: i32,
  kEnd: i32,
  rowBegin: i32,
  rowEnd: i32,
  scratch: usize,
): void {
  const block = scratch + GEMM_SCRATCH_BYTES;
  const panels = scratch + CONV_SCRATCH_BYTES;
  const step = (<usize>PANEL) << 2;
  // The windows of a single pixel, with stride 1, are the pixels.
  const inPlace = w.kernelHeight * w.kernelWidth == 1 && w.outHeight == w.height && w.outWidth == w.width;
  const pixel = (<usize>w.channels) << 2;
  for (let row = rowBegin; row < rowEnd; row += ROWS) {
    const rows = min(ROWS, rowEnd - row);
    packPanels(0, (filters + PANEL - 1) / PANEL, panels, dy + <usize>row * ldy, ldy, rows, filters);
    for (let q = kBegin; q < kEnd; q += DEPTH) {
      const columns = min(DEPTH, kEnd - q);
      if (!inPlace) im2col(w, block, x, row, row + rows, q, q + columns);
      gemmBlock(
        true,
        dKernel + <usize>q * ldk,
        ldk,
        columns,
        filters,
        inPlace ? x + <usize>row * pixel + ((<usize>q) << 2) : block,
        inPlace ? pixel : (<usize>columns) << 2,
        panels,
        step * rows,
        step,
        rows,
        row > rowBegin ? SUM : ZERO,
        0,
        -Infinity,
        Infinity,
        scratch,
      );
    }
  }
}
