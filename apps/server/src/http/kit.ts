/** What the HTTP side of every feature shares: the app's type, its plugins and the parts that know who is asking. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Context } from "../context.ts";
import type { AccessTokens } from "./access-token.ts";
import type { AgeTokens } from "./age-token.ts";
import type { Viewer } from "./auth.ts";
import type { CookieNames } from "./cookies.ts";
import type { Credentials } from "./credentials.ts";
import type { Passwords } from "./passwords.ts";
import type { AttemptLimiter, Limits } from "./rate-limit.ts";

/** The Fastify instance with zod schemas in routes: bodies, queries and answers are typed from the contract. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Adds a feature's routes. Runs in its own Fastify scope: its hooks and decorators stay its own. */
export type AppPlugin = (app: App) => Promise<void>;

/** Made once per app by `createApp`; reachable as `app.kit` and `request.server.kit`. */
export type HttpKit = Readonly<{
  ctx: Context;
  /** Wall time in ms; a test may turn the clock. */
  now: () => number;
  limits: Limits;
  access: AccessTokens;
  ages: AgeTokens;
  credentials: Credentials;
  passwords: Passwords;
  cookies: CookieNames;
  /** Marks what pages ask in this process; nobody outside knows it. */
  pageMark: string;
  /** Wrong passwords and tokens, counted by address and by account. */
  failures: Readonly<{ byAddress: AttemptLimiter; byAccount: AttemptLimiter }>;
}>;

declare module "fastify" {
  interface FastifyInstance {
    kit: HttpKit;
  }
  interface FastifyContextConfig {
    /** The body is signed by who sent it: no cookie counts, so that any site may send it. */
    signed?: boolean;
  }
  interface FastifyRequest {
    /** Filled by `viewerOf`; read it only through that. */
    knownViewer: Promise<Viewer> | null;
  }
}
