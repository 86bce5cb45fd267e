import "zoetrope/training";
import * as datasets from "zoetrope/datasets";
import * as formats from "zoetrope/formats";
import * as inspect from "zoetrope/inspect";
import * as kernels from "zoetrope/kernels";
import * as node from "zoetrope/node";
import * as reference from "zoetrope/reference";
import * as report from "zoetrope/report";
import { runAppAsText } from "./app.js";

const subpaths: object[] = [datasets, inspect, kernels, node, reference, report];
if (subpaths.some((subpath) => Object.keys(subpath).length === 0)) throw new Error("a subpath is empty");
void runAppAsText(formats).then((text) => console.log(text));
