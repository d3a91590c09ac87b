/** What a page and the server say to each other over `WS /realtime`, and by polling where no WebSocket passes. DESIGN §5. */
import { z } from "zod";
import { Id } from "./common.ts";
import { ErrorBody } from "./errors.ts";

/**
 * What can be followed. `broadcast`: the show, its viewers, polls, questions, tips · `chat`: its messages · `moderation`: what only its
 * crew sees of both · `health`: its figures · `studio`: the people in it · `channel`: what its moderators do and decide, in whichever show ·
 * `user`: what concerns one account. The id is the broadcast's, for `channel` the channel's, for `user` the account's.
 */
export const TopicKind = z.enum(["broadcast", "chat", "moderation", "health", "studio", "channel", "user"]);
export type TopicKind = z.infer<typeof TopicKind>;

/** `<kind>:<id>`. */
export const Topic = z
  .string()
  .max(40)
  .transform((text, check) => {
    const [kind, id, ...more] = text.split(":");
    const known = z.object({ kind: TopicKind, id: Id }).safeParse({ kind, id });
    if (known.success && more.length === 0) return { name: text, ...known.data };
    check.addIssue({ code: "custom", message: "not a topic" });
    return z.NEVER;
  });
export type Topic = z.output<typeof Topic>;

/** A place in a topic: a life of the log, and the number of the last event that is known. Opaque to clients. */
export const TopicCursor = z.string().regex(/^[0-9A-Za-z]{1,40}\.\d{1,15}$/, "not a cursor");

/** Made by the client, once for each thing that is sent, and the same when it is sent again. */
export const SendId = z.string().regex(/^[0-9A-Za-z_-]{8,40}$/, "8 to 40 letters, digits, - or _");

export const Send = z.object({ id: SendId, action: z.string().max(40), body: z.unknown() });
export type Send = z.infer<typeof Send>;

/** One text message each. */
export const ClientMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("subscribe"),
    topic: Topic,
    /** Goes on behind it. Left out, or gone: the answer is a `reset`. */
    cursor: TopicCursor.optional(),
    /** A playback token, for who may watch only with one. */
    token: z.string().max(2000).optional(),
  }),
  z.object({ type: z.literal("unsubscribe"), topic: Topic }),
  Send.extend({ type: z.literal("send") }),
  /** Answered by `pong`: pages cannot see the pings of the protocol. */
  z.object({ type: z.literal("ping") }),
]);
export type ClientMessage = z.output<typeof ClientMessage>;

/** What a client's text message says; undefined when it is not understood. */
export function readClientMessage(text: string): ClientMessage | undefined {
  try {
    return ClientMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/**
 * - `subscribed`: what follows goes on behind the cursor that was given
 * - `reset`: the state as a whole, at least as new as `cursor`; the first answer, and whenever events were missed
 * - `events`: in order and without a hole; the last one stands at `cursor`, the first one as many before it as there are
 * - `refused`: the topic is not, or no longer, for this caller
 * - `ack`, `nack`: what became of a `send`
 */
export const ServerMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("subscribed"), topic: z.string(), cursor: TopicCursor }),
  z.object({ type: z.literal("reset"), topic: z.string(), cursor: TopicCursor, snapshot: z.unknown() }),
  z.object({ type: z.literal("events"), topic: z.string(), cursor: TopicCursor, events: z.array(z.unknown()) }),
  z.object({ type: z.literal("refused"), topic: z.string(), ...ErrorBody.shape }),
  z.object({ type: z.literal("ack"), id: SendId, result: z.unknown() }),
  z.object({ type: z.literal("nack"), id: z.string(), ...ErrorBody.shape }),
  z.object({ type: z.literal("pong") }),
]);
export type ServerMessage = z.infer<typeof ServerMessage>;

/** Every text message of the server is a list: what came in one tick travels together. */
export const ServerFrame = z.array(ServerMessage);
export type ServerFrame = z.infer<typeof ServerFrame>;

/** Why the server closes, beside the codes of RFC 6455 §7.4.1. After each but `refused` a client may come again with its cursors. */
export const REALTIME_CLOSE = {
  stopping: 1001,
  /** What was sent is not understood, or too much came. */
  refused: 1008,
  failed: 1011,
  tryLater: 1013,
  /** It did not read fast enough. */
  slow: 4008,
  /** The session has ended or wants to be renewed. */
  unauthenticated: 4401,
} as const;

/** `GET /api/v1/realtime/poll`: topics with their cursors, as `chat:<id>@<cursor>`, separated by commas. */
export const PollQuery = z.object({
  topics: z.string().max(2000),
  token: z.string().max(2000).optional(),
});
export const PollAnswer = z.object({ messages: ServerFrame });
export type PollAnswer = z.infer<typeof PollAnswer>;
/** `POST /api/v1/realtime/send`. */
export const SendAnswer = z.object({ result: z.unknown() });

/** How often to poll, and the most topics that one page may follow. */
export const POLL_EVERY_MS = 4000;
export const MAX_TOPICS = 20;
