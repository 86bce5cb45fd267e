/** The bytes that files of some formats begin with. */

const startsWith = (bytes: Uint8Array, signature: readonly number[]): boolean =>
  signature.every((byte, i) => bytes[i] === byte);

/** Whether bytes are the beginning (eight bytes or more) of an HDF5 file. */
export const isHdf5 = (bytes: Uint8Array): boolean =>
  startsWith(bytes, [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Whether bytes are the beginning (four bytes or more) of a zip file. */
export const isZip = (bytes: Uint8Array): boolean => startsWith(bytes, [0x50, 0x4b, 0x03, 0x04]);

/** The formats of photographs. Files of WebP, GIF and TIFF may also hold several pictures. */
export type PictureFormat = "JPEG" | "PNG" | "WebP" | "AVIF" | "GIF" | "BMP" | "TIFF";

/** The format of a photograph by the beginning (64 bytes or more) of its file; undefined when it is none of these. */
export function pictureFormat(bytes: Uint8Array): PictureFormat | undefined {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return "JPEG";
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47])) return "PNG";
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  if (/^(II\*\0|MM\0\*)/.test(text)) return "TIFF";
  // Behind the length of the file and four zeros, the beginning of the pixels: two letters alone begin too many texts.
  if (/^BM[^]{4}\0{4}[^]{2}\0{2}/.test(text)) return "BMP";
  if (/^GIF8[79]a/.test(text)) return "GIF";
  if (text.startsWith("RIFF") && text.startsWith("WEBP", 8)) return "WebP";
  // A box of brands: the main one, its version, and others. "avis" is a sequence of pictures.
  const [box = ""] = text.startsWith("ftyp", 4) ? [text.slice(8, bytes[3])] : [];
  return /^(avif|mif1)/.test(box) && box.includes("avif") ? "AVIF" : undefined;
}
