/** The errors of the operating system in words. */

const words: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is a file and no folder",
  EISDIR: "it is a folder; give the path of a file in it",
  EACCES: "this user may not",
  EPERM: "this user may not",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the user's share of the disk is used up",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ELOOP: "links lead in a circle",
  ENAMETOOLONG: "the name is too long",
  EBUSY: "it is in use",
  EFBIG: "the file would be larger than is allowed",
  EIO: "the device failed",
  EPIPE: "its reader has closed it",
  ENOMEM: "there is not enough memory",
};

/** Whether the operating system has refused something. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string" && "syscall" in error;

/** Why it refused: `ENOSPC: the disk is full`; of another error its message. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (!isSystemError(error)) return message;
  return Object.hasOwn(words, code!) ? `${code}: ${words[code!]}` : message;
}
