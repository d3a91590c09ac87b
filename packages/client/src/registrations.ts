/** Registering for a show, and what its crew does with registrations. */
import type {
  ListRegistrationsQuery,
  OwnRegistrationSettings,
  RegisterForShowBody,
  Registration,
  RegistrationInfo,
  UpdateRegistrationBody,
} from "@rostrum/contract/registration";
import type { CallOptions, Http } from "./http.ts";

type In<T extends { _zod: { input: unknown } }> = T["_zod"]["input"];
type Out<T extends { _zod: { output: unknown } }> = T["_zod"]["output"];
type Page<T> = Readonly<{ items: T[]; nextCursor: string | null }>;
type Query<T> = { readonly [K in keyof T]?: T[K] | undefined };

export function registrations(http: Http) {
  const own = (broadcastId: string) => `/broadcasts/${broadcastId}/registration`;
  const all = (broadcastId: string) => `/broadcasts/${broadcastId}/registrations`;
  return {
    /** What is asked, and whether this browser has registered. */
    info: (broadcastId: string, call?: CallOptions) => http.call<RegistrationInfo>(own(broadcastId), call),
    /** Mails a link; also to an address that has registered before. */
    register: (broadcastId: string, body: In<typeof RegisterForShowBody>) =>
      http.call<unknown>(own(broadcastId), { method: "POST", body }),
    resend: (broadcastId: string, email: string) =>
      http.call<unknown>(`${own(broadcastId)}/resend`, { method: "POST", body: { email } }),
    /** By the token of a link: this browser is let in from now on. */
    enter: (broadcastId: string, token: string) =>
      http.call<void>(`${own(broadcastId)}/enter`, { method: "POST", body: { token } }),
    withdraw: (broadcastId: string) => http.call<void>(own(broadcastId), { method: "DELETE" }),
    settings: (broadcastId: string, call?: CallOptions) =>
      http.call<OwnRegistrationSettings>(`${own(broadcastId)}-settings`, call),
    updateSettings: (broadcastId: string, body: In<typeof UpdateRegistrationBody>) =>
      http.call<OwnRegistrationSettings>(`${own(broadcastId)}-settings`, { method: "PATCH", body }),
    list: (broadcastId: string, query: Query<Out<typeof ListRegistrationsQuery>> = {}, call?: CallOptions) =>
      http.call<Page<Registration>>(all(broadcastId), { ...call, query }),
    remove: (broadcastId: string, id: string) => http.call<void>(`${all(broadcastId)}/${id}`, { method: "DELETE" }),
    /** The links that were mailed so far stop counting, and a new one is mailed. */
    renew: (broadcastId: string, id: string) => http.call<void>(`${all(broadcastId)}/${id}/renew`, { method: "POST" }),
  };
}
