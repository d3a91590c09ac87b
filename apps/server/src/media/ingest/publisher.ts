/** The border between ingest protocols and programs: who publishes, and where a publisher's media goes. */
import type { IngestGrant, IngestProtocol } from "../plane.ts";
import type { SourceEvent } from "./source-event.ts";

/** Who publishes; made by an ingest protocol after authorizeIngest said yes and before Publish.Start. */
export type Publisher = Readonly<{
  /** Unique on this node. */
  id: string;
  grant: IngestGrant;
  protocol: IngestProtocol;
  /** The peer's address without its port. */
  remote: string;
  /** What the encoder calls itself; null when it does not say. */
  encoder: string | null;
  connectedAt: Date;
  /** Tells the encoder the reason (a NetStream.Publish status of level error) and closes its socket. May be called repeatedly. */
  end(reason: string): void;
}>;

/** Takes a publisher's events, in order. Nothing is pushed after `closed`, which comes exactly once. Never throws for bad media. */
export interface SourceSink {
  push(event: SourceEvent): void;
  /**
   * @param reason a readable sentence
   * @param stopped somebody ended it; left out: it broke off and may come back
   */
  closed(reason: string, stopped?: boolean): void;
}

/** Accepts or refuses a publisher; `message` is shown to the person at the encoder. Not async: one publisher at a time is decided here. */
export type OpenSource = (
  publisher: Publisher,
) => { readonly ok: true; readonly sink: SourceSink } | { readonly ok: false; readonly message: string };
