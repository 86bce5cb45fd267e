// Prints the closing lines of a CI run from vitest's JSON report: files, tests, and last `N passed, N failed`.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync("build/tests.json", "utf8"));
// A file that failed before its first test has no test that counts: it is one more failure.
const brokenFiles = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
const failed = report.numFailedTests + brokenFiles.length;
const failedFiles = report.testResults.filter((file) => file.status === "failed").length;
const seconds = (Math.max(...report.testResults.map((file) => file.endTime)) - report.startTime) / 1000;

const counts = (passed, bad) => `${bad > 0 ? `${bad} failed | ` : ""}${passed} passed (${passed + bad})`;
console.log(` Test Files  ${counts(report.testResults.length - failedFiles, failedFiles)}`);
console.log(`      Tests  ${counts(report.numPassedTests, failed)}`);
console.log(`   Duration  ${seconds.toFixed(2)}s`);
console.log(`${report.numPassedTests} passed, ${failed} failed`);
