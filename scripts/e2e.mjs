// `npm run e2e [-- NAME…]`: scenarios in a real browser with real encoders.
import path from "node:path";
import { ensureBuild } from "./build.mjs";
import { childEnv, ensurePackages, ensureTestTools, root, runNode } from "./setup.mjs";

ensurePackages();
const tools = ensureTestTools();
ensureBuild();
const vitest = path.join(root, "node_modules/vitest/vitest.mjs");
process.exit(
  runNode([vitest, "run", "--config", "e2e/vitest.config.ts", ...process.argv.slice(2)], { env: childEnv(tools) }),
);
