/** Who is signed in. */
import { ApiError } from "@rostrum/client/api-error";
import type { Instance, User } from "@rostrum/contract/accounts";
import { createContext, redirect, type RouterContextProvider, useRouteLoaderData } from "react-router";
import { apiFor } from "./api.ts";
import { hasSessionCookie, type Theme } from "./visitor.ts";

/** What the root loads once for all pages. */
export type RootData = Readonly<{
  me: User | null;
  instance: Instance;
  theme: Theme;
  timeZone: string;
  /** Without a trailing slash. */
  publicUrl: string;
  renderedAt: number;
}>;

type Loading = Readonly<{ request: Request; context: Readonly<RouterContextProvider> }>;

const meOfRequest = createContext<Promise<User | null> | null>(null);

/** For loaders: the person who asks; null for a stranger. Asked once per request. */
export function loadMe({ request, context }: Loading): Promise<User | null> {
  const known = context.get(meOfRequest);
  if (known !== null) return known;
  const asked = hasSessionCookie(request.headers.get("cookie")) ? askMe(context) : Promise.resolve(null);
  context.set(meOfRequest, asked);
  return asked;
}

/** For loaders of pages that need an account: a stranger is sent to sign in and comes back here. */
export async function requireMe(loading: Loading): Promise<User> {
  const me = await loadMe(loading);
  if (me !== null) return me;
  const { pathname, search } = new URL(loading.request.url);
  throw redirect(`/login?next=${encodeURIComponent(pathname.replace(/\.data$/, "") + search)}`);
}

async function askMe(context: Readonly<RouterContextProvider>): Promise<User | null> {
  try {
    return await apiFor(context).me.get();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Null in error pages whose root could not be loaded. */
export function useRootData(): RootData | null {
  return useRouteLoaderData<RootData>("root") ?? null;
}

/** The person who is signed in; null for a stranger. */
export function useMe(): User | null {
  return useRootData()?.me ?? null;
}

/** Where to go after signing in: a path of this site only. RFC 9700 §4.11. */
export function safeNext(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return "/dashboard";
  return URL.canParse(next, "http://here") && new URL(next, "http://here").host === "here" ? next : "/dashboard";
}
