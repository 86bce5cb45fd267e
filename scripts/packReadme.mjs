// npm's page shows README.md alone, so its links to files of the repository must be absolute there. `prepack` makes them absolute, and
// `postpack` makes them relative again; `npm publish` reads README.md once more after `postpack`, so there `postpublish` does it.
// `prepack` builds first, because a build that fails afterwards would leave the absolute links.
//   node scripts/packReadme.mjs absolute
//   node scripts/packReadme.mjs relative
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** Code, which has no links, or a link or picture: its text up to the bracket, and its target. */
const codeOrLink = /^ *```[^]*?^ *```|`[^`\n]+`|(!?\[[^\]]*\]\()([^)\s]+)\)/gm;

/** Replaces the target of each link and picture of a page. */
export function withTargets(
  /** @type {string} */ page,
  /** @type {(target: string, isPicture: boolean) => string} */ replace,
) {
  return page.replace(codeOrLink, (all, start, target) =>
    start === undefined ? all : `${start}${replace(target, start.startsWith("!"))})`,
  );
}

const placesAt = (/** @type {string} */ address) => ({
  pages: `${address}/blob/HEAD/`,
  pictures: `${address}/raw/HEAD/`,
});

/** Makes the relative links and pictures of a page absolute; `address` is that of the repository. */
export function toAbsolute(/** @type {string} */ page, /** @type {string} */ address) {
  const { pages, pictures } = placesAt(address);
  const isRelative = (/** @type {string} */ target) => !/^([a-z][\w+.-]*:|\/\/|#)/i.test(target);
  return withTargets(page, (target, isPicture) =>
    isRelative(target) ? (isPicture ? pictures : pages) + target : target,
  );
}

/** The inverse of `toAbsolute`. */
export function toRelative(/** @type {string} */ page, /** @type {string} */ address) {
  const { pages, pictures } = placesAt(address);
  return withTargets(page, (target, isPicture) => {
    const place = isPicture ? pictures : pages;
    return target.startsWith(place) ? target.slice(place.length) : target;
  });
}

const changes = { absolute: toAbsolute, relative: toRelative };

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { npm_command: command, npm_lifecycle_event: event } = process.env;
  const way = process.argv[2];
  if (!(way in changes)) throw new Error(`packReadme: received ${way}; expected absolute or relative.`);
  if (!(command === "publish" && event === "postpack")) {
    const { homepage } = JSON.parse(readFileSync("package.json", "utf8"));
    writeFileSync("README.md", changes[way](readFileSync("README.md", "utf8"), homepage));
  }
}
