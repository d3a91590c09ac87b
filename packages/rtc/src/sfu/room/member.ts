/** A participant with its connection: what it publishes, what it gets, and the way to tell it things. */
import type { Grants } from "../grants.ts";
import type { Limits } from "../limits.ts";
import type { Session } from "../session/session.ts";
import type { JoinParams } from "../signal/join-request.ts";
import { Outgoing, type SignalMessage } from "../signal/outgoing.ts";
import type { SignalSocket } from "../signal/signal-socket.ts";
import { Participant, type ProfileChange } from "./participant.ts";
import { Publications } from "./publications.ts";
import { SubscriptionRules } from "./subscription-rules.ts";
import { Subscriptions } from "./subscriptions.ts";

export class Member {
  readonly participant: Participant;
  readonly publications: Publications;
  readonly subscriptions: Subscriptions;
  /** Whom it lets have its tracks. */
  readonly rules = new SubscriptionRules();
  readonly joinedAtMs: number;
  /**
   * When the next token is due; steady clock. With it a client comes back after its first one has expired, and as what it is now: the
   * first one knows its old name. So one is due soon after it came, and after each change of it.
   */
  nextTokenAtMs: number;
  /** Since when its socket is gone without a goodbye; steady clock. It may be on its way back. */
  absentSinceMs: number | undefined;
  /** Since when its peer connection is gone while its socket is there; steady clock. */
  brokenSinceMs: number | undefined;
  /** The others have been told that it is there. */
  isKnown = false;
  /** It has come or changed, and neither it nor the others were told all of that: too much has been told of its identity. */
  isChangeUntold = false;
  /** It was connected, and told of in a webhook. */
  wasActive = false;
  /** It has left, or is about to: nothing that it says counts any more. */
  left = false;
  readonly #socket: SignalSocket;
  #held: SignalMessage[] = [];
  #isReleased = false;
  #session: Session | undefined;

  /** @param nowMs of the steady clock */
  constructor(grants: Grants, params: JoinParams, socket: SignalSocket, limits: Limits, nowMs: number) {
    this.participant = new Participant(grants, Date.now());
    this.publications = new Publications(this.participant, limits);
    this.subscriptions = new Subscriptions(params.autoSubscribe, params.adaptiveStream);
    this.joinedAtMs = nowMs;
    this.nextTokenAtMs = nowMs;
    this.#socket = socket;
  }

  get sid(): string {
    return this.participant.sid;
  }

  get identity(): string {
    return this.participant.identity;
  }

  /** Others are told of it. */
  get isVisible(): boolean {
    return !this.participant.permission.hidden;
  }

  /** When its client last said anything; steady clock. */
  get heardMs(): number {
    return this.#socket.heardMs;
  }

  /** @throws {Error} before `begin` */
  get session(): Session {
    if (this.#session === undefined) throw new Error(`${this.sid} has no session yet`);
    return this.#session;
  }

  /** What others are told of it, and what its next token says. */
  change(profile: ProfileChange): void {
    this.participant.change(profile);
    this.nextTokenAtMs = 0;
  }

  /** Once, right after it was made. */
  begin(session: Session): void {
    this.#session = session;
  }

  send(message: SignalMessage): void {
    this.deliver(new Outgoing(message));
  }

  /** Sends what others get as well. */
  deliver(message: Outgoing): void {
    this.#socket.send(message);
  }

  /**
   * Sends when `release` has been called. livekit-client that comes back publishes its tracks first and then looks whether it is
   * connected: if it does not know that yet, it waits two seconds whatever happens (RTCEngine, waitForPCReconnected).
   */
  sendWhenKnown(message: SignalMessage): void {
    if (this.#isReleased) this.send(message);
    else this.#held.push(message);
  }

  /** Sends what waited for the connection; from now on nothing waits. */
  release(): void {
    this.#isReleased = true;
    for (const message of this.#held.splice(0)) this.send(message);
  }

  /** Sends a last message and ends connection and socket. The room has to forget it besides. */
  close(last?: SignalMessage): void {
    if (last !== undefined) this.send(last);
    this.#socket.close();
    this.#session?.close();
  }

  /** Cuts the socket off without a word, as a failing network does. */
  cutOff(): void {
    this.#socket.terminate();
  }
}
