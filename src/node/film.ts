/** A film's header and its length, by ffprobe. */
import { demuxers } from "./demuxers.js";
import { inputOf, Process } from "./ffmpeg.js";
import { checkPixels, faultOf, type Limits } from "./decoding/limits.js";

/** A film, as its header describes it. Times are in seconds from the beginning that players show. */
export interface Film {
  path: string;
  /** ffmpeg's name of its format. */
  format: string;
  /** In pixels, turned upright. */
  width: number;
  height: number;
  /** When the first frame is shown. */
  startSeconds: number;
  /** From the first frame to the end of the last; undefined when the header does not state it. */
  durationSeconds?: number;
  framesPerSecond?: number;
  numFrames?: number;
  /** Whether ffmpeg can seek to any key frame quickly and exactly. */
  seekable: boolean;
}

interface Header {
  format?: { format_name?: string; start_time?: string; duration?: string };
  streams?: Stream[];
}
interface Stream {
  width?: number;
  height?: number;
  start_time?: string;
  duration?: string;
  avg_frame_rate?: string;
  nb_frames?: string;
  tags?: Record<string, string>;
  side_data_list?: { rotation?: number }[];
}

/** Texts, which ffmpeg renders. */
const textFormats = new Set(["tty", "bin", "xbin", "adf", "idf"]);
const seekableFormats = new Set(["mov", "matroska"]);

/** In bytes: of the description of a film, which holds the texts in it. */
const mostDescription = 2 ** 26;

const ffprobe = (path: string, args: readonly string[], limits: Limits): Process =>
  new Process("ffprobe", path, ["-v", "error", ...args, ...inputOf(path, limits)], { limits });

/**
 * Reads a film's header.
 * @throws FileError when the file is not a film; PictureSizeError when its frames are too large; MissingProgramError when
 * ffprobe is not installed.
 */
export async function openFilm(path: string, limits: Limits): Promise<Film> {
  const entries = ["-select_streams", "V", "-show_format", "-show_streams", "-of", "json"];
  const process = ffprobe(path, ["-format_whitelist", await demuxers(path, limits), ...entries], limits);
  const { format, streams = [] } = parseHeader((await process.whole(mostDescription)).toString());
  process.checkPixels();
  if (process.isOtherFormat) throw faultOf(path, "a list of other files; pass one of these");
  const reason = process.complaint && ` (${process.complaint})`;
  if (!format) throw faultOf(path, `no film that ffmpeg can read${reason}; try another copy of it`);
  const [formatName] = (format.format_name ?? "").split(",");
  if (textFormats.has(formatName)) throw faultOf(path, "a text file; expected a film or a picture");
  const [stream] = streams;
  if (!stream) throw faultOf(path, "it has no video stream; expected a film");
  const { width, height } = stream;
  if (!width || !height) {
    if (formatName === "webp_pipe") {
      throw faultOf(path, "an animated WebP, which this ffmpeg cannot decode; save it as GIF or MP4");
    }
    throw faultOf(path, `its pictures cannot be decoded${reason}; try another copy of it`);
  }
  checkPixels(path, width, height, limits.maxPixels);

  const formatStart = seconds(format.start_time) ?? 0;
  const startSeconds = Math.max(0, (seconds(stream.start_time) ?? formatStart) - formatStart);
  const turned = stream.side_data_list?.some(({ rotation = 0 }) => Math.abs(rotation) % 180 === 90) ?? false;
  return {
    path,
    format: formatName,
    width: turned ? height : width,
    height: turned ? width : height,
    startSeconds,
    durationSeconds: headerDuration(stream, format.duration, startSeconds, formatStart),
    framesPerSecond: ratio(stream.avg_frame_rate),
    numFrames: seconds(stream.nb_frames),
    seekable: seekableFormats.has(formatName),
  };
}

/**
 * The length of the video stream if the header states it, as sound may go on after the last picture; else that of the
 * file.
 */
function headerDuration(
  { duration, tags }: Stream,
  whole: string | undefined,
  startSeconds: number,
  formatStart: number,
): number | undefined {
  const own = seconds(duration);
  if (own) return own;
  const end = clock(tags?.DURATION); // Matroska states the end of the track
  if (end !== undefined && end > formatStart + startSeconds) return end - formatStart - startSeconds;
  const all = seconds(whole);
  return all !== undefined && all > startSeconds ? all - startSeconds : undefined;
}

/** The film's length by its packets: reads the whole file without decoding it. In seconds; 0 for a single picture. */
export async function measureFilm({ path, format }: Film, limits: Limits): Promise<number> {
  const columns = ["-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0"];
  const process = ffprobe(path, ["-f", format, "-select_streams", "V:0", ...columns], limits);
  let [first, last, sum] = [Infinity, -Infinity, 0];
  for await (const line of linesOf(process.output())) {
    const [at, duration = 0] = line.split(",").map(seconds);
    sum += duration;
    if (at === undefined) continue;
    first = Math.min(first, at);
    last = Math.max(last, at + duration);
  }
  return last >= first ? last - first : sum; // a raw stream of frames has no times
}

function parseHeader(text: string): Header {
  try {
    return JSON.parse(text) as Header;
  } catch {
    return {}; // an older ffprobe prints nothing when it fails
  }
}

async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest) yield rest;
}

/** The number in a text such as "12.5"; undefined for "N/A" or no text. */
function seconds(text: string | undefined): number | undefined {
  const value = Number.parseFloat(text ?? "");
  return Number.isFinite(value) ? value : undefined;
}

/** The seconds in a text such as "01:02:03.5". */
function clock(text: string | undefined): number | undefined {
  const parts = text?.split(":").map(Number);
  return parts?.length === 3 ? parts[0] * 3600 + parts[1] * 60 + parts[2] : undefined;
}

/** The value of a text such as "30000/1001"; undefined for "0/0". */
function ratio(text: string | undefined): number | undefined {
  const [above, below] = (text ?? "").split("/").map(Number);
  return above > 0 && below > 0 ? above / below : undefined;
}
