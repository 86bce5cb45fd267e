/** Cameras store a photograph as the sensor saw it and note in EXIF how they were held; this turns it upright. */

/** RGB from 0 to 255, row by row: [height, width, 3]. */
export interface Picture {
  width: number;
  height: number;
  rgb: Float32Array;
}

const orientationTag = 0x0112;

/**
 * The orientation, 1 (upright) to 8, in an EXIF block; 1 where there is none. The block is what follows "Exif\0" in a
 * JPEG's APP1: a zero byte, then a TIFF header (byte order, 42, where the first directory is) and directories of 12-byte entries.
 */
export function readOrientation(exif: Uint8Array | undefined): number {
  if (!exif || exif.length < 15) return 1;
  const tiff = new DataView(exif.buffer, exif.byteOffset + 1, exif.byteLength - 1);
  const littleEndian = tiff.getUint16(0) === 0x4949; // "II"
  const directory = tiff.getUint32(4, littleEndian);
  if (directory + 2 > tiff.byteLength) return 1;
  const numEntries = tiff.getUint16(directory, littleEndian);
  for (let i = 0; i < numEntries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.byteLength) return 1;
    if (tiff.getUint16(entry, littleEndian) !== orientationTag) continue;
    const value = tiff.getUint16(entry + 8, littleEndian);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** By orientation - 1: are rows and columns swapped, and is the stored picture then read from its right, from its bottom? */
const turns: readonly [swapped: boolean, fromRight: boolean, fromBottom: boolean][] = [
  [false, false, false],
  [false, true, false],
  [false, true, true],
  [false, false, true],
  [true, false, false],
  [true, false, true],
  [true, true, true],
  [true, true, false],
];

/** The picture as it should be seen. */
export function turnUpright(stored: Picture, orientation: number): Picture {
  if (orientation === 1) return stored;
  const [swapped, fromRight, fromBottom] = turns[orientation - 1];
  const width = swapped ? stored.height : stored.width;
  const height = swapped ? stored.width : stored.height;
  const rgb = new Float32Array(stored.rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const along = swapped ? y : x;
      const down = swapped ? x : y;
      const storedX = fromRight ? stored.width - 1 - along : along;
      const storedY = fromBottom ? stored.height - 1 - down : down;
      const from = (storedY * stored.width + storedX) * 3;
      const to = (y * width + x) * 3;
      for (let c = 0; c < 3; c++) rgb[to + c] = stored.rgb[from + c];
    }
  }
  return { width, height, rgb };
}
