/**
 * What needs Node: films and pictures as clips of square frames, with ffmpeg, and callbacks that write files. Subpath
 * `zoetrope/node`.
 */
export {
  type Clip,
  type ClipKind,
  type FilmInfo,
  probe,
  readClip,
  type ReadClipOptions,
  readFrames,
  type ReadFramesOptions,
} from "./clip.js";
export { isLive, type LiveFrame, readLive, type ReadLiveOptions } from "./live.js";
export { listClasses, listClips, type Skipped } from "./folders.js";
export { type CacheHost, userCacheFolder } from "../cacheFolder.js";
export { contentHash } from "./hash.js";
export { type DecodeLimits, MissingProgramError, PictureSizeError, type Stoppable } from "./decoding/limits.js";
export { decodePicture } from "./decoding/picture.js";
export { cropSquare, type Picture, resize } from "./decoding/transform.js";
export { CSVLogger, type CSVLoggerOptions } from "./csvLogger.js";
export { TensorBoard, type TensorBoardOptions } from "./tensorBoard.js";
