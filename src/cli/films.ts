/** The functions that read films: those of `zoetrope/node`, which tests replace. */
import * as node from "../node/index.js";

export type Films = Pick<
  typeof node,
  "listClips" | "listClasses" | "readClip" | "readFrames" | "probe" | "contentHash"
>;

export const realFilms: Films = node;
