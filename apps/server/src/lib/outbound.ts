/**
 * The one guard for requests to addresses that people typed in (DESIGN §7): scheme and port are on a list, the name is resolved once,
 * every address it has is checked, and the connection goes to a checked one, so that a second answer of the name server changes nothing.
 */
import { lookup as systemLookup, type LookupAddress } from "node:dns";
import http, { type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { promisify } from "node:util";
import { isAllowedAddress, isAllowedPort, type OutboundAllow } from "./outbound-allow.ts";

export type OutboundRequest = Readonly<{
  method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array | string;
  /** For everything, from the name to the last byte; 15 s unless told. */
  timeoutMs?: number;
  /** What of the answer is read; the rest is not waited for. 64 KiB unless told. */
  maxAnswerBytes?: number;
  /** Of GET and HEAD, at most 3; each is checked anew. Others are never sent to another place than was asked for. */
  maxRedirects?: number;
  signal?: AbortSignal;
}>;

export type OutboundAnswer = Readonly<{
  status: number;
  headers: IncomingHttpHeaders;
  /** Up to `maxAnswerBytes`. */
  body: Buffer;
  truncated: boolean;
}>;

/**
 * Why there is no answer. `refused`: the guard does not let it out, and never will; the others may go well another time.
 * The message is a sentence that says nothing of what is at a private address.
 */
export class OutboundError extends Error {
  override readonly name = "OutboundError";
  readonly reason: "refused" | "unreachable" | "timeout";

  constructor(reason: OutboundError["reason"], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
}

export interface Outbound {
  /** What is wrong with the address, as far as it can be seen without asking a name server; null when nothing is. */
  problemOf(url: string): string | null;
  /** @throws {OutboundError} */
  request(request: OutboundRequest): Promise<OutboundAnswer>;
}

/** All addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_REDIRECTS = 3;
const MAX_URL = 4_000;
/** What is for one origin is not sent to another. */
const FOR_ORIGIN = new Set(["authorization", "cookie", "proxy-authorization"]);

const systemResolve: Resolve = async (hostname) => promisify(systemLookup)(hostname, { all: true });

/** @param ca certificates beside the system's, as PEM */
export function createOutbound(
  allow: OutboundAllow,
  { resolve = systemResolve, ca }: Readonly<{ resolve?: Resolve; ca?: string }> = {},
): Outbound {
  const target = (text: string): URL => checkedUrl(text, allow);
  const hop = async (request: OutboundRequest, url: URL, signal: AbortSignal): Promise<OutboundAnswer> => {
    const addresses = await checkedAddresses(url, allow, resolve, signal);
    return exchange({ request, url, addresses, signal, ca });
  };
  return {
    problemOf(text) {
      try {
        target(text);
        return null;
      } catch (error) {
        if (error instanceof OutboundError) return error.message;
        throw error;
      }
    },
    async request(request) {
      const limit = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
      const signal = request.signal === undefined ? limit : AbortSignal.any([limit, request.signal]);
      let [url, headers, left] = [target(request.url), request.headers ?? {}, redirectsOf(request)];
      for (;;) {
        const answer = await hop({ ...request, headers }, url, signal).catch((cause: unknown) => {
          throw asOutboundError(cause, limit);
        });
        const next = left > 0 ? redirectOf(answer) : null;
        if (next === null) return answer;
        left -= 1;
        const to = target(URL.parse(next, url.href)?.href ?? next);
        if (to.origin !== url.origin) headers = withoutSecrets(headers);
        url = to;
      }
    },
  };
}

function redirectsOf({ method, maxRedirects = 0 }: OutboundRequest): number {
  return method === "GET" || method === "HEAD" ? Math.min(maxRedirects, MAX_REDIRECTS) : 0;
}

function redirectOf({ status, headers }: OutboundAnswer): string | null {
  return [301, 302, 303, 307, 308].includes(status) ? (headers.location ?? null) : null;
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !FOR_ORIGIN.has(name.toLowerCase())));
}

/** @throws {OutboundError} refused */
function checkedUrl(text: string, allow: OutboundAllow): URL {
  const url = text.length > MAX_URL ? null : URL.parse(text);
  if (url === null) throw refused("This is not an address; one begins with https:// and has at most 4,000 characters.");
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refused("The address must begin with https:// or http://.");
  if (url.username !== "" || url.password !== "") throw refused("The address must not contain a name or password.");
  if (!isAllowedPort(portOf(url), allow)) {
    throw refused(
      `Requests to port ${portOf(url)} are not allowed; 80, 443, 8080 and 8443 are, and what the operator allows.`,
    );
  }
  const literal = literalOf(url);
  if (literal !== null && !isAllowedAddress(literal, allow)) throw notPublic();
  return url;
}

/** @throws {OutboundError} when one of the name's addresses is not allowed, or it has none */
async function checkedAddresses(
  url: URL,
  allow: OutboundAllow,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly LookupAddress[]> {
  const literal = literalOf(url);
  const found = literal === null ? await unlessAborted(resolve(url.hostname), signal) : [addressOf(literal)];
  if (found.length === 0) throw new OutboundError("unreachable", `There is no address for ${url.hostname}.`);
  // One private address among public ones is how a check is got around.
  if (!found.every(({ address }) => isAllowedAddress(address, allow))) throw notPublic();
  return found;
}

type Exchange = Readonly<{
  request: OutboundRequest;
  url: URL;
  addresses: readonly LookupAddress[];
  signal: AbortSignal;
  ca: string | undefined;
}>;

function exchange({ request, url, addresses, signal, ca }: Exchange): Promise<OutboundAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<OutboundAnswer>();
  const isTls = url.protocol === "https:";
  const { method, headers = {}, body } = request;
  const length = body === undefined ? undefined : Buffer.byteLength(body);
  const sent = (isTls ? https : http).request(url, {
    method,
    // One connection for each request: a kept one would belong to an address that was checked long ago.
    agent: false,
    lookup: pinned(addresses),
    headers: { "user-agent": "Rostrum", ...headers, ...(length === undefined ? {} : { "content-length": length }) },
    maxHeaderSize: MAX_HEADER_BYTES,
    signal,
    ...(isTls && ca !== undefined ? { ca } : {}),
  });
  let isAnswered = false;
  sent.on("error", reject);
  sent.on("response", (answer) => {
    isAnswered = true;
    readAnswer(answer, request.maxAnswerBytes ?? MAX_ANSWER_BYTES).then(resolve, reject);
  });
  // Who answers by changing the protocol (101) is closed without an error, and nothing else would ever be heard of it.
  sent.on("close", () => (isAnswered ? undefined : reject(new Error("closed without an answer"))));
  sent.end(body);
  return promise;
}

/** Answers with the checked addresses, whatever the name means by now. Host and SNI stay those of the URL. */
function pinned(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family);
  };
}

async function readAnswer(answer: IncomingMessage, maxBytes: number): Promise<OutboundAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) break; // leaves the loop and the connection
  }
  const body = Buffer.concat(chunks).subarray(0, maxBytes);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body, truncated: bytes > maxBytes };
}

/** A name server that does not answer cannot be told to stop. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}

function asOutboundError(cause: unknown, limit: AbortSignal): OutboundError {
  if (cause instanceof OutboundError) return cause;
  if (limit.aborted) return new OutboundError("timeout", "There was no answer in time.", { cause });
  const code = typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "";
  return new OutboundError("unreachable", sentenceOf(code), { cause });
}

function sentenceOf(code: string): string {
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "The name of the host could not be resolved.";
  if (code === "ECONNREFUSED") return "The connection was refused.";
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(code)) return `The certificate of the host is not good (${code}).`;
  return code === "" ? "The request was broken off." : `The request failed (${code}).`;
}

/** Without the brackets of IPv6; null for a name. */
function literalOf(url: URL): string | null {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(host) === 0 ? null : host;
}

function addressOf(address: string): LookupAddress {
  return { address, family: isIP(address) };
}

function portOf(url: URL): number {
  return url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
}

function refused(message: string): OutboundError {
  return new OutboundError("refused", message);
}

function notPublic(): OutboundError {
  return refused("The address is not on the public internet; the operator may allow it by OUTBOUND_ALLOW.");
}
