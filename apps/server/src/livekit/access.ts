/** What the server does with LiveKit, whichever serves the rooms: tokens, RoomService, webhooks; all through livekit-server-sdk. */
import {
  AccessToken,
  RoomServiceClient,
  type VideoGrant,
  type WebhookEvent,
  WebhookReceiver,
} from "livekit-server-sdk";
import type { ApiKey } from "./sfu-env.ts";

/** Lets one participant into one room. */
export type JoinToken = Readonly<{
  room: string;
  /** Who it is; a second one of the same identity takes the place of the first. */
  identity: string;
  /** From now; who is in stays in, with tokens that the SFU renews. */
  ttlSec: number;
  name?: string;
  /** For other clients, who read it as it is. */
  metadata?: string;
  attributes?: Readonly<Record<string, string>>;
  /** What it may do beside joining; what is left out is LiveKit's default: publish, subscribe and send data. */
  grant?: Readonly<Omit<VideoGrant, "room" | "roomJoin">>;
}>;

export type Access = Readonly<{
  /** Signs a token that livekit-client joins with. */
  createToken(join: JoinToken): Promise<string>;
  /** Calls reject with the SDK's `ServerError`, or with what `fetch` rejects with when nobody answers. */
  roomService(url: string): RoomServiceClient;
  /** Undefined when it was not signed with our key, or for another body. @param body as it came, to the byte */
  readWebhook(body: string, authorization: string | undefined): Promise<WebhookEvent | undefined>;
}>;

const CALL_WITHIN_SEC = 5;

export function createAccess({ key, secret }: ApiKey): Access {
  const receiver = new WebhookReceiver(key, secret);
  let client: Readonly<{ url: string; service: RoomServiceClient }> | undefined;
  return {
    async createToken({ room, identity, ttlSec, name, metadata, attributes, grant }) {
      const token = new AccessToken(key, secret, {
        identity,
        ttl: ttlSec,
        ...(name === undefined ? {} : { name }),
        ...(metadata === undefined ? {} : { metadata }),
        ...(attributes === undefined ? {} : { attributes: { ...attributes } }),
      });
      token.addGrant({ ...grant, roomJoin: true, room });
      return token.toJwt();
    },
    roomService(url) {
      // The embedded SFU has another port after each start.
      if (client?.url !== url) {
        client = { url, service: new RoomServiceClient(url, key, secret, { requestTimeout: CALL_WITHIN_SEC }) };
      }
      return client.service;
    },
    async readWebhook(body, authorization) {
      if (authorization === undefined) return undefined;
      try {
        return await receiver.receive(body, authorization);
      } catch {
        // Not signed, not ours, too old, another body, no JSON: to whoever sends it that is all the same.
        return undefined;
      }
    },
  };
}
