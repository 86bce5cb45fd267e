const formats = require("zoetrope/formats");
const { runAppAsText } = require("./app.js");

test("the app runs", async () => {
  process.stdout.write(`${await runAppAsText(formats)}\n`);
});
