// `npm run bench -- NAME [options]`: bench/NAME.ts; prints one JSON line with its figures.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { ensureBuild } from "./build.mjs";
import { childEnv, ensurePackages, ensureTestTools, fail, root, runNode } from "./setup.mjs";

const [name, ...rest] = process.argv.slice(2);
const file = path.join(root, "bench", `${name}.ts`);
if (!name || !existsSync(file)) {
  const names = readdirSync(path.join(root, "bench")).filter((entry) => entry.endsWith(".ts"));
  fail(`Name a benchmark: ${names.map((entry) => entry.slice(0, -3)).join(", ")}`);
}
ensurePackages();
const tools = ensureTestTools();
ensureBuild();
process.exit(runNode(["--disable-warning=ExperimentalWarning", file, ...rest], { env: childEnv(tools) }));
