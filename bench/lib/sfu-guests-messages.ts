/** What `sfu` and its guests tell each other. */

export type ToGuests =
  /** So many more join and wait until they are sent the picture's track. */
  | Readonly<{ type: "join"; subscribers: number }>
  | Readonly<{ type: "publish"; gapMs: number }>
  | Readonly<{ type: "pause" }>
  | Readonly<{ type: "count" }>;

/** Of everything so far. */
export type GuestCounts = Readonly<{
  type: "counts";
  /** Packets of the picture that the publisher sent, and those that its own socket did not take. */
  sent: number;
  refused: number;
  /** What all subscribers got of it: packets, and the bytes of the picture in them, without headers. */
  received: number;
  receivedBytes: number;
  /** Repeats and padding that came beside it: what the server probes with. */
  besides: number;
  /** How often a subscriber was told that its picture is held back. */
  pauses: number;
}>;

export type FromGuests =
  | Readonly<{ type: "joined"; feedback: "transport-cc" | "goog-remb" | "none" }>
  | GuestCounts
  /** Something went wrong, or the server sent a guest away: what is counted from then on is no room of so many. */
  | Readonly<{ type: "failed"; message: string }>;
