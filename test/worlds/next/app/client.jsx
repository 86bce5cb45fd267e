"use client";
import { useEffect } from "react";
import * as formats from "zoetrope/formats";
import { runAppAsText } from "../app.js";

export function App() {
  useEffect(() => {
    runAppAsText(formats).then((text) => (document.documentElement.dataset.answer = text));
  }, []);
  return <p>zoetrope</p>;
}
