/** One request to the API and its answer; an expired session is renewed once, on the way. */
import { AGE_TOKEN_HEADER } from "@rostrum/contract/age-gate";
import { ApiError, errorOf } from "./api-error.ts";

export type ClientOptions = Readonly<{
  /** Where the server is, without a trailing slash; empty for the page's own site. */
  baseUrl: string;
  /** Default: the global `fetch`. */
  fetch?: typeof fetch;
  /** Sent as a bearer token; then nothing is renewed. Without it the session is in cookies. */
  accessToken?: string;
  /** What the visitor has said about their age, for where no cookie carries it; asked before each request. */
  ageToken?: () => string | null;
}>;

/** The last argument of every method. */
export type CallOptions = Readonly<{ signal?: AbortSignal }>;

export type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>;

export type Call = Readonly<{
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  query?: QueryValues | undefined;
  /** Sent as JSON; a `FormData` as it is. */
  body?: unknown;
  signal?: AbortSignal | undefined;
}>;

/** `name` is the server's for it. */
type DownloadedFile = Readonly<{ blob: Blob; name: string }>;

export interface Http {
  /**
   * `path` begins after `/api/v1`. The answer's JSON is trusted to be `T`: the server checks what it sends.
   * @throws {ApiError}; an abort of the signal rejects with the signal's reason
   */
  call<T>(path: string, call?: Call): Promise<T>;
  /**
   * Renews the session in the cookies; false when it has ended. Calls that come while one is under way share it.
   * @throws {ApiError} when the server could not say
   */
  renew(): Promise<boolean>;
}

interface HttpWithFiles extends Http {
  /** A file of the API, whole. `href` as in a link to it: from `/api/v1` on. @throws {ApiError} */
  file(href: string, call?: CallOptions): Promise<DownloadedFile>;
}

/** Refusals that a fresh session may lift. Wrong passwords and dead sessions are final. */
const RENEWABLE = "unauthenticated";
const ROOT = "/api/v1";

/** Opens nothing and keeps nothing but the renewal under way. */
export function createHttp({
  baseUrl,
  fetch: send = globalThis.fetch,
  accessToken,
  ageToken,
}: ClientOptions): HttpWithFiles {
  let renewal: Promise<boolean> | null = null;

  const request = async (path: string, call: Call): Promise<Response> => {
    try {
      return await send(urlOf(baseUrl, path, call.query), requestInit(call, accessToken, ageToken?.() ?? null));
    } catch (cause) {
      if (call.signal?.aborted) throw call.signal.reason;
      throw new ApiError("offline", "The server cannot be reached.", { status: 0, cause });
    }
  };

  const renew = (): Promise<boolean> => {
    renewal ??= request("/auth/refresh", { method: "POST" })
      .then(async (response) => {
        // A refusal of an outage must not stand as the end of a session.
        if (response.status >= 500) throw await errorOf(response);
        return response.ok;
      })
      .finally(() => {
        renewal = null;
      });
    return renewal;
  };

  const answered = async (path: string, call: Call): Promise<Response> => {
    const first = await request(path, call);
    if (first.ok) return first;
    const error = await errorOf(first);
    if (error.code !== RENEWABLE || accessToken !== undefined || !(await renew())) throw error;
    const second = await request(path, call);
    if (second.ok) return second;
    throw await errorOf(second);
  };

  return {
    renew,
    call: async <T>(path: string, call: Call = {}) => readAnswer<T>(await answered(path, call)),
    file: async (href, call = {}) => readFile(href, await answered(href.slice(ROOT.length), call)),
  };
}

function urlOf(baseUrl: string, path: string, query: QueryValues = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") params.set(name, String(value));
  }
  const text = params.toString();
  return `${baseUrl}${ROOT}${path}${text === "" ? "" : `?${text}`}`;
}

function requestInit(
  { method = "GET", body, signal }: Call,
  accessToken: string | undefined,
  ageToken: string | null,
): RequestInit {
  const headers: Record<string, string> = { accept: "application/json" };
  if (ageToken !== null) headers[AGE_TOKEN_HEADER] = ageToken;
  if (accessToken !== undefined) headers["authorization"] = `Bearer ${accessToken}`;
  if (body !== undefined && !(body instanceof FormData)) headers["content-type"] = "application/json";
  return {
    method,
    headers,
    credentials: "same-origin",
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  };
}

async function readFile(href: string, response: Response): Promise<DownloadedFile> {
  const [, told] = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "") ?? [];
  const name = told ?? href.split(/[?#]/)[0]?.split("/").at(-1) ?? "";
  try {
    return { blob: await response.blob(), name };
  } catch (cause) {
    throw new ApiError("offline", "The file broke off before its end.", { status: 0, cause });
  }
}

async function readAnswer<T>(response: Response): Promise<T> {
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  if (text === "") return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new ApiError("unreadable", "The server's answer could not be read.", { status: response.status, cause });
  }
}
