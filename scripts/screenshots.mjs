// `npm run screenshots`: pictures of the pages for docs/screenshots.
import { ensureBuild } from "./build.mjs";
import { childEnv, ensurePackages, ensureTestTools, runNode } from "./setup.mjs";

ensurePackages();
const tools = ensureTestTools();
ensureBuild();
process.exit(runNode(["--disable-warning=ExperimentalWarning", "e2e/screenshots.ts"], { env: childEnv(tools) }));
