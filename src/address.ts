/** Telling addresses from paths. */

/**
 * Whether a text is an address with a scheme, such as `https:` or `file:`, and not a path. `C:\` is a drive, not a
 * scheme.
 */
export const isAddress = (place: string | URL): boolean => place instanceof URL || /^[a-z][a-z\d+.-]+:/i.test(place);

/** Whether an address is that of a file on a disk. */
export const isFileAddress = (place: string | URL): boolean => String(place).startsWith("file:");
