/** The arrows between packages and folders (docs/architecture.md). Prints every import that points the wrong way and exits 1. */
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import path from "node:path";

type Import = Readonly<{ from: string; to: string; typeOnly: boolean; line: number }>;
type Rule = Readonly<{
  /** Files the rule speaks of: a prefix of the path from the root. */
  from: string;
  /** Allowed prefixes of what they import, ours only. A leading `type:` allows type-only imports. */
  may: readonly string[];
}>;

const SERVER = "apps/server/src";

// The first rule whose prefix fits decides: specific ones stand first.
const RULES: readonly Rule[] = [
  { from: "packages/contract/", may: ["packages/contract/"] },
  { from: "packages/media/", may: ["packages/media/"] },
  // RTP, RTCP and SDP are pure; only the pipe and the SFU touch a socket.
  { from: "packages/rtc/src/rtp/", may: ["packages/rtc/src/rtp/", "packages/media/"] },
  { from: "packages/rtc/src/sdp/", may: ["packages/rtc/src/sdp/", "packages/media/"] },
  { from: "packages/rtc/", may: ["packages/rtc/", "packages/media/"] },
  { from: "packages/client/", may: ["packages/client/", "packages/contract/", "packages/media/"] },
  { from: "apps/web/app/features/", may: ["apps/web/app/ui/", "apps/web/app/lib/", "packages/", "<same-feature>"] },
  { from: "apps/web/app/ui/", may: ["apps/web/app/ui/", "apps/web/app/lib/", "packages/contract/"] },
  // context.ts stands apart because the server imports it too.
  { from: "apps/web/app/lib/", may: ["apps/web/app/lib/", "apps/web/app/context.ts", "packages/"] },
  { from: "apps/web/", may: ["apps/web/", "packages/client/", "packages/contract/", "packages/media/"] },
  { from: "e2e/", may: ["e2e/", "packages/client/", "packages/contract/", "packages/media/", "packages/rtc/"] },
  { from: "bench/", may: ["bench/", "e2e/lib/", "packages/"] },
  // The reader of payments is attacked like every parser of bytes from outside.
  {
    from: "scripts/fuzz-realtime.ts",
    may: ["packages/", `${SERVER}/adapters/payments-stripe-webhook.ts`, `${SERVER}/lib/app-error.ts`],
  },
  { from: "scripts/", may: ["scripts/", "packages/", `${SERVER}/config.ts`] },
  { from: `${SERVER}/lib/`, may: [`${SERVER}/lib/`, "packages/contract/src/errors.ts", `type:${SERVER}/config.ts`] },
  { from: `${SERVER}/ports/`, may: [`${SERVER}/ports/`, `${SERVER}/lib/`, "packages/contract/"] },
  {
    from: `${SERVER}/store/`,
    may: [`${SERVER}/store/`, `${SERVER}/lib/`, `${SERVER}/config.ts`, "packages/contract/"],
  },
  { from: `${SERVER}/adapters/`, may: [`${SERVER}/adapters/`, `${SERVER}/ports/`, `${SERVER}/lib/`] },
  {
    from: `${SERVER}/http/`,
    may: [
      `${SERVER}/http/`,
      `${SERVER}/lib/`,
      `${SERVER}/ports/`,
      `${SERVER}/store/`,
      `${SERVER}/config.ts`,
      `type:${SERVER}/context.ts`,
      "packages/contract/",
    ],
  },
  {
    from: `${SERVER}/features/`,
    may: [
      "<same-feature>",
      "<other-feature-service>",
      `${SERVER}/http/`,
      `${SERVER}/lib/`,
      `${SERVER}/ports/`,
      `${SERVER}/store/`,
      `${SERVER}/config.ts`,
      `type:${SERVER}/context.ts`,
      `type:${SERVER}/media/plane.ts`,
      "packages/contract/",
      "packages/media/",
    ],
  },
  { from: `${SERVER}/media/hub/`, may: [`${SERVER}/media/hub/`, `${SERVER}/lib/`, "packages/media/"] },
  {
    from: `${SERVER}/media/pipeline.ts`,
    may: [`${SERVER}/media/`, `${SERVER}/lib/`, `${SERVER}/ports/`, `type:${SERVER}/config.ts`, "packages/"],
  },
  { from: `${SERVER}/media/programs.ts`, may: [`${SERVER}/media/`, `${SERVER}/lib/`, "packages/"] },
  { from: `${SERVER}/media/origin.ts`, may: [`${SERVER}/media/`, `${SERVER}/lib/`, "packages/"] },
  {
    from: `${SERVER}/media/`,
    may: [
      "<same-step>",
      `${SERVER}/media/hub/`,
      // The one UDP port, and the HTTP side of WebRTC: of both directions.
      `${SERVER}/media/rtc/`,
      `type:${SERVER}/media/`,
      `${SERVER}/lib/`,
      `${SERVER}/ports/`,
      "packages/media/",
      "packages/contract/",
      "packages/rtc/src/rtp/",
      "packages/rtc/src/sdp/",
      "packages/rtc/src/pipe",
    ],
  },
  {
    from: `${SERVER}/realtime/`,
    may: [`${SERVER}/realtime/`, `${SERVER}/http/`, `${SERVER}/lib/`, `${SERVER}/ports/`, "packages/contract/"],
  },
  {
    from: `${SERVER}/livekit/`,
    may: [`${SERVER}/livekit/`, `${SERVER}/lib/`, `${SERVER}/config.ts`, "packages/rtc/src/sfu/"],
  },
  { from: `${SERVER}/roles/`, may: [`${SERVER}/`, "packages/", "apps/web/"] },
  { from: `${SERVER}/main.ts`, may: [`${SERVER}/`, "packages/"] },
  { from: `${SERVER}/`, may: [`${SERVER}/lib/`, `${SERVER}/config.ts`, `type:${SERVER}/`, "packages/contract/"] },
];

/** Packages that only some folders may import. */
const GUARDED: ReadonlyArray<Readonly<{ name: RegExp; only: readonly string[] }>> = [
  { name: /^(pg|@electric-sql\/pglite)(\/|$)/, only: [`${SERVER}/store/`] },
  { name: /^kysely$/, only: [`${SERVER}/store/`, `${SERVER}/features/`, `${SERVER}/http/`, `${SERVER}/context.ts`] },
  { name: /^livekit-server-sdk$/, only: [`${SERVER}/livekit/`, "e2e/"] },
  { name: /^ioredis$/, only: [`${SERVER}/adapters/`] },
  // The player has an engine of its own; hls.js judges what we serve.
  { name: /^hls\.js/, only: ["e2e/"] },
  {
    name: /^node:|^(fs|path|net|http)$/,
    only: [
      ...["apps/server/", "apps/web/", "e2e/", "bench/", "scripts/", "packages/client/"],
      ...["packages/rtc/src/pipe/", "packages/rtc/src/sfu/"],
    ],
  },
];

function sources(): string[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.ts", "*.tsx"], { encoding: "utf8" });
  return listed.split("\n").filter((file) => file !== "" && !file.endsWith(".d.ts"));
}

function resolveImport(file: string, specifier: string): string {
  if (specifier.startsWith(".")) return path.posix.join(path.posix.dirname(file), specifier);
  const own = /^@rostrum\/([a-z]+)(?:\/(.*))?$/.exec(specifier);
  if (!own) return specifier;
  const [, name = "", rest] = own;
  const folder = ["server", "web"].includes(name) ? `apps/${name}` : `packages/${name}`;
  return rest === undefined ? `${folder}/` : `${folder}/src/${rest}.ts`;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const found: Import[] = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;
  for (const match of text.matchAll(pattern)) {
    const specifier = match[2] ?? match[3];
    if (specifier === undefined) continue;
    const line = text.slice(0, match.index + match[0].length).split("\n").length;
    found.push({ from: file, to: resolveImport(file, specifier), typeOnly: match[1] !== undefined, line });
  }
  return found;
}

const folderAfter = (file: string, base: string): string | undefined =>
  file.startsWith(base) ? file.slice(base.length).split("/")[0] : undefined;

function allowed(entry: Import, may: string): boolean {
  const { from, to, typeOnly } = entry;
  if (may.startsWith("type:")) return typeOnly && to.startsWith(may.slice(5));
  const features = from.startsWith("apps/web/") ? "apps/web/app/features/" : `${SERVER}/features/`;
  if (may === "<same-feature>") return to.startsWith(`${features}${folderAfter(from, features)}/`);
  if (may === "<other-feature-service>") return to.startsWith(features) && to.endsWith("/service.ts");
  if (may === "<same-step>") return to.startsWith(`${SERVER}/media/${folderAfter(from, `${SERVER}/media/`)}/`);
  return to.startsWith(may);
}

const isTest = (file: string): boolean => /\.test\.tsx?$|\/testing(\.ts$|\/)|\.(contract|suite)\.ts$/.test(file);

function problem(entry: Import): string | undefined {
  const { from, to } = entry;
  const where = `${from}:${entry.line}`;
  const ours =
    to.startsWith("packages/") ||
    to.startsWith("apps/") ||
    to.startsWith("e2e/") ||
    to.startsWith("scripts/") ||
    to.startsWith("bench/");
  if (!ours) {
    if (isTest(from)) return undefined;
    const guard = GUARDED.find((candidate) => candidate.name.test(to));
    if (!guard || guard.only.some((prefix) => from.startsWith(prefix))) return undefined;
    return `${where}: only ${guard.only.join(", ")} may import ${to}`;
  }
  // Tests put real parts together; they stay within their app or package.
  if (isTest(from) && from.split("/").slice(0, 2).join("/") === to.split("/").slice(0, 2).join("/")) return undefined;
  const rule = RULES.find((candidate) => from.startsWith(candidate.from));
  if (!rule || rule.may.some((may) => allowed(entry, may))) return undefined;
  return `${where}: ${from} may not import ${to} (allowed: ${rule.may.join(", ")})`;
}

const problems = sources()
  .flatMap(importsOf)
  .flatMap((entry) => problem(entry) ?? []);
for (const line of problems) console.error(line);
if (problems.length > 0) process.exit(1);
