/** The health samples of a broadcast, as they are made: over the page's realtime connection, whichever way that goes. */
import type { Client } from "@rostrum/client/client";
import type { HealthSample, HealthSampleEvent } from "@rostrum/contract/health";
import { useEffect, useMemo, useRef } from "react";
import type { TopicReducer, TopicStore } from "../../lib/realtime/topic-store.ts";
import { useFollowed, useTopicStore } from "../../lib/realtime/use-topic.ts";
import { holeBetween, mergeSamples } from "./series.ts";

/** `samples` newest last, at most an hour; `latest` is null before the first. */
export type Health = Readonly<{
  samples: readonly HealthSample[];
  latest: HealthSample | null;
  /** Where the program stands now, media time in ms; null when that is not known. */
  mediaTimeNow: () => number | null;
}>;

/** `missedAfter`: the sample behind which some are missing; null: none are. */
type Known = Readonly<{ samples: readonly HealthSample[]; missedAfter: string | null }>;

/** Figures older than this say nothing about now. */
const STALE_MS = 12_000;

/**
 * What was missed while the connection was away is asked for once it is back. While nothing comes the last samples stay: their age
 * tells.
 */
export function useHealth(api: Pick<Client, "broadcasts">, id: string, initial: readonly HealthSample[]): Health {
  // What the page was rendered with: another show is another room.
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  const reducer = useMemo(() => reducerFrom(initial), []);
  const store = useTopicStore(`health:${id}`, reducer);
  const { samples, missedAfter } = useFollowed(store).state;
  useMissed(api, id, store, missedAfter);
  const latest = samples.at(-1) ?? null;
  const arrived = useRef<Readonly<{ sample: HealthSample | null; atMs: number }> | null>(null);
  useEffect(() => {
    // When the first one was made by this clock is not known.
    arrived.current = { sample: latest, atMs: arrived.current === null ? -Infinity : performance.now() };
  }, [latest]);
  return {
    samples,
    latest,
    mediaTimeNow: () => {
      const ageMs = performance.now() - (arrived.current?.atMs ?? -Infinity);
      const mediaTimeMs = arrived.current?.sample?.mediaTimeMs ?? null;
      return mediaTimeMs === null || ageMs > STALE_MS ? null : Math.round(mediaTimeMs + ageMs);
    },
  };
}

function reducerFrom(initial: readonly HealthSample[]): TopicReducer<Known> {
  return {
    initial: { samples: initial, missedAfter: null },
    reset: (snapshot, { samples: before, missedAfter }) => {
      const { samples } = snapshot as { samples: readonly HealthSample[] };
      return { samples: mergeSamples(before, samples), missedAfter: missedAfter ?? holeBetween(before, samples) };
    },
    apply: (known, events) => {
      const fresh = (events as readonly HealthSampleEvent[]).filter(({ type }) => type === "health.sample");
      if (fresh.length === 0) return known;
      return {
        ...known,
        samples: mergeSamples(
          known.samples,
          fresh.map(({ sample }) => sample),
        ),
      };
    },
  };
}

function useMissed(
  api: Pick<Client, "broadcasts">,
  id: string,
  store: TopicStore<Known>,
  missedAfter: string | null,
): void {
  useEffect(() => {
    if (missedAfter === null) return;
    const stop = new AbortController();
    const settle = (missed: readonly HealthSample[]): void =>
      store.change(({ samples }) => ({ samples: mergeSamples(samples, missed), missedAfter: null }));
    api.broadcasts.health(id, { after: missedAfter, signal: stop.signal }).then(
      ({ samples }) => settle(samples),
      // The chart shows the hole; the next break of the connection asks anew.
      () => (stop.signal.aborted ? undefined : settle([])),
    );
    return () => stop.abort();
  }, [api, id, store, missedAfter]);
}
