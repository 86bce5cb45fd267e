/** The bytes that files of some formats begin with. */

const startsWith = (bytes: Uint8Array, signature: readonly number[]): boolean =>
  signature.every((byte, i) => bytes[i] === byte);

/** Whether bytes are the beginning (eight bytes or more) of an HDF5 file. */
export const isHdf5 = (bytes: Uint8Array): boolean =>
  startsWith(bytes, [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Whether bytes are the beginning (four bytes or more) of a zip file. */
export const isZip = (bytes: Uint8Array): boolean => startsWith(bytes, [0x50, 0x4b, 0x03, 0x04]);
