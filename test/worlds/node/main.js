import * as formats from "zoetrope/formats";
import { runAppAsText } from "./app.js";

console.log(await runAppAsText(formats));
