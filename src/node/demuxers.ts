/** The formats that ffprobe may take a film for. */
import { Process } from "./ffmpeg.js";
import { faultOf, type Limits } from "./decoding/limits.js";

/**
 * Formats whose files name other files, or addresses in a network, which ffmpeg would read; or are programs, which it would
 * run. A film cannot be told from these by its beginning alone.
 */
const withheld = new Set(
  "avisynth concat concatf dash hls image2 image2_alias_pix image2_brender_pix imf lavfi rtp rtsp sdp vapoursynth vobsub".split(" "), // prettier-ignore
);

let known: string | undefined;

/**
 * The names of all formats that this ffprobe reads, without those, as a list for its option.
 * @param path the film for which it is asked, for messages.
 * @throws MissingProgramError when ffprobe is not installed.
 */
export async function demuxers(path: string, limits: Limits): Promise<string> {
  if (known) return known;
  const process = new Process("ffprobe", path, ["-v", "error", "-demuxers"], { limits });
  const [, table = ""] = (await process.whole(2 ** 20)).toString().split(/^ *--+ *$/m);
  // A line has a few letters that say what the format is for, its names, and a title.
  const names = [...table.matchAll(/^ *(?:[DEd.]+ +)+(\S+) /gm)].flatMap(([, name]) => name.split(","));
  const allowed = names.filter((name) => !withheld.has(name));
  if (allowed.length === 0) throw faultOf(path, "ffprobe does not say which films it reads; install another ffmpeg");
  return (known = allowed.join(","));
}
