// `npm run e2e [-- NAME…] [--long]`: scenarios in a real browser with real encoders.
import path from "node:path";
import { ensureBuild } from "./build.mjs";
import { childEnv, ensurePackages, ensureTestTools, root, runNode } from "./setup.mjs";

const args = process.argv.slice(2);
ensurePackages();
const tools = ensureTestTools();
ensureBuild();
const env = childEnv({ ...tools, ...(args.includes("--long") ? { E2E_LONG: "1" } : {}) });
const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
process.exit(
  runNode([vitest, "run", "--config", "e2e/vitest.config.ts", ...args.filter((arg) => arg !== "--long")], { env }),
);
