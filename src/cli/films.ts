/** What is read from films: `zoetrope/node`, or in tests something that behaves like it. */
import * as node from "../node/index.js";

export type Films = Pick<
  typeof node,
  "listClips" | "listClasses" | "readClip" | "readFrames" | "probe" | "contentHash"
>;

export const realFilms: Films = node;
