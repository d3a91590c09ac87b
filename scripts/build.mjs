// Builds the web pages when a source is newer than the last build.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { childEnv, ensurePackages, fail, root, runNode } from "./setup.mjs";

const SOURCES = ["apps/web", "packages/contract/src", "packages/client/src", "packages/media/src", "package-lock.json"];
const LEFT_OUT = new Set(["build", ".react-router", "node_modules", "fixtures"]);
const stamp = path.join(root, "apps/web/build/.stamp");

function files(entry) {
  if (statSync(entry).isFile()) return entry.includes(".test.") ? [] : [entry];
  const inside = readdirSync(entry).filter((name) => !LEFT_OUT.has(name));
  return inside.flatMap((name) => files(path.join(entry, name)));
}

function fingerprint() {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap((source) => files(path.join(root, source))).sort((a, b) => (a < b ? -1 : 1))) {
    hash.update(path.relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

/** Leaves apps/web/build in step with its sources. */
export function ensureBuild() {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error("Building the pages …");
  const cli = path.join(root, "node_modules/@react-router/dev/bin.cjs");
  const status = runNode([cli, "build"], {
    cwd: path.join(root, "apps/web"),
    stdio: ["ignore", "pipe", "inherit"],
    env: childEnv({ NODE_ENV: "production" }),
  });
  if (status !== 0) fail("The pages could not be built: see the lines above.");
  mkdirSync(path.dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  ensurePackages();
  ensureBuild();
}
