// Makes a bare clone runnable. Idempotent: nothing is installed that is already there.
// Plain JavaScript for Node 18 or newer: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const localBin = path.join(root, "node_modules/.bin");

export function fail(message) {
  console.error(message);
  process.exit(1);
}

/** PATH without any node_modules/.bin: `npm start` puts ours in front, and `npm ci` is about to delete it. */
function outerPath() {
  const parts = (process.env.PATH ?? "").split(path.delimiter);
  return parts.filter((part) => !part.includes("node_modules")).join(path.delimiter);
}

/** Environment for everything that is started: the bundled Node first in PATH. */
export function childEnv(extra = {}) {
  return { ...process.env, PATH: `${localBin}${path.delimiter}${outerPath()}`, ...extra };
}

/** npm writes node_modules/.package-lock.json last, so it tells what a complete install contains. */
function installed() {
  const hidden = path.join(root, "node_modules/.package-lock.json");
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(hidden, "utf8")).packages;
  const agrees = ([name, entry]) => name in wanted && wanted[name].integrity === entry.integrity;
  const there = ([name, entry]) => name === "" || entry.optional || name in present;
  return Object.entries(present).every(agrees) && Object.entries(wanted).every(there);
}

/** Runs `npm ci` when node_modules differs from the lock file. */
export function ensurePackages() {
  if (installed()) return;
  console.error("Installing packages (npm ci) …");
  const env = { ...process.env, PATH: outerPath(), npm_config_loglevel: "error" };
  const done = spawnSync("npm", ["ci"], { cwd: root, stdio: ["ignore", 2, 2], env });
  if (done.status !== 0) {
    fail(
      `npm ci did not succeed (${done.error?.message ?? `exit ${done.status ?? done.signal}`}): see the lines above.`,
    );
  }
}

/** The Node that runs the program: the one from the packages, else this one if it is new enough. */
export function nodeBinary() {
  const local = path.join(localBin, "node");
  if (existsSync(local)) return local;
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major >= 24) return process.execPath;
  return fail(
    `Node 24 or newer is needed on ${process.platform}-${process.arch} (this is ${process.version}); there is no bundled copy for this platform.`,
  );
}

/** First executable of these names in PATH, or undefined. */
export function which(...names) {
  for (const name of names) {
    for (const folder of outerPath().split(path.delimiter)) {
      const file = path.join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // not in this folder
      }
    }
  }
  return undefined;
}

/** Installs Debian packages as root; elsewhere ends with one line that says what to install. */
export function ensureDebian(what, packages, find) {
  const found = find();
  if (found !== undefined) return found;
  if (process.getuid?.() !== 0 || which("apt-get") === undefined) {
    return fail(`${what} is needed here: install it (Debian/Ubuntu: sudo apt-get install ${packages.join(" ")}).`);
  }
  console.error(`Installing ${packages.join(" ")} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = (...args) => spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", 2, 2], env }).status === 0;
  if (!run("install", "-y", "--no-install-recommends", ...packages)) {
    run("update");
    run("install", "-y", "--no-install-recommends", ...packages);
  }
  return (
    find() ?? fail(`${what} could not be installed: run apt-get install ${packages.join(" ")} and look at its error.`)
  );
}

/** What the test suite needs beside the packages; returns the environment that names it. */
export function ensureTestTools() {
  const chromium = ensureDebian("Chromium or Chrome", ["chromium", "fonts-noto-color-emoji"], () =>
    process.env.CHROMIUM
      ? process.env.CHROMIUM
      : which("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
  );
  ensureDebian("FFmpeg", ["ffmpeg"], () => (which("ffmpeg") && which("ffprobe") ? which("ffmpeg") : undefined));
  return { CHROMIUM: chromium };
}

/** Runs a program with the bundled Node to its end; its exit code becomes ours when it fails. */
export function runNode(args, options = {}) {
  const done = spawnSync(nodeBinary(), args, { cwd: root, stdio: "inherit", env: childEnv(), ...options });
  return done.status ?? 1;
}
