import * as formats from "zoetrope/formats";
import { runAppAsText } from "./app.js";

self.onmessage = async ({ ports: [port] }) => port.postMessage(await runAppAsText(formats));
