import * as formats from "zoetrope/formats";
import { runAppAsText } from "../../../app.js";

export const runtime = "edge";
export const GET = async () => new Response(await runAppAsText(formats));
