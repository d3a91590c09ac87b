// `npm test`: the whole suite. With arguments: `npm test -- PATH…` runs only the matching unit and feature tests.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { ensureBuild } from "./build.mjs";
import { childEnv, ensurePackages, ensureTestTools, root, runNode } from "./setup.mjs";

const args = process.argv.slice(2);
const vitest = path.join(root, "node_modules/vitest/vitest.mjs");

ensurePackages();
const tools = ensureTestTools();
if (args.length > 0) process.exit(runNode([vitest, "run", ...args], { env: childEnv(tools) }));

ensureBuild();
const reports = path.join(root, ".tmp/test");
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

/** Runs one vitest project and returns its counts. A run that wrote no report counts as one failure. */
function suite(name, extra, before = []) {
  const file = path.join(reports, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const env = childEnv({ ...tools, NODE_OPTIONS: "--disable-warning=ExperimentalWarning" });
  const status = runNode([...before, vitest, "run", ...reporters, ...extra], { env });
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const failed = report.numFailedTests || (status === 0 ? 0 : 1);
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests };
}

// The store suite runs on PostgreSQL too: a throw-away cluster lives as long as the unit suite.
const units = suite("units", [], ["scripts/with-postgres.mjs", "--if-installed", "--"]);
const pages = suite("e2e", ["--config", "e2e/vitest.config.ts"]);
const sum = (key) => units[key] + pages[key];

// Where everything is installed (REQUIRE_ALL=1) a skipped test is one that nobody has run.
const missing = process.env.REQUIRE_ALL === "1" ? sum("skipped") : 0;
if (missing > 0) console.error(`REQUIRE_ALL is set, and ${missing} tests were skipped.`);
console.log(
  `${sum("passed")} passed, ${sum("failed")} failed${sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : ""}`,
);
process.exit(sum("failed") + missing === 0 ? 0 : 1);
