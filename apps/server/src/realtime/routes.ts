/** The same topics and actions over HTTP, for pages that no WebSocket reaches. */
import {
  MAX_TOPICS,
  PollAnswer,
  PollQuery,
  Send,
  SendAnswer,
  type ServerMessage,
  Topic,
  TopicCursor,
} from "@rostrum/contract/realtime";
import { AppError } from "../lib/app-error.ts";
import type { Logger } from "../lib/log.ts";
import { viewerOf } from "../http/auth.ts";
import { errorAnswers } from "../http/errors.ts";
import type { App } from "../http/kit.ts";
import { errorBodyOf } from "./errors.ts";
import type { Entrance } from "./entrance.ts";
import type { Caller, RealtimeRules } from "../http/realtime-rules.ts";
import { runAction } from "./run-action.ts";

export type RealtimeRoutesOptions = Readonly<{ entrance: Entrance; rules: RealtimeRules; log: Logger }>;

export async function realtimeRoutes(app: App, options: RealtimeRoutesOptions): Promise<void> {
  const perMinute = { rateLimit: { max: app.kit.limits.watchPerMin } };
  app.get(
    "/api/v1/realtime/poll",
    {
      config: perMinute,
      schema: {
        summary: "What is new in some topics",
        description:
          "For clients that cannot open `WS /realtime`. `topics` is a list of `<topic>@<cursor>` separated by commas; without a cursor " +
          "the answer for a topic is a `reset` with its state. Ask every 4 s.",
        tags: ["realtime"],
        querystring: PollQuery,
        response: { 200: PollAnswer, ...errorAnswers("invalid_input", "unauthenticated") },
      },
    },
    async (request) => {
      const caller: Caller = { viewer: await viewerOf(request), address: request.ip };
      const asked = parseTopics(request.query.topics);
      const messages = await Promise.all(asked.map((one) => news(options, caller, one, request.query.token)));
      return { messages: messages.flat() };
    },
  );
  app.post(
    "/api/v1/realtime/send",
    {
      config: perMinute,
      schema: {
        summary: "Send what `WS /realtime` takes as `send`",
        description: "`id` is made by the client; the same one again gives the same answer and does nothing twice.",
        tags: ["realtime"],
        body: Send,
        response: {
          200: SendAnswer,
          ...errorAnswers("invalid_input", "unauthenticated", "forbidden", "not_found", "conflict", "rate_limited"),
        },
      },
    },
    async (request) => {
      const caller: Caller = { viewer: await viewerOf(request), address: request.ip };
      return { result: (await runAction(options.rules, caller, request.body)) ?? null };
    },
  );
}

type Asked = Readonly<{ topic: Topic; cursor: string | undefined }>;

function parseTopics(text: string): Asked[] {
  const parts = text.split(",");
  if (parts.length > MAX_TOPICS) throw new AppError("invalid_input", `One page follows at most ${MAX_TOPICS} topics.`);
  return parts.map((part) => {
    const [name, cursor] = part.split("@");
    const topic = Topic.safeParse(name);
    const place = TopicCursor.optional().safeParse(cursor);
    if (!topic.success || !place.success) {
      throw new AppError(
        "invalid_input",
        `"${part}" is not a topic with an optional cursor, as in "chat:<id>@<cursor>".`,
      );
    }
    return { topic: topic.data, cursor: place.data };
  });
}

async function news(
  { entrance, log }: RealtimeRoutesOptions,
  caller: Caller,
  { topic, cursor }: Asked,
  token: string | undefined,
): Promise<ServerMessage[]> {
  try {
    const { feed, state } = await entrance.enter(topic, { caller, token }, cursor);
    if (state === null) {
      const missed = feed.since(cursor ?? feed.cursor) ?? "";
      return missed === "" ? [] : [JSON.parse(missed) as ServerMessage];
    }
    const snapshot = JSON.parse(state.snapshot) as unknown;
    return [{ type: "reset", topic: topic.name, cursor: state.cursor, snapshot }];
  } catch (error) {
    return [{ type: "refused", topic: topic.name, ...errorBodyOf(error, log) }];
  }
}
