/** How pages reach the API of this process: in process, as the visitor, with the visitor's session kept fresh on the way. */
import type { FastifyRequest } from "fastify";
import type { HttpKit } from "./kit.ts";

/** What one page request needs of the API. */
export interface PageApi {
  /** `input` is a path such as `/api/v1/me`. Only text bodies. */
  readonly fetch: typeof fetch;
  /** Renews a session whose short-lived half is gone, so that every question of the page is asked by its person. */
  prepare(): Promise<void>;
  /** Set-Cookie values for the page's answer. */
  setCookies(): readonly string[];
}

/** Renewals by refresh token. Pages that load at the same time share one: a refresh token is good once. */
export type Renewals = Map<string, Promise<Answer>>;

type Answer = Readonly<{
  status: number;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
  setCookies: readonly string[];
}>;
type Call = Readonly<{ method: string; url: string; headers: Record<string, string>; body?: string }>;

const REFRESH_PATH = "/api/v1/auth/refresh";
/** Longer than a browser needs to store the new cookies. */
const SHARE_RENEWAL_MS = 10_000;
const PASSED_ON = ["user-agent", "accept-language", "host", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];

const MARK_HEADER = "x-rostrum-page";

/** True for what a page that is being rendered reads. What it changes (a renewed session) is limited like everybody's. */
export function isPageQuestion(request: FastifyRequest, kit: HttpKit): boolean {
  return request.method === "GET" && request.headers[MARK_HEADER] === kit.pageMark;
}

/** Bound to one request for a page. `renewals` is shared by all of them. */
export function createPageApi(request: FastifyRequest, renewals: Renewals): PageApi {
  const { cookies: names, ctx } = request.server.kit;
  const jar = new Map(Object.entries(request.cookies).map(([name, value]) => [name, value ?? ""]));
  const changed = new Map<string, string>();
  const keep = (setCookies: readonly string[]): void => {
    for (const line of setCookies) {
      const { name, value } = cookieOf(line);
      if (value === "") jar.delete(name);
      else jar.set(name, value);
      changed.set(name, line);
    }
  };
  const send = async (call: Call): Promise<Answer> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("; ");
    return inject(request, { ...call, headers: { origin: ctx.publicUrl(), cookie, ...call.headers } });
  };
  const renew = async (call: Call): Promise<Answer> => {
    const token = jar.get(names.refresh) ?? "";
    const answer = await shared(renewals, token, () => send(call));
    keep(answer.setCookies);
    return answer;
  };
  return {
    async prepare() {
      if (!jar.has(names.refresh) || jar.has(names.access)) return;
      await renew({ method: "POST", url: REFRESH_PATH, headers: {} });
    },
    setCookies: () => [...changed.values()],
    async fetch(input, init) {
      const call = callOf(input, init);
      const answer = await (call.url === REFRESH_PATH ? renew(call) : send(call));
      if (call.url !== REFRESH_PATH) keep(answer.setCookies);
      const empty = answer.status === 204 || answer.status === 304;
      return new Response(empty ? null : answer.body, { status: answer.status, headers: answer.headers });
    },
  };
}

function shared(renewals: Renewals, token: string, send: () => Promise<Answer>): Promise<Answer> {
  const known = renewals.get(token);
  if (known !== undefined) return known;
  const answer = send();
  renewals.set(token, answer);
  setTimeout(() => renewals.delete(token), SHARE_RENEWAL_MS).unref();
  return answer;
}

function callOf(input: Parameters<typeof fetch>[0], init: RequestInit = {}): Call {
  if (typeof input !== "string" || !input.startsWith("/")) throw new TypeError("pages reach the API by path");
  const { body, method = "GET" } = init;
  if (body !== undefined && body !== null && typeof body !== "string") throw new TypeError("only text bodies are sent");
  const headers = Object.fromEntries(new Headers(init.headers));
  return { method, url: input, headers, ...(typeof body === "string" ? { body } : {}) };
}

async function inject(request: FastifyRequest, call: Call): Promise<Answer> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  const answer = await request.server.inject({
    method: call.method as "GET",
    url: call.url,
    headers: { ...Object.fromEntries(passed), ...call.headers, [MARK_HEADER]: request.server.kit.pageMark },
    remoteAddress: request.socket.remoteAddress ?? "127.0.0.1",
    ...(call.body === undefined ? {} : { payload: call.body }),
  });
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (name !== "set-cookie" && value !== undefined) headers.set(name, String(value));
  }
  const lines = answer.headers["set-cookie"];
  return {
    status: answer.statusCode,
    headers,
    body: new Uint8Array(answer.rawPayload),
    setCookies: lines === undefined ? [] : [lines].flat(),
  };
}

/** Name and decoded value of a Set-Cookie line. RFC 6265 §5.2. */
function cookieOf(line: string): Readonly<{ name: string; value: string }> {
  const [pair = ""] = line.split(";", 1);
  const at = pair.indexOf("=");
  return { name: pair.slice(0, at).trim(), value: decodeURIComponent(pair.slice(at + 1).trim()) };
}
