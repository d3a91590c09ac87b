/** Web Push (RFC 8030) through the outbound guard: the address of a push service comes from a browser, which may say anything. */
import { type Outbound, OutboundError } from "../lib/outbound.ts";
import { areGoodPushKeys, encryptPush, vapidAuthorization, type VapidKeys } from "../lib/push-encryption.ts";
import type { Push, PushOutcome } from "../ports/push.ts";

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 1024;

/** @param subject who runs this installation: `https:` or `mailto:` */
export function createWebPush(
  outbound: Outbound,
  keys: VapidKeys,
  subject: string,
  now: () => number = Date.now,
): Push {
  return {
    publicKey: keys.publicKey,
    accepts: (target) => outbound.problemOf(target.endpoint) === null && areGoodPushKeys(target),
    async send(target, { payload, ttlSec, topic }, signal) {
      try {
        const { status } = await outbound.request({
          method: "POST",
          url: target.endpoint,
          headers: {
            authorization: vapidAuthorization(keys, target.endpoint, subject, now()),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            ...{ ttl: String(ttlSec), topic, urgency: "high" },
          },
          ...{ body: encryptPush(Buffer.from(payload), target), signal },
          ...{ timeoutMs: TIMEOUT_MS, maxAnswerBytes: ANSWER_BYTES },
        });
        return outcomeOf(status);
      } catch (error) {
        if (signal.aborted || !(error instanceof OutboundError)) throw error;
        return error.reason === "refused" ? "refused" : "later";
      }
    },
  };
}

function outcomeOf(status: number): PushOutcome {
  if (status >= 200 && status < 300) return "sent";
  if (status === 404 || status === 410) return "gone";
  return status === 429 || status >= 500 ? "later" : "refused";
}
