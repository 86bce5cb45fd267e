// node gatherFeatures.cjs CLIPS CACHE MILLISECONDS: writes "begun", gathers the features of the films, writes their number.
import { gather, storedExtractor } from "../storedFilms.js";

const [clips, cache, milliseconds] = process.argv.slice(2);
const onFound = () => process.stdout.write("begun\n");
void gather({ clips, cache, extractor: storedExtractor("plain", Number(milliseconds)), onFound }).then((gathered) =>
  process.stdout.write(`${gathered.clips.length} clips, ${gathered.skipped.length} skipped\n`),
);
