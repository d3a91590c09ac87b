/** This browser as one that takes push messages: whether it can, whether it does, switched on and off. Only in browsers. */
import { ApiError } from "@rostrum/client/api-error";
import type { Client } from "@rostrum/client/client";

export type PushApi = Pick<Client, "push">;

/**
 * `blocked`: the person has refused this site's notifications · `insecure`: the page came without TLS · `unsupported`: the browser has
 * no push messages, or only for apps on the home screen
 */
export type PushAbility = "ready" | "blocked" | "insecure" | "unsupported";

/** `id` is this browser's among those of the account; null when it takes no messages for it. */
export type PushState = Readonly<{ ability: PushAbility; id: string | null }>;

/** `dismissed`: asked, not answered · `unreachable`: the browser could not reach its push service */
export type PushOutcome =
  | Readonly<{ kind: "on"; id: string }>
  | Readonly<{ kind: "dismissed" | "blocked" | "unreachable" }>;

const WORKER = "/sw.js";
const STORED = "rostrum.push-id";

export function pushAbility(): PushAbility {
  if (!isSecureContext) return "insecure";
  if (!("serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis)) {
    return "unsupported";
  }
  return Notification.permission === "denied" ? "blocked" : "ready";
}

/** `ids`: the account's browsers. Asks nobody for anything. */
export async function readPushState(ids: readonly string[]): Promise<PushState> {
  const ability = pushAbility();
  const stored = readStored();
  // Another account may have taken this browser over since.
  if (ability !== "ready" || stored === null || !ids.includes(stored)) return { ability, id: null };
  return { ability, id: (await findSubscription()) === null ? null : stored };
}

/** Asks the person when nobody has yet: only to be called by a click. @throws {ApiError} */
export async function switchPushOn(api: PushApi): Promise<PushOutcome> {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return { kind: permission === "denied" ? "blocked" : "dismissed" };
  const { publicKey } = await api.push.key();
  const subscription = await subscribe(publicKey);
  if (subscription === null) return { kind: "unreachable" };
  const { endpoint, keys } = subscription.toJSON();
  const added = await api.push.add({
    endpoint: endpoint ?? "",
    keys: { p256dh: keys?.["p256dh"] ?? "", auth: keys?.["auth"] ?? "" },
  });
  store(added.id);
  return { kind: "on", id: added.id };
}

/** @throws {ApiError} */
export async function switchPushOff(api: PushApi, id: string): Promise<void> {
  await removeBrowser(api, id);
  await (await findSubscription())?.unsubscribe();
  store(null);
}

/**
 * Who signs out may leave the browser to others: it tells nothing any more of what they follow. Never rejects. One of the two is enough:
 * of a browser that has left, the push service tells the server with the next message.
 */
export async function leaveBrowser(api: PushApi): Promise<void> {
  const id = readStored();
  if (id === null) return;
  store(null);
  await Promise.allSettled([removeBrowser(api, id), findSubscription().then((found) => found?.unsubscribe())]);
}

/** One that is gone already is no failure. @throws {ApiError} */
export async function removeBrowser(api: PushApi, id: string): Promise<void> {
  try {
    await api.push.remove(id);
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "not_found")) throw error;
  }
}

async function findSubscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Null: the browser's push service did not answer, or the worker could not be installed. */
async function subscribe(publicKey: string): Promise<PushSubscription | null> {
  try {
    await navigator.serviceWorker.register(WORKER, { scope: "/" });
    const { pushManager } = await navigator.serviceWorker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: publicKey };
    try {
      return await pushManager.subscribe(options);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;
      // It was made with the key of a former installation.
      await (await pushManager.getSubscription())?.unsubscribe();
      return await pushManager.subscribe(options);
    }
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return null;
    throw error;
  }
}

function readStored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    // Storage may be closed, such as in private windows: then this browser counts as one that takes nothing.
    return null;
  }
}

function store(id: string | null): void {
  try {
    if (id === null) localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, id);
  } catch {
    // Without storage it is only not known later on which of the browsers this one is.
  }
}
