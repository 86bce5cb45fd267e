// The links of the pages lead to files and headings that exist, and the package has README.md with absolute ones.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { toAbsolute, toRelative, withTargets } from "../../scripts/packReadme.mjs";
import { run } from "../support/programs.js";

const markdownIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name).replaceAll("\\", "/"));
const pages = [".", "docs", "examples", "test", "test/fixtures", "bench", "data"].flatMap(markdownIn);

function targetsOf(page: string): string[] {
  const targets: string[] = [];
  withTargets(page, (target) => {
    targets.push(target);
    return target;
  });
  return targets;
}

/** The anchors of a page's headings, as GitHub and npm make them. */
function anchorsOf(page: string): string[] {
  const withoutCode = page.replace(/^ *```[^]*?^ *```/gm, "");
  const seen = new Map<string, number>();
  return [...withoutCode.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

test("every relative link leads to a file that exists, and to a heading of it", () => {
  const broken = pages.flatMap((page) =>
    targetsOf(readFileSync(page, "utf8"))
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path, anchor] = target.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        if (!existsSync(file)) return true;
        return anchor !== undefined && !anchorsOf(readFileSync(file, "utf8")).includes(anchor);
      })
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
  expect(pages.flatMap((page) => targetsOf(readFileSync(page, "utf8"))).length).toBeGreaterThan(100);
});

test("README.md links to every page of docs/ for users", () => {
  const linked = targetsOf(readFileSync("README.md", "utf8"));
  const missing = markdownIn("docs").filter((page) => !linked.includes(page));
  expect(missing).toEqual([]);
});

describe("README.md in the package", () => {
  const page = readFileSync("README.md", "utf8");
  const { homepage, repository, bugs, scripts } = JSON.parse(readFileSync("package.json", "utf8"));

  test("has only absolute links and pictures, or anchors", () => {
    const targets = targetsOf(toAbsolute(page, homepage));
    expect(targets.filter((target) => !/^(https:\/\/|#)/.test(target))).toEqual([]);
    expect(targets).toContain(`${homepage}/blob/HEAD/docs/files.md`);
    expect(targets).toContain(`${homepage}/raw/HEAD/docs/report.png`);
  });

  test("is README.md to the byte when its links are made relative again", () => {
    const packed = toAbsolute(page, homepage);
    expect(packed).not.toBe(page);
    expect(toAbsolute(packed, homepage)).toBe(packed);
    expect(toRelative(packed, homepage)).toBe(page);
    expect(toRelative(page, homepage)).toBe(page);
  });

  test("code is left as it is", () => {
    const code = "`a[0](b)`\n\n```js\nlist[1](c);\n```\n[d](e)\n";
    expect(toAbsolute(code, "https://f.example")).toBe(code.replace("(e)", "(https://f.example/blob/HEAD/e)"));
  });

  test("the addresses of the package are at one place", () => {
    const addresses = [repository.url.replace(/^git\+/, "").replace(/\.git$/, ""), bugs.url.replace(/\/issues$/, "")];
    expect(addresses).toEqual([homepage, homepage]);
  });

  test("npm pack packs the absolute links and leaves README.md as it was", () => {
    const folder = mkdtempSync(join(tmpdir(), "zoetrope-links-"));
    try {
      const { prepack, postpack } = scripts;
      const manifest = { name: "links", version: "1.0.0", homepage, files: [], scripts: { prepack, postpack } };
      writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
      writeFileSync(join(folder, "README.md"), page);
      mkdirSync(join(folder, "scripts"));
      copyFileSync("scripts/packReadme.mjs", join(folder, "scripts/packReadme.mjs"));
      writeFileSync(join(folder, "build.mjs"), "process.exit(1)");
      expect(() => run("npm", ["pack"], folder)).toThrow("npm pack ended with 1");
      expect(readFileSync(join(folder, "README.md"), "utf8"), "after a build that failed").toBe(page);
      writeFileSync(join(folder, "build.mjs"), "");
      run("npm", ["pack"], folder);
      // npm publish reads README.md once more after postpack.
      vi.stubEnv("npm_command", "publish");
      for (const [event, way, expected] of [
        ["prepack", "absolute", toAbsolute(page, homepage)],
        ["postpack", "relative", toAbsolute(page, homepage)],
        ["postpublish", "relative", page],
      ]) {
        vi.stubEnv("npm_lifecycle_event", event);
        run("node", ["scripts/packReadme.mjs", way], folder);
        expect(readFileSync(join(folder, "README.md"), "utf8"), event).toBe(expected);
      }
      run("tar", ["-xzf", "links-1.0.0.tgz"], folder);
      expect(readFileSync(join(folder, "package/README.md"), "utf8")).toBe(toAbsolute(page, homepage));
      expect(readFileSync(join(folder, "README.md"), "utf8")).toBe(page);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
