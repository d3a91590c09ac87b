/** Telling followers that a show has begun: browsers that take push messages, and leaving by one click. */
import { z } from "zod";
import { Id, Instant, Text } from "./common.ts";

/** What pages hand to `pushManager.subscribe` as `applicationServerKey`: base64url. */
export const PushKey = z.object({ publicKey: z.string() });

const Base64Url = z.string().regex(/^[A-Za-z0-9_-]{1,200}={0,2}$/, "not base64url");

/** What `PushSubscription.toJSON()` gives. */
export const SubscribePushBody = z.object({
  endpoint: Text.min(1).max(2000),
  keys: z.object({ p256dh: Base64Url, auth: Base64Url }),
});

/** `service` is the host of the browser's push service; its address is a secret. */
export const PushSubscription = z.object({
  id: Id,
  service: z.string(),
  userAgent: z.string(),
  createdAt: Instant,
});
export type PushSubscription = z.infer<typeof PushSubscription>;
/** Newest first. */
export const PushSubscriptionList = z.object({ items: z.array(PushSubscription) });

/** What a browser is sent, encrypted. `url` is a path on this server; a later message of the same `tag` takes its place. */
export const PushPayload = z.object({
  type: z.literal("broadcast.live"),
  title: z.string(),
  body: z.string(),
  url: z.string(),
  tag: z.string(),
});
export type PushPayload = z.infer<typeof PushPayload>;

export const UnsubscribeQuery = z.object({ t: z.string().max(200) });
