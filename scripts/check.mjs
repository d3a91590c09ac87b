// `npm run check`: format, route types, lint (type-aware), types, import rules, unused code. Stops at the first that fails.
import { existsSync } from "node:fs";
import path from "node:path";
import { childEnv, ensurePackages, fail, root, runNode } from "./setup.mjs";

ensurePackages();
const bin = (name) => path.join(root, "node_modules/.bin", name);
const workspaces = [
  "packages/contract",
  "packages/media",
  "packages/rtc",
  "packages/client",
  "apps/server",
  "apps/web",
  "e2e",
  "bench",
  "scripts",
];

const steps = [
  ["format", [bin("oxfmt"), "--check"]],
  // The routes' types are made first: the lint that knows types reads them.
  ["route types", [path.join(root, "node_modules/@react-router/dev/bin.cjs"), "typegen"], path.join(root, "apps/web")],
  ["lint", [bin("oxlint"), "--type-aware", "--deny-warnings"]],
  ["docs/config.md", ["scripts/config-docs.ts", "--check"]],
  ["import rules", ["scripts/check-imports.ts"]],
  ...workspaces
    .filter((folder) => existsSync(path.join(root, folder, "tsconfig.json")))
    .map((folder) => [`types of ${folder}`, [bin("tsc"), "--noEmit", "-p", folder]]),
  ["unused code", [bin("knip"), "--no-progress"]],
];

for (const [name, args, cwd] of steps) {
  const status = runNode(args, {
    cwd: cwd ?? root,
    env: childEnv({ NODE_OPTIONS: "--disable-warning=ExperimentalWarning" }),
  });
  if (status !== 0) fail(`check: ${String(name)} failed`);
}
console.log("check: everything is in order");
