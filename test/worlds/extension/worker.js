import * as formats from "zoetrope/formats";
import { runAppAsText } from "./app.js";

chrome.runtime.onMessage.addListener((_message, _sender, answer) => {
  runAppAsText(formats).then(answer);
  return true;
});
