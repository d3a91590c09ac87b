/** The one door to data: the public API, for loaders through the server itself, in the browser over the network. */
import { ApiError, type ApiErrorCode } from "@rostrum/client/api-error";
import { type Client, createClient } from "@rostrum/client/client";
import { data, type RouterContextProvider } from "react-router";
import { pageServices } from "../context.ts";
import { keptAgeToken } from "./kept-age.ts";

/** For loaders. Carries the visitor's session; a renewed one reaches the browser with the page. */
export function apiFor(context: Readonly<RouterContextProvider>): Client {
  return createClient({ baseUrl: "", fetch: context.get(pageServices).fetch });
}

let ofThisPage: Client | undefined;

/** For components and event handlers, never for loaders. One per page: calls that need a fresh session share its renewal. */
export function browserApi(): Client {
  ofThisPage ??= createClient({ baseUrl: "", fetch: (input, init) => fetch(input, init), ageToken: keptAgeToken });
  return ofThisPage;
}

/** What a page that could not be loaded shows; thrown by `load`, read by error boundaries. */
export type PageRefusal = Readonly<{ code: ApiErrorCode; message: string }>;

/**
 * Awaits an answer in a loader. A refusal becomes the page's error with the same status.
 * @throws a route error response whose data is a `PageRefusal`
 */
export async function load<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // oxlint-disable-next-line typescript/only-throw-error
    throw data({ code: error.code, message: error.message } satisfies PageRefusal, { status: error.status || 503 });
  }
}

/** The sentence for a failed call. `fallback` stands for what is no `ApiError`, that is, a mistake of ours. */
export function messageOf(error: unknown, fallback: string): string {
  return error instanceof ApiError ? error.message : fallback;
}
