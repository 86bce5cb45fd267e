/** Where the files beside model.json come from: its folder or address, or a list of files that a user has chosen. */
import { ArgumentError, FileError } from "../../errors.js";
import { fileSystem } from "../../host.js";
import { nameOf, readBytes, type Source } from "../transfer.js";
import type { ReadShard } from "./manifest.js";

/** model.json and all files that it names: those of a file input, or bytes by their paths. */
export type ModelFiles = readonly File[] | ReadonlyMap<string, Uint8Array>;

interface Opened {
  /** What errors call it. */
  readonly name: string;
  /** The file itself, model.json among several. */
  readonly main: Source;
  readonly readShard: ReadShard;
}

/** A source, and how to read what it names beside it. @throws ArgumentError for a list of files without one model.json. */
export const opened = (where: string, source: Source | ModelFiles): Opened =>
  Array.isArray(source) || source instanceof Map
    ? amongFiles(where, source as ModelFiles)
    : { name: nameOf(source as Source), main: source as Source, readShard: besides(where, source as Source) };

function amongFiles(where: string, files: ModelFiles): Opened {
  const list = files instanceof Map ? files : new Map((files as readonly File[]).map((file) => [pathOf(file), file]));
  const found = [...list.keys()].filter((path) => /\.json$/i.test(path));
  if (found.length !== 1) {
    throw new ArgumentError(`${where}: expected model.json and its files, received ${found.length} of *.json.`);
  }
  const [main] = found;
  const [name, folder] = [JSON.stringify(main), main.replace(/[^/]*$/, "")];
  const readShard: ReadShard = async (path, maxBytes) => {
    // Of files that were chosen or dropped, folders may not be known.
    const file = list.get(folder + path) ?? list.get(path.replace(/^.*\//, ""));
    if (file) return readBytes(where, file, maxBytes, false);
    throw new FileError(`${where}: ${name} names "${path}", which is not among the files.`);
  };
  return { name, main: list.get(main)!, readShard };
}

const pathOf = (file: File): string => file.webkitRelativePath || file.name;

/** Files in the folder, or under the address, of model.json. */
function besides(where: string, given: Source): ReadShard {
  const source = given instanceof Response && given.url !== "" ? given.url : given;
  if (typeof source !== "string" && !(source instanceof URL)) {
    return async (path) => {
      const advice = "give the path or URL of model.json, or a list of all files";
      throw new FileError(`${where}: ${nameOf(source)} names "${path}" beside it; ${advice}.`);
    };
  }
  return async (path, maxBytes) => readBytes(where, placeOf(source, path), maxBytes, false);
}

/** Of a path that goes downwards alone (see readManifest). */
function placeOf(source: string | URL, path: string): string | URL {
  const isAddress = source instanceof URL || /^[a-z][a-z\d+.-]+:/i.test(source);
  if (!isAddress && fileSystem()) return source.replace(/[^/\\]*$/, "") + path;
  // What a server asks for at the end of an address (a token), it asks for at each.
  const [, folder, query = ""] = /^([^?#]*\/|)[^/?#]*(\?[^#]*)?/.exec(String(source))!;
  const place = folder + path.split("/").map(encodeURIComponent).join("/") + query;
  return isAddress ? new URL(place) : place;
}
