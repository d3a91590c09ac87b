// node scripts/with-postgres.mjs [--if-installed] -- COMMAND …: runs COMMAND with TEST_DATABASE_URL naming a PostgreSQL that lives as
// long as it: in a temporary folder, on a socket in that folder, without a network port. The exit code is the command's.
import { spawn, spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fail, nodeBinary, which } from "./setup.mjs";

const OLDEST = 15;
const START_MS = 60_000;

const split = process.argv.indexOf("--");
const command = split < 0 ? [] : process.argv.slice(split + 1);
const optional = process.argv.slice(2, split < 0 ? undefined : split).includes("--if-installed");
if (command.length === 0) fail("Name the command to run: node scripts/with-postgres.mjs -- COMMAND …");

/** The newest installed server's programs; Debian keeps them out of PATH. */
function findPrograms() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).filter((name) => Number(name) >= OLDEST) : [];
  for (const version of versions.toSorted((a, b) => Number(b) - Number(a))) {
    const folder = path.join(debian, version, "bin");
    if (existsSync(path.join(folder, "initdb")) && existsSync(path.join(folder, "postgres"))) return folder;
  }
  const found = which("initdb");
  return found !== undefined && which("postgres") !== undefined ? path.dirname(found) : undefined;
}

/** PostgreSQL refuses to run as root: then it runs as the user it came with, or as nobody. */
function serverUser() {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((flag) => Number(spawnSync("id", [flag, name], { encoding: "utf8" }).stdout));
    if (uid > 0) return { uid, gid };
  }
  return fail("PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody.");
}

function initialise(programs, folder, user) {
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const args = [
    "-D",
    path.join(folder, "data"),
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
  ];
  const done = spawnSync(path.join(programs, "initdb"), args, { ...user, cwd: folder, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`initdb did not succeed: ${done.stderr || done.error?.message}`);
}

/** Resolves when the server takes connections. */
function startServer(programs, folder, user) {
  const settings = [
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "log_line_prefix=",
  ];
  const args = ["-D", path.join(folder, "data"), "-k", folder, ...settings.flatMap((setting) => ["-c", setting])];
  const binary = path.join(programs, "postgres");
  // Where the kernel can, it ends the server with us, even after SIGKILL.
  const guard = which("setpriv");
  const [program, ...rest] = guard ? [guard, "--pdeathsig", "INT", "--", binary, ...args] : [binary, ...args];
  // A group of its own: Ctrl-C reaches the command first, and the server ends after it.
  const server = spawn(program, rest, { ...user, cwd: folder, stdio: ["ignore", "ignore", "pipe"], detached: true });
  return new Promise((resolve, reject) => {
    let log = "";
    const late = setTimeout(
      () => reject(new Error(`PostgreSQL did not start within ${START_MS / 1000} s:\n${log}`)),
      START_MS,
    );
    server.stderr.setEncoding("utf8").on("data", (text) => {
      if (log.length < 65_536) log += text;
      if (!log.includes("database system is ready to accept connections")) return;
      clearTimeout(late);
      resolve(server);
    });
    server.on("error", reject);
    server.on("exit", (code) => reject(new Error(`PostgreSQL ended with code ${code}:\n${log}`)));
  }).catch(async (cause) => {
    await stop(server);
    throw cause;
  });
}

/** SIGINT is PostgreSQL's fast shutdown: it does not wait for its clients. */
function stop(server) {
  if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return undefined;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGINT");
  return ended;
}

/** The command's exit code; signals to us are passed on to it. */
function run([program, ...args], env) {
  const script = /\.[mc]?[jt]s$/.test(program);
  const child = script
    ? spawn(nodeBinary(), [program, ...args], { stdio: "inherit", env })
    : spawn(program, args, { stdio: "inherit", env });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`${program} could not be started: ${error.message}`);
      resolve(127);
    });
    child.on("exit", (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]));
  });
}

async function main() {
  if (process.env.TEST_DATABASE_URL) return run(command, process.env);
  const programs = findPrograms();
  if (programs === undefined) {
    const what = `PostgreSQL ${OLDEST} or newer is not installed`;
    if (!optional || process.env.REQUIRE_ALL === "1")
      return fail(`${what} (Debian/Ubuntu: apt-get install postgresql).`);
    console.error(`${what}: the tests that need it are skipped.`);
    return run(command, process.env);
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), "rostrum-pg-"));
  let server;
  try {
    const user = serverUser();
    initialise(programs, folder, user);
    server = await startServer(programs, folder, user);
    const url = `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`;
    return await run(command, { ...process.env, TEST_DATABASE_URL: url });
  } finally {
    if (server) await stop(server);
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
