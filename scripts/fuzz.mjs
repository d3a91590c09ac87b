// `npm run fuzz -- --runs N [--seed S] [--target NAME]`
import { ensurePackages, runNode } from "./setup.mjs";

ensurePackages();
process.exit(
  runNode(["--expose-gc", "--disable-warning=ExperimentalWarning", "scripts/fuzz.ts", ...process.argv.slice(2)]),
);
