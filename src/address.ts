/** Telling addresses from paths, and showing them. */

/**
 * Whether a text is an address with a scheme, such as `https:` or `file:`, and not a path. `C:\` is a drive, not a
 * scheme.
 */
export const isAddress = (place: string | URL): boolean => /^[a-z][a-z\d+.-]+:/i.test(String(place));

/** Whether an address is that of a file on a disk. */
export const isFileAddress = (place: string | URL): boolean => /^file:/i.test(String(place));

/** A text without what the addresses in it keep secret: users, passwords, and queries, which may hold a signature. */
export const withoutSecrets = (text: string): string =>
  text.replace(/:\/\/(?:[^\s"/?#]*@)?([^\s"?#]*)(?:[?#][^\s"]*)?/g, "://$1");
