import { expect, test } from "vitest";
import { CacheError, withCacheErrors } from "../../../src/cli/train/cacheError.js";
import { FileError } from "../../../src/index.js";

test.each([
  ["ENOSPC", "make room there, or give another folder with --cache"],
  ["EDQUOT", "make room there, or give another folder with --cache"],
  ["EMFILE", "raise the limit of open files (ulimit -n)"],
  ["ENFILE", "raise the limit of open files (ulimit -n)"],
  ["ENOENT", "it was deleted meanwhile; run again"],
  ["EROFS", "give another folder with --cache"],
])("%s is one line that says what to do", async (code, advice) => {
  const cause = Object.assign(new Error(`${code}: why, open`), { code, syscall: "open" });
  const error: unknown = await withCacheErrors("a.features", "read", () => Promise.reject(cause)).catch((e) => e);
  expect(error).toBeInstanceOf(CacheError);
  expect(error).toBeInstanceOf(FileError);
  expect(error).toMatchObject({
    message: `a.features: features cannot be read (${code}: why, open); ${advice}.`,
    cause,
  });
});

test("errors that are not the file system's stay as they are: a signal's reason, a fault of a film", async () => {
  for (const error of [new FileError("a film"), new DOMException("stop", "AbortError"), new RangeError("odd")]) {
    await expect(withCacheErrors("a.features", "read", () => Promise.reject(error))).rejects.toBe(error);
  }
});
