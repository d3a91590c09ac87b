/** Who gets which track: brings subscriptions in line with wishes, permissions and rules, and tells what changed. */
import {
  SubscriptionError,
  SubscriptionPermissionUpdate,
  SubscriptionResponse,
  TrackSubscribed,
  TrackUnpublishedResponse,
} from "@livekit/protocol";
import { mayPublish } from "../grants.ts";
import type { Member } from "./member.ts";
import type { PublishedTrack } from "./published-track.ts";
import type { Room } from "./room.ts";
import type { Subscription } from "./subscriptions.ts";

/** The track's media is there: others are told, and get it. */
export function trackBegan(room: Room, publisher: Member, track: PublishedTrack): void {
  publisher.publications.begin(track);
  room.announce(publisher);
  room.emit("track_published", publisher, track);
  for (const subscriber of room.members) reconcile(subscriber, publisher, track);
}

/** The track's media is gone: nobody gets it any more, and all are told. */
export function trackEnded(room: Room, publisher: Member, track: PublishedTrack): void {
  if (dropTrack(room, publisher, track)) room.announce(publisher);
}

/** Takes the track from all who get it. @returns whether it was live */
export function dropTrack(room: Room, publisher: Member, track: PublishedTrack): boolean {
  for (const subscriber of room.members) {
    const subscription = subscriber.subscriptions.find(track.sid);
    if (subscription !== undefined) endSubscription(subscriber, subscription);
    subscriber.subscriptions.forget(track.sid);
  }
  const wasLive = publisher.publications.findLive(track.sid) !== undefined;
  publisher.publications.end(track);
  if (wasLive) room.emit("track_unpublished", publisher, track);
  return wasLive;
}

/** Ends a track from our side; its client is told to stop sending. */
export function unpublish(room: Room, publisher: Member, track: PublishedTrack): void {
  publisher.session.unpublish(track);
  trackEnded(room, publisher, track);
  publisher.send({ case: "trackUnpublished", value: new TrackUnpublishedResponse({ trackSid: track.sid }) });
}

/** Ends what a participant publishes without having the permission any more. */
export function unpublishForbidden(room: Room, publisher: Member): void {
  publisher.publications.forgetForbidden();
  for (const track of [...publisher.publications.live]) {
    if (!mayPublish(publisher.participant.permission, track.info.source)) unpublish(room, publisher, track);
  }
}

/** All tracks of others that a participant should (not) have. */
export function reconcileSubscriber(room: Room, subscriber: Member): void {
  for (const publisher of room.members) {
    for (const track of publisher.publications.live) reconcile(subscriber, publisher, track);
  }
}

/** All subscribers of a participant's tracks, after its rules changed. */
export function reconcilePublisher(room: Room, publisher: Member): void {
  for (const track of publisher.publications.live) {
    for (const subscriber of room.members) reconcile(subscriber, publisher, track);
  }
}

/** One track and one participant: begins or ends the subscription, or does nothing. Of those who are hidden nobody gets anything. */
export function reconcile(subscriber: Member, publisher: Member, track: PublishedTrack): void {
  if (subscriber === publisher) return;
  const { subscriptions } = subscriber;
  const isWanted =
    publisher.isVisible && subscriber.participant.permission.canSubscribe && subscriptions.wants(track.sid);
  const isAllowed = publisher.rules.allows(subscriber, track.sid);
  const present = subscriptions.find(track.sid);
  if (isWanted && isAllowed) {
    if (present === undefined) subscriber.session.subscribe(subscriptions.begin(track));
  } else if (present !== undefined) endSubscription(subscriber, present);
  if (isWanted) tellAllowed(subscriber, publisher, track.sid, isAllowed);
}

/** The client gets the track from now on. The publisher hears of its first subscriber, unless that one is hidden. */
export function subscriptionBegan(room: Room, subscriber: Member, { track }: Subscription): void {
  if (track.wasSubscribed || !subscriber.isVisible) return;
  track.wasSubscribed = true;
  room
    .member(track.owner.identity)
    ?.send({ case: "trackSubscribed", value: new TrackSubscribed({ trackSid: track.sid }) });
}

/** The client cannot have it; it is told why, and does not get it before it asks again. */
export function subscriptionFailed(subscriber: Member, subscription: Subscription, err: SubscriptionError): void {
  const trackSid = subscription.track.sid;
  subscriber.subscriptions.setWanted(trackSid, false);
  endSubscription(subscriber, subscription);
  tellFailed(subscriber, trackSid, err);
}

/** Tells a client why it does not get a track. */
export function tellFailed(subscriber: Member, trackSid: string, err: SubscriptionError): void {
  subscriber.send({ case: "subscriptionResponse", value: new SubscriptionResponse({ trackSid, err }) });
}

function endSubscription(subscriber: Member, subscription: Subscription): void {
  subscriber.subscriptions.end(subscription);
  subscriber.session.unsubscribe(subscription);
}

function tellAllowed(subscriber: Member, publisher: Member, trackSid: string, allowed: boolean): void {
  if (!subscriber.subscriptions.setForbidden(trackSid, !allowed)) return;
  subscriber.send({
    case: "subscriptionPermissionUpdate",
    value: new SubscriptionPermissionUpdate({ participantSid: publisher.sid, trackSid, allowed }),
  });
}
