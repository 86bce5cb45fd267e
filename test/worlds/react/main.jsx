import { StrictMode, useEffect, useState } from "react";
import { createRoot } from "react-dom/client";
import * as formats from "zoetrope/formats";
import { runAppAsText } from "./app.js";

let mounts = 0;
let last = Promise.resolve(); // one run after the other, as random numbers and names come from one place

function App() {
  const [text, setText] = useState("");
  useEffect(() => {
    mounts++;
    last = last.then(() => runAppAsText(formats));
    last.then((answer) => setText((before) => [before, answer].filter(Boolean).join("\n")));
  }, []);
  useEffect(() => {
    // StrictMode mounts twice, so there are two answers.
    if (mounts > 1 && text.split("\n").length === mounts) document.documentElement.dataset.answer = text;
  }, [text]);
  return <pre>{text}</pre>;
}

const root = document.body.appendChild(document.createElement("div"));
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
