/** The script of the report's page: build.mjs bundles it, and reportHtml puts it into the page. */
import type { PaletteName } from "../byteScale.js";
import { Film } from "./film.js";
import { parsePalette } from "./paint.js";

const hex = JSON.parse(document.querySelector("script.palettes")!.textContent!) as Record<PaletteName, string>;
const palettes = { sequential: parsePalette(hex.sequential), diverging: parsePalette(hex.diverging) };
for (const film of document.querySelectorAll<HTMLElement>(".film")) new Film(film, palettes);
