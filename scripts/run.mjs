// node scripts/run.mjs FILE.ts […]: runs a TypeScript program with the bundled Node, installing packages first if needed.
import { ensurePackages, fail, runNode } from "./setup.mjs";

const args = process.argv.slice(2);
if (args.length === 0) fail("Name the program to run.");
ensurePackages();
process.exit(runNode(["--disable-warning=ExperimentalWarning", ...args]));
