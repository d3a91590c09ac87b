/** The far end of Web Push for tests: a push service on this machine, and browsers that read what it was given. */
import { createDecipheriv, createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { pushSecrets } from "../lib/push-encryption.ts";
import type { PushTarget } from "../ports/push.ts";

export type Pushed = Readonly<{
  path: string;
  headers: http.IncomingHttpHeaders;
  claims: Record<string, unknown>;
  text: string;
}>;

export interface PushService {
  readonly origin: string;
  readonly got: Pushed[];
  /** By path; 201 unless told. */
  readonly answers: Map<string, number>;
  /** Answers at these paths only once there was a request at each of them; resolves then. */
  hold(paths: readonly string[]): Promise<void>;
  /** A browser that subscribes. */
  subscribe(path: string): PushTarget;
  close(): void;
}

type Browser = Readonly<{ ecdh: ReturnType<typeof createECDH>; auth: Buffer }>;

/** Answers 400 to what is not encrypted for the browser, and 403 to what is not signed for this service. */
export async function openPushService(): Promise<PushService> {
  const browsers = new Map<string, Browser>();
  const got: Pushed[] = [];
  const answers = new Map<string, number>();
  const holds: { paths: Set<string>; all: Promise<void>; release: () => void }[] = [];
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const respond = (): unknown => res.writeHead(take(req, Buffer.concat(chunks))).end();
      const held = holds.find(({ paths }) => paths.has(req.url ?? ""));
      if (held === undefined) return respond();
      held.paths.delete(req.url ?? "");
      void held.all.then(respond);
      if (held.paths.size === 0) held.release();
    });
  });
  const take = (req: http.IncomingMessage, body: Buffer): number => {
    const at = req.url ?? "";
    const browser = browsers.get(at);
    const answer = answers.get(at) ?? 201;
    if (browser === undefined || answer !== 201) return browser === undefined ? 404 : answer;
    const claims = claimsOf(req.headers.authorization ?? "", origin);
    if (claims === null) return 403;
    const text = read(browser, body);
    if (text === null || req.headers["content-encoding"] !== "aes128gcm" || req.headers.ttl === undefined) return 400;
    got.push({ path: at, headers: req.headers, claims, text });
    return 201;
  };
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...{ origin, got, answers },
    hold(paths) {
      const { promise, resolve } = Promise.withResolvers<void>();
      holds.push({ paths: new Set(paths), all: promise, release: resolve });
      return promise;
    },
    subscribe(path) {
      const ecdh = createECDH("prime256v1");
      ecdh.generateKeys();
      const auth = randomBytes(16);
      browsers.set(path, { ecdh, auth });
      const keys = { p256dh: ecdh.getPublicKey("base64url"), auth: auth.toString("base64url") };
      return { endpoint: `${origin}${path}`, ...keys };
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What a browser does with a message; null when it is not for it. */
function read({ ecdh, auth }: Browser, body: Buffer): string | null {
  const [salt, sender, sealed] = [body.subarray(0, 16), body.subarray(21, 86), body.subarray(86)];
  if (body.readUInt8(20) !== 65 || sealed.length > body.readUInt32BE(16)) return null;
  try {
    const parts = { receiver: ecdh.getPublicKey(), sender, salt, auth, shared: ecdh.computeSecret(sender) };
    const { key, nonce } = pushSecrets(parts);
    const decipher = createDecipheriv("aes-128-gcm", key, nonce);
    decipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    return plain.at(-1) === 2 ? plain.subarray(0, -1).toString() : null;
  } catch {
    return null;
  }
}

function claimsOf(authorization: string, origin: string): Record<string, unknown> | null {
  const [, head, claims, signature, point] =
    /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/.exec(authorization) ?? [];
  if (head === undefined || claims === undefined || signature === undefined || point === undefined) return null;
  const raw = Buffer.from(point, "base64url");
  const [x, y] = [raw.subarray(1, 33), raw.subarray(33)].map((part) => part.toString("base64url"));
  if (x === undefined || y === undefined) return null;
  const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x, y }, format: "jwk" });
  const signed = Buffer.from(`${head}.${claims}`);
  const good = verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
  const expiresSec = Number(said["exp"]) - Date.now() / 1000;
  return good && said["aud"] === origin && expiresSec > 0 && expiresSec <= 86_400 ? said : null;
}
