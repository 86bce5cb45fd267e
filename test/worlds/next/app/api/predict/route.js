import * as formats from "zoetrope/formats";
import { runAppAsText } from "../../../app.js";

export const dynamic = "force-dynamic";
export const GET = async () => new Response(await runAppAsText(formats));
