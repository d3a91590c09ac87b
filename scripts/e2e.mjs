// `npm run e2e [-- NAME… --long]`: scenarios in a real browser with real encoders; `--long` makes their gaps as long as in life.
import path from "node:path";
import { ensureBuild } from "./build.mjs";
import { childEnv, ensurePackages, ensureTestTools, root, runNode } from "./setup.mjs";

ensurePackages();
const tools = ensureTestTools();
ensureBuild();
const args = process.argv.slice(2).filter((arg) => arg !== "--long");
if (process.argv.includes("--long")) process.env.LONG = "1";
const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
process.exit(runNode([vitest, "run", "--config", "e2e/vitest.config.ts", ...args], { env: childEnv(tools) }));
