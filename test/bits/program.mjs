// Prints the hash of the weights, as JSON with the backend's name and the number of threads: for Node, Bun and Deno.
import * as zoetrope from "../../dist/index.js";
import { trainedHash } from "./training.mjs";

await zoetrope.init({ relaxed: false });
const hash = await trainedHash(zoetrope);
console.log(JSON.stringify({ hash, ...zoetrope.info() }));
