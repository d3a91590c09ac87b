// `npm start` and `npm run dev`. Called with `exec`: without it a SIGTERM to npm would stop only its shell.
import { spawn } from "node:child_process";
import path from "node:path";
import { ensureBuild } from "./build.mjs";
import { childEnv, ensurePackages, nodeBinary, root } from "./setup.mjs";

const dev = process.argv.includes("--dev");
ensurePackages();
if (!dev) ensureBuild();

const main = path.join(root, "apps/server/src/main.ts");
const child = spawn(nodeBinary(), ["--disable-warning=ExperimentalWarning", main, ...(dev ? ["--dev"] : [])], {
  cwd: root,
  // The open channel tells the server when this process is gone, even after SIGKILL.
  stdio: ["inherit", "inherit", "inherit", "ipc"],
  env: childEnv({ NODE_ENV: dev ? "development" : "production" }),
});
// Ctrl-C reaches the whole group; a plain `kill` of this process does not: pass signals on.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
