/**
 * Convolution as matrix products: blocks of rows, one row an output pixel, its columns what the window covers (im2col), of which
 * never more than one block exists. Gradients walk the same blocks the other way.
 * Group g of a grouped convolution is one of its own, over channels g * groupChannels and on.
 */
import { blockDepth, gemmBlock, packPanels, panelColumns, ROWS, startOf, SUM, ZERO } from "./gemm";
import {
  channels,
  dilationHeight,
  dilationWidth,
  groupChannels,
  height,
  kernelWidth,
  outHeight,
  outWidth,
  padLeft,
  padTop,
  strideHeight,
  strideWidth,
  width,
} from "./window";

/** Four floats a turn: what runs over the end is overwritten by the next piece, or lies in the block's padding. */
@inline
function copyPiece(y: usize, x: usize, n: i32): void {
  for (const end = y + ((<usize>n) << 2); y < end; y += 16, x += 16) v128.store(y, v128.load(x));
}

@inline
function zeroPiece(y: usize, n: i32): void {
  const zero = f32x4.splat(0);
  for (const end = y + ((<usize>n) << 2); y < end; y += 16) v128.store(y, zero);
}

/**
 * block[row, k] for output pixels rowBegin..rowEnd (counted over the whole batch) and k in kBegin..kEnd of the window
 * [kernelHeight, kernelWidth, groupChannels]. x: the first channel of the group.
 */
function im2col(block: usize, x: usize, rowBegin: i32, rowEnd: i32, kBegin: i32, kEnd: i32): void {
  const pixel = (<usize>channels) << 2;
  const tapBegin = kBegin / groupChannels;
  const channelBegin = kBegin % groupChannels;
  // Taps side by side read neighbouring pixels, so a row of the window can be one piece.
  const wholeRows = groupChannels == channels && dilationWidth == 1;
  const rowPiece = kernelWidth * groupChannels;
  for (let row = rowBegin; row < rowEnd; row++) {
    const line = row / outWidth;
    const left = (row % outWidth) * strideWidth - padLeft;
    const top = (line % outHeight) * strideHeight - padTop;
    const image = x + <usize>(line / outHeight) * <usize>height * <usize>width * pixel;
    const inside = left >= 0 && left + kernelWidth <= width;
    let down = tapBegin / kernelWidth;
    let right = tapBegin % kernelWidth;
    let from = channelBegin;
    for (let k = kBegin; k < kEnd;) {
      const y = top + down * dilationHeight;
      const lineFrom = image + <usize>(y * width) * pixel;
      let count: i32;
      if (wholeRows && inside && right == 0 && from == 0 && k + rowPiece <= kEnd) {
        count = rowPiece;
        if (<u32>y < <u32>height) copyPiece(block, lineFrom + <usize>left * pixel, count);
        else zeroPiece(block, count);
        down++;
      } else {
        count = min(groupChannels - from, kEnd - k);
        const z = left + right * dilationWidth;
        if (<u32>y < <u32>height && <u32>z < <u32>width) {
          copyPiece(block, lineFrom + <usize>z * pixel + ((<usize>from) << 2), count);
        } else zeroPiece(block, count);
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

/** The adjoint of `im2col` for whole windows: adds block[row, k] to dx. */
function col2im(dx: usize, block: usize, rowBegin: i32, rowEnd: i32, kBegin: i32, kEnd: i32): void {
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
 * One group of y for output pixels rowBegin..rowEnd. kernel: [k, filters] in panels. y: the group's first filter, pixels `ldc`
 * bytes apart. block: room for ROWS * 512 floats and 8 more.
 */
export function conv2d(
  y: usize,
  ldc: usize,
  x: usize,
  kernel: usize,
  bias: usize,
  block: usize,
  filters: i32,
  k: i32,
  low: f32,
  high: f32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const step = (<usize>panelColumns) << 2;
  for (let row = rowBegin; row < rowEnd; row += ROWS) {
    const rows = min(ROWS, rowEnd - row);
    for (let p = 0; p < k; p += blockDepth) {
      const depth = min(blockDepth, k - p);
      const last = p + depth == k;
      im2col(block, x, row, row + rows, p, p + depth);
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
      );
    }
  }
}

/**
 * dx of one group for the images to which output pixels rowBegin..rowEnd belong; dx holds zeros (or other groups) before.
 * kernel: the transpose [filters, k] in panels.
 */
export function conv2dGradInput(
  dx: usize,
  dy: usize,
  ldy: usize,
  kernel: usize,
  block: usize,
  filters: i32,
  k: i32,
  rowBegin: i32,
  rowEnd: i32,
): void {
  const step = (<usize>panelColumns) << 2;
  const panelBytes = step * filters;
  for (let row = rowBegin; row < rowEnd; row += ROWS) {
    const rows = min(ROWS, rowEnd - row);
    // Parts of k, each a whole number of panels.
    for (let q = 0; q < k; q += blockDepth) {
      const columns = min(blockDepth, k - q);
      const panels = kernel + <usize>(q / panelColumns) * panelBytes;
      for (let p = 0; p < filters; p += blockDepth) {
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
          min(blockDepth, filters - p),
          p > 0 ? SUM : ZERO,
          0,
          -Infinity,
          Infinity,
        );
      }
      col2im(dx, block, row, row + rows, q, q + columns);
    }
  }
}

/**
 * dKernel [k, filters] of one group (rows `ldk` bytes apart) from output pixels rowBegin..rowEnd, for window positions
 * kBegin..kEnd. Adds to what is there if `add`. block: ROWS * 512 floats for im2col and room for ROWS rows of packed dy.
 */
export function conv2dGradFilter(
  dKernel: usize,
  ldk: usize,
  x: usize,
  dy: usize,
  ldy: usize,
  block: usize,
  panels: usize,
  filters: i32,
  kBegin: i32,
  kEnd: i32,
  rowBegin: i32,
  rowEnd: i32,
  add: bool,
): void {
  const step = (<usize>panelColumns) << 2;
  for (let row = rowBegin; row < rowEnd; row += ROWS) {
    const rows = min(ROWS, rowEnd - row);
    packPanels(panels, dy + <usize>row * ldy, ldy, rows, filters);
    for (let q = kBegin; q < kEnd; q += blockDepth) {
      const columns = min(blockDepth, kEnd - q);
      im2col(block, x, row, row + rows, q, q + columns);
      gemmBlock(
        true,
        dKernel + <usize>q * ldk,
        ldk,
        columns,
        filters,
        block,
        (<usize>columns) << 2,
        panels,
        step * rows,
        step,
        rows,
        add || row > rowBegin ? SUM : ZERO,
        0,
        -Infinity,
        Infinity,
      );
    }
  }
}
