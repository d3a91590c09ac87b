/** The guard against real servers on this machine, with name servers that lie. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createOutbound, type Outbound, OutboundError, type Resolve } from "./outbound.ts";
import { parseOutboundAllow } from "./outbound-allow.ts";

const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Seen = Readonly<{ method: string; url: string; headers: IncomingMessage["headers"]; body: string }>;

/** A server on 127.0.0.1 that remembers what it was asked. */
async function serve(
  answer: (req: IncomingMessage, res: ServerResponse) => void,
  make: (handler: http.RequestListener) => Server = (handler) => http.createServer(handler),
): Promise<{ port: number; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = make((req, res) => {
    let body = "";
    req.on("data", (chunk: Buffer) => (body += chunk.toString()));
    req.on("end", () => {
      seen.push({ method: req.method ?? "", url: req.url ?? "", headers: req.headers, body });
      answer(req, res);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    (server as http.Server).closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, seen };
}

const LOOPBACK = [{ address: "127.0.0.1", family: 4 }] as const;
const toLoopback: Resolve = async () => LOOPBACK;

function guard(text: string, options: Parameters<typeof createOutbound>[1] = { resolve: toLoopback }): Outbound {
  const allow = parseOutboundAllow(text);
  if (typeof allow === "string") throw new Error(allow);
  return createOutbound(allow, options);
}

async function refusal(request: Promise<unknown>): Promise<string> {
  const error = await request.then(
    () => null,
    (cause: unknown) => cause,
  );
  return error instanceof OutboundError ? error.reason : `not refused: ${String(error)}`;
}

describe("what is seen in the address", () => {
  test.each([
    "ftp://example.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "gopher://example.org/",
    "ws://example.org/",
    "//example.org/",
    "example.org",
    "",
    "https://user@example.org/",
    "https://user:password@example.org/",
    "https://:password@example.org/",
    "https://example.org:22/",
    "http://example.org:6379/",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1:8080/",
    `https://example.org/${"a".repeat(5_000)}`,
  ])("%s is refused before anything is sent", async (url) => {
    const outbound = guard("", { resolve: () => Promise.reject(new Error("nobody should be asked")) });
    expect(outbound.problemOf(url)).toMatch(/^[A-Z].*\.$/);
    expect(await refusal(outbound.request({ method: "GET", url }))).toBe("refused");
  });

  test.each([
    "https://example.org/hook?a=1",
    "http://example.org:8080/",
    "https://8.8.8.8/",
    "https://[2606:4700::1]:8443/",
  ])("%s is not", (url) => expect(guard("").problemOf(url)).toBeNull());
});

describe("what the name means", () => {
  const PUBLIC = { address: "8.8.8.8", family: 4 };
  test.each([
    ["a private address", [{ address: "10.0.0.1", family: 4 }]],
    ["this machine", [{ address: "::1", family: 6 }]],
    ["a private one among public ones", [PUBLIC, { address: "127.0.0.1", family: 4 }]],
    ["IPv4 within IPv6", [PUBLIC, { address: "::ffff:192.168.0.1", family: 6 }]],
    ["something that is no address", [{ address: "localhost", family: 4 }]],
  ])("%s: it is refused", async (_, addresses) => {
    const { port, seen } = await serve((_req, res) => res.end());
    const outbound = guard(`port:${port}`, { resolve: async () => addresses });
    expect(await refusal(outbound.request({ method: "GET", url: `http://example.org:${port}/` }))).toBe("refused");
    expect(seen).toEqual([]);
  });

  test("the operator's network is let through, with the Host that was asked for", async () => {
    const { port, seen } = await serve((_req, res) => res.writeHead(201, { "x-a": "b" }).end("made"));
    const outbound = guard(`127.0.0.0/8, port:${port}`);
    const url = `http://hooks.example.org:${port}/a?b=c#d`;
    const headers = { "content-type": "text/plain", "x-own": "1" };
    const answer = await outbound.request({ method: "POST", url, headers, body: "grüße" });
    expect([answer.status, answer.headers["x-a"], answer.body.toString(), answer.truncated]).toEqual([
      201,
      "b",
      "made",
      false,
    ]);
    expect(seen).toMatchObject([
      {
        method: "POST",
        url: "/a?b=c",
        body: "grüße",
        headers: { host: `hooks.example.org:${port}`, "x-own": "1", "content-length": "7" },
      },
    ]);
  });

  test("a name that means something else when it is asked again reaches what was checked", async () => {
    const { port, seen } = await serve((_req, res) => res.end("checked"));
    let asked = 0;
    // Allowed at the first question, the metadata service of a cloud at every later one.
    const resolve: Resolve = async () => {
      asked += 1;
      return asked === 1 ? LOOPBACK : [{ address: "169.254.169.254", family: 4 }];
    };
    const outbound = guard(`127.0.0.1, port:${port}`, { resolve });
    const url = `http://rebind.example.org:${port}/`;
    expect((await outbound.request({ method: "GET", url })).body.toString()).toBe("checked");
    expect([asked, seen.length]).toEqual([1, 1]);
    expect(await refusal(outbound.request({ method: "GET", url }))).toBe("refused");
    expect([asked, seen.length]).toEqual([2, 1]);
  });

  test("no address, or a name server that fails, is told apart from a refusal", async () => {
    const nothing = guard("", { resolve: async () => [] });
    expect(await refusal(nothing.request({ method: "GET", url: "https://example.org/" }))).toBe("unreachable");
    const failed = Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
    const failing = guard("", { resolve: () => Promise.reject(failed) });
    expect(await refusal(failing.request({ method: "GET", url: "https://example.org/" }))).toBe("unreachable");
    const { port } = await serve((_req, res) => res.end());
    for (const close of closers.splice(0)) close();
    const url = `http://example.org:${port}/`;
    expect(await refusal(guard(`127.0.0.1, port:${port}`).request({ method: "GET", url }))).toBe("unreachable");
  });
});

describe("redirects", () => {
  const toward = (location: string) => (req: IncomingMessage, res: ServerResponse) =>
    req.url === "/end" ? res.end("end") : res.writeHead(302, { location }).end();

  test("are not followed unless that was asked for, and never with a body", async () => {
    const { port, seen } = await serve(toward("/end"));
    const outbound = guard(`127.0.0.1, port:${port}`);
    const url = `http://example.org:${port}/`;
    expect((await outbound.request({ method: "GET", url })).status).toBe(302);
    expect((await outbound.request({ method: "POST", url, body: "x", maxRedirects: 3 })).status).toBe(302);
    expect((await outbound.request({ method: "GET", url, maxRedirects: 1 })).body.toString()).toBe("end");
    expect(seen.map((one) => one.url)).toEqual(["/", "/", "/", "/end"]);
  });

  test("end after three", async () => {
    const { port, seen } = await serve(toward("/again"));
    const url = `http://example.org:${port}/`;
    const answer = await guard(`127.0.0.1, port:${port}`).request({ method: "GET", url, maxRedirects: 50 });
    expect([answer.status, seen.length]).toEqual([302, 4]);
  });

  test.each([
    ["a private address", "http://10.0.0.1/"],
    ["this machine by another number", "http://[::1]/"],
    ["another scheme", "file:///etc/passwd"],
    ["another port", "http://example.org:22/"],
    ["a name with a password", "http://a:b@example.org/"],
    ["a name that means a private address", "http://inside.example.org/"],
  ])("to %s are refused", async (_, location) => {
    const { port } = await serve(toward(location));
    const inside = [{ address: "192.168.0.1", family: 4 }];
    const resolve: Resolve = async (name) => (name.startsWith("inside") ? inside : LOOPBACK);
    const outbound = guard(`127.0.0.1, port:${port}`, { resolve });
    const request = { method: "GET", url: `http://example.org:${port}/`, maxRedirects: 3 } as const;
    expect(await refusal(outbound.request(request))).toBe("refused");
  });

  test("to another host carry no credentials", async () => {
    const other = await serve((_req, res) => res.end());
    const { port } = await serve(toward(`http://other.example.org:${other.port}/`));
    const outbound = guard(`127.0.0.1, port:${port}, port:${other.port}`);
    const headers = { Authorization: "Bearer secret", cookie: "a=b", "x-own": "1" };
    await outbound.request({ method: "GET", url: `http://example.org:${port}/`, headers, maxRedirects: 1 });
    expect(other.seen[0]?.headers).toMatchObject({ "x-own": "1" });
    expect([other.seen[0]?.headers.authorization, other.seen[0]?.headers.cookie]).toEqual([undefined, undefined]);
  });
});

describe("limits", () => {
  test("of an endless answer only the beginning is read", async () => {
    const { port } = await serve((_req, res) => {
      const more = (): void => {
        while (!res.destroyed && res.write(Buffer.alloc(16_384, "x")));
      };
      res.on("drain", more);
      more();
    });
    const url = `http://example.org:${port}/`;
    const answer = await guard(`127.0.0.1, port:${port}`).request({ method: "GET", url, maxAnswerBytes: 1000 });
    expect([answer.body.length, answer.truncated]).toEqual([1000, true]);
  });

  test("who never answers, never ends, or never says where it is runs out of time", async () => {
    const silent = await serve(() => undefined);
    const endless = await serve((_req, res) => void res.writeHead(200).write("a"));
    const outbound = guard(`127.0.0.1, port:${silent.port}, port:${endless.port}`);
    for (const { port } of [silent, endless]) {
      const request = { method: "GET", url: `http://example.org:${port}/`, timeoutMs: 50 } as const;
      expect(await refusal(outbound.request(request))).toBe("timeout");
    }
    const lost = guard("", { resolve: () => new Promise(() => undefined) });
    expect(await refusal(lost.request({ method: "GET", url: "https://example.org/", timeoutMs: 50 }))).toBe("timeout");
  });

  test.each([
    ["changes the protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"],
    ["speaks no HTTP", "SSH-2.0-nobody\r\n"],
    ["says nothing and hangs up", ""],
  ])("who %s is left at once", async (_, said) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => (said === "" ? socket.end() : socket.write(said)));
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const url = `http://example.org:${port}/`;
    const outbound = guard(`127.0.0.1, port:${port}`);
    expect(await refusal(outbound.request({ method: "POST", url, body: "x", timeoutMs: 60_000 }))).toBe("unreachable");
  });

  test("huge headers are not taken", async () => {
    const { port } = await serve((_req, res) => res.writeHead(200, { "x-big": "x".repeat(40_000) }).end());
    const url = `http://example.org:${port}/`;
    expect(await refusal(guard(`127.0.0.1, port:${port}`).request({ method: "GET", url }))).toBe("unreachable");
  });
});

test("over TLS the name of the URL is asked for and must be the certificate's", async () => {
  const dir = mkdtempSync(path.join(os.tmpdir(), "rostrum-tls-"));
  closers.push(() => rmSync(dir, { recursive: true, force: true }));
  const [key, cert] = [path.join(dir, "key.pem"), path.join(dir, "cert.pem")];
  const subject = ["-subj", "/CN=hooks.example.org", "-addext", "subjectAltName=DNS:hooks.example.org"];
  const making = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", [...making, ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" });
  const ca = readFileSync(cert, "utf8");
  const names: string[] = [];
  const { port, seen } = await serve(
    (_req, res) => res.end("safe"),
    (handler) => {
      const server = https.createServer({ key: readFileSync(key), cert: ca }, handler);
      server.on("secureConnection", (socket) => names.push(String(socket.servername)));
      return server;
    },
  );
  const outbound = guard(`127.0.0.1, port:${port}`, { resolve: toLoopback, ca });
  const ask = (name: string) => outbound.request({ method: "GET", url: `https://${name}:${port}/` });
  expect((await ask("hooks.example.org")).body.toString()).toBe("safe");
  expect(names[0]).toBe("hooks.example.org");
  expect(await refusal(ask("other.example.org"))).toBe("unreachable");
  const strangers = guard(`127.0.0.1, port:${port}`);
  expect(await refusal(strangers.request({ method: "GET", url: `https://hooks.example.org:${port}/` }))).toBe(
    "unreachable",
  );
  expect(seen).toHaveLength(1);
});
