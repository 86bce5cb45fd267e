/** EXIF orientation: cameras store a photograph as the sensor saw it, and note how they were held. */

const orientationTag = 0x0112;

/**
 * The orientation in an EXIF block, from 1 (upright) to 8; 1 when the block states none. The block is a TIFF header
 * (byte order, 42, offset of the first directory) and directories of 12-byte entries.
 */
export function readOrientation(exif: Uint8Array | undefined): number {
  if (!exif || exif.length < 14) return 1;
  const tiff = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
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
