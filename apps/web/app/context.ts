/** What the server hands to the pages, per request. The server imports this file from source, the pages have it in their bundle. */
import { createContext, type RouterContext } from "react-router";
import type { Instance } from "@rostrum/contract/accounts";

/** Pages are clients of the public API: there is no other door. */
export interface PageServices {
  /**
   * Reaches the API of this very process. `input` is a path such as `/api/v1/instance`. Carries the visitor's cookies and address;
   * a header that is given in `init` wins.
   */
  readonly fetch: typeof fetch;
  /** The address people use, without a trailing slash. */
  readonly publicUrl: string;
  /** Of this answer's Content-Security-Policy; stands on every script and style element. */
  readonly nonce: string;
  readonly instance: Instance;
}

// Loaded twice, from source and bundled. React Router compares context keys by identity, so both copies must share one object.
const shared = globalThis as unknown as Record<symbol, RouterContext<PageServices> | undefined>;

/** The key under which `RouterContextProvider` keeps the services. */
export const pageServices = (shared[Symbol.for("rostrum.page-services")] ??= createContext<PageServices>());
