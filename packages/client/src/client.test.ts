import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ApiError } from "./api-error.ts";
import { createClient } from "./client.ts";

type Seen = {
  method: string | undefined;
  url: string | undefined;
  authorization: string | undefined;
  type: string | undefined;
  body: string;
};
type Answer = { status: number; body?: unknown; text?: string; headers?: Record<string, string> };

const closers: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server that answers by `answer` and remembers what it was asked. */
async function openServer(answer: (seen: Seen) => Answer | Promise<Answer>) {
  const seen: Seen[] = [];
  const handle = async (req: IncomingMessage, res: ServerResponse) => {
    let body = "";
    for await (const chunk of req) body += String(chunk);
    const { method, url, headers } = req;
    const one = { method, url, authorization: headers.authorization, type: headers["content-type"], body };
    seen.push(one);
    const { status, body: json, text, headers: more } = await answer(one);
    res
      .writeHead(status, { "content-type": "application/json", ...more })
      .end(text ?? (json === undefined ? "" : JSON.stringify(json)));
  };
  const server = createServer((req, res) => void handle(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const refusal = (code: string, message: string, details?: unknown) => ({ error: { code, message, details } });
const caught = async (promise: Promise<unknown>): Promise<ApiError> => {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError: ${String(error)}`);
  return error;
};

test("a refusal keeps code, sentence, status and what is wrong with which field", async () => {
  const { baseUrl } = await openServer(() => ({
    status: 400,
    body: refusal("invalid_input", "handle: too short", {
      issues: [{ path: "handle", message: "too short" }, "not an issue"],
    }),
  }));
  const error = await caught(createClient({ baseUrl }).channels.create({ handle: "a", title: "A" }));
  expect({ code: error.code, message: error.message, status: error.status, issues: error.issues }).toEqual({
    code: "invalid_input",
    message: "handle: too short",
    status: 400,
    issues: [{ path: "handle", message: "too short" }],
  });
});

test("an answer that is not ours is unreadable, not a crash", async () => {
  const { baseUrl } = await openServer(({ url }) =>
    url === "/api/v1/me" ? { status: 502, text: "<h1>Bad gateway</h1>" } : { status: 200, text: "<html>" },
  );
  const client = createClient({ baseUrl });
  expect([await caught(client.me.get()), await caught(client.instance())].map((e) => [e.code, e.status])).toEqual([
    ["unreadable", 502],
    ["unreadable", 200],
  ]);
});

test("without a server the error is offline with status 0", async () => {
  const { baseUrl } = await openServer(() => ({ status: 200 }));
  for (const close of closers.splice(0)) await close();
  const error = await caught(createClient({ baseUrl }).instance());
  expect([error.code, error.status]).toEqual(["offline", 0]);
});

test("an aborted call rejects with the reason of its signal", async () => {
  const { baseUrl } = await openServer(() => new Promise(() => undefined));
  const stop = new AbortController();
  const call = createClient({ baseUrl }).instance({ signal: stop.signal });
  stop.abort(new Error("page left"));
  await expect(call).rejects.toThrow("page left");
});

test("calls refused together share one renewal and are sent again once", async () => {
  let signedIn = false;
  const { baseUrl, seen } = await openServer(({ url }) => {
    if (url === "/api/v1/auth/refresh") {
      signedIn = true;
      return { status: 200, body: { user: {}, accessToken: "new" } };
    }
    return signedIn
      ? { status: 200, body: { url } }
      : { status: 401, body: refusal("unauthenticated", "Sign in first.") };
  });
  const client = createClient({ baseUrl });
  const answers = await Promise.all([client.me.get(), client.me.sessions(), client.me.tokens()]);
  expect(answers).toEqual([{ url: "/api/v1/me" }, { url: "/api/v1/me/sessions" }, { url: "/api/v1/me/tokens" }]);
  expect(seen.filter(({ url }) => url === "/api/v1/auth/refresh")).toHaveLength(1);
  expect(seen).toHaveLength(7);
});

test("a file comes whole under the server's name for it, also when the session has to be renewed first", async () => {
  let signedIn = false;
  const { baseUrl, seen } = await openServer(({ url }) => {
    if (url === "/api/v1/auth/refresh") {
      signedIn = true;
      return { status: 200, body: {} };
    }
    if (!signedIn) return { status: 401, body: refusal("unauthenticated", "Sign in first.") };
    if (url === "/api/v1/of/others.csv") return { status: 403, body: refusal("forbidden", "It is not yours.") };
    const headers = { "content-type": "text/csv", "content-disposition": 'attachment; filename="tips-1.csv"' };
    return url === "/api/v1/show.json?all=1" ? { status: 200, text: "{}" } : { status: 200, text: "a,b", headers };
  });
  const client = createClient({ baseUrl });
  const { blob, name } = await client.file("/api/v1/tips.csv?of=1");
  expect([name, blob.type, await blob.text()]).toEqual(["tips-1.csv", "text/csv", "a,b"]);
  expect((await client.file("/api/v1/show.json?all=1")).name).toBe("show.json");
  const refused = await caught(client.file("/api/v1/of/others.csv"));
  expect([refused.code, refused.message]).toEqual(["forbidden", "It is not yours."]);
  expect(seen.map(({ url }) => url).slice(0, 3)).toEqual([
    "/api/v1/tips.csv?of=1",
    "/api/v1/auth/refresh",
    "/api/v1/tips.csv?of=1",
  ]);
});

test("a session that cannot be renewed gives the first refusal, after one try", async () => {
  const { baseUrl, seen } = await openServer(({ url }) =>
    url === "/api/v1/auth/refresh"
      ? { status: 401, body: refusal("session_expired", "Sign in again.") }
      : { status: 401, body: refusal("unauthenticated", "Sign in first.") },
  );
  const error = await caught(createClient({ baseUrl }).me.get());
  expect([error.code, seen.map(({ url }) => url)]).toEqual(["unauthenticated", ["/api/v1/me", "/api/v1/auth/refresh"]]);
});

test("a renewal that the server could not answer is no end of the session", async () => {
  const { baseUrl } = await openServer(({ url }) =>
    url === "/api/v1/auth/refresh"
      ? { status: 503, text: "restarting" }
      : { status: 401, body: refusal("unauthenticated", "Sign in first.") },
  );
  const client = createClient({ baseUrl });
  expect(
    [await caught(client.me.get()), await caught(client.renew())].map(({ code, status }) => [code, status]),
  ).toEqual([
    ["unreadable", 503],
    ["unreadable", 503],
  ]);
});

test("a second refusal after the renewal is final", async () => {
  const { baseUrl, seen } = await openServer(({ url }) =>
    url === "/api/v1/auth/refresh"
      ? { status: 200, body: {} }
      : { status: 401, body: refusal("unauthenticated", "Sign in first.") },
  );
  const error = await caught(createClient({ baseUrl }).me.get());
  expect([error.code, seen.length]).toEqual(["unauthenticated", 3]);
});

test("a wrong password is no reason to renew", async () => {
  const { baseUrl, seen } = await openServer(() => ({
    status: 401,
    body: refusal("invalid_credentials", "Wrong email or password."),
  }));
  const error = await caught(createClient({ baseUrl }).auth.login({ email: "a@example.org", password: "wrong" }));
  expect([error.code, seen.length]).toEqual(["invalid_credentials", 1]);
});

test("a bearer token is sent and never renewed", async () => {
  const { baseUrl, seen } = await openServer(() => ({ status: 401, body: refusal("unauthenticated", "Expired.") }));
  const error = await caught(createClient({ baseUrl, accessToken: "rst_1" }).me.get());
  expect([error.code, seen]).toEqual([
    "unauthenticated",
    [{ method: "GET", url: "/api/v1/me", authorization: "Bearer rst_1", type: undefined, body: "" }],
  ]);
});

test("filters stand in the query, empty ones do not", async () => {
  const { baseUrl, seen } = await openServer(() => ({ status: 200, body: { items: [], nextCursor: null } }));
  const client = createClient({ baseUrl });
  await client.broadcasts.list({ view: "live", q: "", category: undefined, language: "de-CH", limit: 3 });
  await client.broadcasts.mine({ state: "draft" });
  await client.channels.byHandle("a/b");
  expect(seen.map(({ url }) => url)).toEqual([
    "/api/v1/broadcasts?view=live&language=de-CH&limit=3",
    "/api/v1/broadcasts?state=draft&mine=true",
    "/api/v1/channels/by-handle/a%2Fb",
  ]);
});

test("bodies are JSON, pictures are multipart, empty answers are undefined", async () => {
  const { baseUrl, seen } = await openServer(({ method }) =>
    method === "DELETE" ? { status: 204 } : { status: 200, body: { id: "b" } },
  );
  const client = createClient({ baseUrl });
  expect(await client.broadcasts.testSignal("b", true)).toEqual({ id: "b" });
  await client.broadcasts.putPoster("b", new Blob(["picture"], { type: "image/png" }));
  expect(await client.channels.remove("c", { confirm: "demo" })).toBeUndefined();
  expect(seen.map(({ method, url, type }) => [method, url, type?.split(";")[0]])).toEqual([
    ["POST", "/api/v1/broadcasts/b/test-signal", "application/json"],
    ["PUT", "/api/v1/broadcasts/b/poster", "multipart/form-data"],
    ["DELETE", "/api/v1/channels/c", "application/json"],
  ]);
  expect([seen[0]!.body, seen[2]!.body]).toEqual(['{"on":true}', '{"confirm":"demo"}']);
  expect(seen[1]!.body).toContain("Content-Type: image/png\r\n\r\npicture\r\n");
});
