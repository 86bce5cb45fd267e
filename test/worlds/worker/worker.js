import * as formats from "zoetrope/formats";
import { runAppAsText } from "./app.js";

runAppAsText(formats).then((text) => postMessage(text));
