/** Accounts that follow channels, and what they wish to hear of them. */
import { z } from "zod";
import { Id, Instant, pageOf } from "./common.ts";

/** The caller's own. `since` is null, and nothing is told, for somebody who does not follow. `mail`, `push`: wants to hear when a show begins. */
export const Follow = z.object({
  following: z.boolean(),
  since: Instant.nullable(),
  mail: z.boolean(),
  push: z.boolean(),
  /** How many accounts follow the channel. */
  followers: z.number().int(),
});
export type Follow = z.infer<typeof Follow>;

/** What is left out stays as it is; both are on for somebody who begins to follow. */
export const FollowBody = z.object({ mail: z.boolean(), push: z.boolean() }).partial().nullish();

/** A channel that the caller follows; newest follow first. */
export const FollowedChannel = z.object({
  channelId: Id,
  handle: z.string(),
  title: z.string(),
  since: Instant,
  mail: z.boolean(),
  push: z.boolean(),
});
export type FollowedChannel = z.infer<typeof FollowedChannel>;
export const FollowedPage = pageOf(FollowedChannel);
