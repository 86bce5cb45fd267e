import * as formats from "zoetrope/formats";
import { runAppAsText } from "./app.js";

test("the app runs", async () => {
  const text = await runAppAsText(formats);
  process.stdout.write(`${text}\n`);
});
