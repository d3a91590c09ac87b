/** First run through the public API: an owner with a channel and its stream key. */
import type { RunningServer } from "./server.ts";

export const OWNER = { email: "owner@example.org", handle: "mainstage", password: "correct horse battery" } as const;

export type Owner = Readonly<{
  accessToken: string;
  channelId: string;
  /** Primary stream key. */
  key: string;
  /** Calls `/api/v1<path>` as the owner; answers the JSON body. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
}>;

async function request(url: string, method: string, body: unknown, token?: string): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Uses the one-time token of the ready line. */
export async function setUp(server: RunningServer): Promise<Owner> {
  const { url, setupUrl } = server.ready;
  if (setupUrl === undefined) throw new Error("the server is set up already");
  const token = new URL(setupUrl).searchParams.get("token");
  const session = await request(`${url}/api/v1/setup`, "POST", { token, ...OWNER });
  return ownerOf(url, (session as { accessToken: string }).accessToken);
}

/** Signs in again, e.g. after a restart. */
export async function logIn(url: string): Promise<Owner> {
  const { email, password } = OWNER;
  const session = await request(`${url}/api/v1/auth/login`, "POST", { email, password });
  return ownerOf(url, (session as { accessToken: string }).accessToken);
}

async function ownerOf(url: string, accessToken: string): Promise<Owner> {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    (await request(`${url}/api/v1${path}`, method, body, accessToken)) as T;
  const { items } = await call<{ items: Array<{ id: string }> }>("GET", "/channels?mine=true");
  const channelId = items[0]?.id;
  if (channelId === undefined) throw new Error("the owner has no channel");
  const { key } = await call<{ key: string }>("POST", `/channels/${channelId}/keys/primary/reveal`, {
    password: OWNER.password,
  });
  return { accessToken, channelId, key, call };
}
