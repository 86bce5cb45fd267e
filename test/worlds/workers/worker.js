import * as formats from "zoetrope/formats";
import { runAppAsText } from "./app.js";

export default { fetch: async () => new Response(await runAppAsText(formats)) };
