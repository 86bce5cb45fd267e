const formats = require("zoetrope/formats");
const { runAppAsText } = require("./app.js");

runAppAsText(formats).then(console.log);
