/** The part of the API that tells people and programs of a channel: following it, push messages, webhooks. */
import type { Follow, FollowBody, FollowedChannel } from "@rostrum/contract/follows";
import type { PushSubscription, SubscribePushBody } from "@rostrum/contract/notifications";
import type {
  CreatedWebhook,
  CreateWebhookBody,
  ListDeliveriesQuery,
  RotatedSecret,
  UpdateWebhookBody,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryDetails,
} from "@rostrum/contract/webhooks";
import type { CallOptions, Http } from "./http.ts";

type In<T extends { _zod: { input: unknown } }> = T["_zod"]["input"];
type Out<T extends { _zod: { output: unknown } }> = T["_zod"]["output"];
type Page<T> = Readonly<{ items: T[]; nextCursor: string | null }>;
type Query<T> = { readonly [K in keyof T]?: T[K] | undefined };

/** The caller's own. */
export function follows(http: Http) {
  const at = (channelId: string) => `/channels/${channelId}/follow`;
  return {
    get: (channelId: string, call?: CallOptions) => http.call<Follow>(at(channelId), call),
    /** Again, it changes only what is wished. */
    set: (channelId: string, wishes: NonNullable<In<typeof FollowBody>> = {}) =>
      http.call<Follow>(at(channelId), { method: "PUT", body: wishes }),
    end: (channelId: string) => http.call<void>(at(channelId), { method: "DELETE" }),
    list: (query: Readonly<{ cursor?: string | undefined; limit?: number | undefined }> = {}, call?: CallOptions) =>
      http.call<Page<FollowedChannel>>("/me/follows", { ...call, query }),
  };
}

/** The caller's browsers. */
export function push(http: Http) {
  return {
    /** For `pushManager.subscribe`, as `applicationServerKey`. */
    key: (call?: CallOptions) => http.call<{ publicKey: string }>("/push/key", call),
    list: (call?: CallOptions) => http.call<{ items: PushSubscription[] }>("/me/push-subscriptions", call),
    /** What `PushSubscription.toJSON()` gives. */
    add: (body: In<typeof SubscribePushBody>) =>
      http.call<PushSubscription>("/me/push-subscriptions", { method: "POST", body }),
    remove: (id: string) => http.call<void>(`/me/push-subscriptions/${id}`, { method: "DELETE" }),
  };
}

export function webhooks(http: Http) {
  const all = (channelId: string) => `/channels/${channelId}/webhooks`;
  const at = (channelId: string, id: string) => `${all(channelId)}/${id}`;
  return {
    list: (channelId: string, call?: CallOptions) => http.call<{ items: Webhook[] }>(all(channelId), call),
    /** The secret is in this answer only. */
    create: (channelId: string, body: In<typeof CreateWebhookBody>) =>
      http.call<Out<typeof CreatedWebhook>>(all(channelId), { method: "POST", body }),
    update: (channelId: string, id: string, body: In<typeof UpdateWebhookBody>) =>
      http.call<Webhook>(at(channelId, id), { method: "PATCH", body }),
    remove: (channelId: string, id: string) => http.call<void>(at(channelId, id), { method: "DELETE" }),
    rotate: (channelId: string, id: string) =>
      http.call<Out<typeof RotatedSecret>>(`${at(channelId, id)}/rotate`, { method: "POST" }),
    test: (channelId: string, id: string) =>
      http.call<WebhookDelivery>(`${at(channelId, id)}/test`, { method: "POST" }),
    /** Newest first. */
    deliveries: (
      channelId: string,
      id: string,
      query: Query<Out<typeof ListDeliveriesQuery>> = {},
      call?: CallOptions,
    ) => http.call<Page<WebhookDelivery>>(`${at(channelId, id)}/deliveries`, { ...call, query }),
    delivery: (channelId: string, id: string, deliveryId: string, call?: CallOptions) =>
      http.call<WebhookDeliveryDetails>(`${at(channelId, id)}/deliveries/${deliveryId}`, call),
    replay: (channelId: string, id: string, deliveryId: string) =>
      http.call<WebhookDelivery>(`${at(channelId, id)}/deliveries/${deliveryId}/replay`, { method: "POST" }),
  };
}
