/** The script of the report's page: build.mjs bundles it, and reportHtml puts it into the page. */
import type { PaletteName } from "../byteScale.js";
import { Film } from "./film.js";
import { decodeBase64 } from "./maps.js";

const base64 = JSON.parse(document.querySelector("script.palettes")!.textContent!) as Record<PaletteName, string>;
const palettes = { sequential: decodeBase64(base64.sequential), diverging: decodeBase64(base64.diverging) };
for (const film of document.querySelectorAll<HTMLElement>(".film")) new Film(film, palettes);
