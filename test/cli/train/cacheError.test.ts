import { expect, test } from "vitest";
import { CacheError, withCacheErrors } from "../../../src/cli/train/cacheError.js";
import { FileError } from "../../../src/index.js";

test.each([
  ["ENOSPC", "the disk is full", "make room there, or give another folder with --cache"],
  ["EDQUOT", "the user's share of the disk is used up", "make room there, or give another folder with --cache"],
  ["EMFILE", "too many files are open", "raise the limit of open files (ulimit -n)"],
  ["ENFILE", "too many files are open", "raise the limit of open files (ulimit -n)"],
  ["ENOENT", "it does not exist", "it was deleted meanwhile; run again"],
  ["EROFS", "the file system is read-only", "give another folder with --cache"],
])("%s is one line that says what to do", async (code, reason, advice) => {
  const cause = Object.assign(new Error(`${code}: why, open`), { code, syscall: "open" });
  const error: unknown = await withCacheErrors("a.features", "read", () => Promise.reject(cause)).catch((e) => e);
  expect(error).toBeInstanceOf(CacheError);
  expect(error).toBeInstanceOf(FileError);
  expect(error).toMatchObject({
    message: `a.features: features cannot be read (${code}: ${reason}); ${advice}.`,
    cause,
  });
});

test("errors that are not the file system's stay as they are: a signal's reason, a fault of a film", async () => {
  for (const error of [new FileError("a film"), new DOMException("stop", "AbortError"), new RangeError("odd")]) {
    await expect(withCacheErrors("a.features", "read", () => Promise.reject(error))).rejects.toBe(error);
  }
});
