/** Emoji that rise over the picture, above the controls' place. Takes no clicks, says nothing to screen readers. */
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { type Flight, MAX_CALM_FLIGHTS, MAX_FLIGHTS, planned } from "./flights.ts";
import type { Engagement } from "./use-engagement.ts";

const RISE_MS = 2600;

/** Stands in a positioned box. Covers neither the bar at its foot nor the buttons in its upper corner. */
export function ReactionLayer({ crowd }: Pick<Engagement, "crowd">) {
  const { flights, end } = useFlights(crowd);
  return (
    <div aria-hidden className="pointer-events-none absolute top-14 right-2 bottom-24 w-2/5 max-w-60 overflow-hidden">
      {flights.map((flight) => (
        <Rising key={flight.key} flight={flight} onEnd={() => end(flight.key)} />
      ))}
    </div>
  );
}

/** What is on the screen. */
function useFlights({ subscribe, current }: Engagement["crowd"]) {
  const { bursts } = useSyncExternalStore(subscribe, current, current);
  const [flights, setFlights] = useState<readonly Flight[]>([]);
  const flying = useRef(flights);
  const seen = useRef(bursts.at(-1)?.seq ?? 0);
  const last = useRef(0);
  const show = (next: readonly Flight[]): void => {
    flying.current = next;
    setFlights(next);
  };
  useEffect(() => {
    const fresh = bursts.filter(({ seq }) => seq > seen.current);
    seen.current = bursts.at(-1)?.seq ?? seen.current;
    // Nobody sees it: nothing piles up until somebody does.
    if (document.visibilityState === "hidden") return;
    const most = isCalm() ? MAX_CALM_FLIGHTS : MAX_FLIGHTS;
    for (const { counts } of fresh) {
      const more = planned(counts, most - flying.current.length, Math.random);
      if (more.length > 0) show([...flying.current, ...more.map((one) => ({ ...one, key: (last.current += 1) }))]);
    }
  }, [bursts]);
  return { flights, end: (key: number) => show(flying.current.filter((flight) => flight.key !== key)) };
}

const isCalm = (): boolean => matchMedia("(prefers-reduced-motion: reduce)").matches;

function Rising({ flight, onEnd }: { flight: Flight; onEnd: () => void }) {
  const box = useRef<HTMLSpanElement>(null);
  const ended = useRef(onEnd);
  useEffect(() => {
    ended.current = onEnd;
  });
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const motion = element.animate(framesOf(flight, element.parentElement?.clientHeight ?? 0), {
      duration: RISE_MS,
      delay: flight.delayMs,
      easing: "ease-out",
      fill: "both",
    });
    motion.addEventListener("finish", () => ended.current());
    return () => motion.cancel();
  }, [flight]);
  return (
    <span
      ref={box}
      data-reaction={flight.emoji}
      className="absolute bottom-0 text-xl [font-variant-emoji:emoji] leading-none opacity-0 will-change-transform"
      style={{ left: `${flight.place * 80}%` }}
    >
      {flight.emoji}
    </span>
  );
}

/** With less motion it appears and goes where it stands. */
function framesOf({ drift, scale, place }: Flight, heightPx: number): Keyframe[] {
  if (isCalm()) {
    const transform = `translateY(${-place * heightPx * 0.5}px)`;
    return [
      { opacity: 0, transform },
      { opacity: 1, transform, offset: 0.15 },
      { opacity: 1, transform, offset: 0.8 },
      { opacity: 0, transform },
    ];
  }
  return [
    { opacity: 0, transform: `translate(0, 0) scale(${scale * 0.5})` },
    { opacity: 1, transform: `translate(${drift * 8}px, ${-heightPx * 0.15}px) scale(${scale})`, offset: 0.15 },
    { opacity: 1, transform: `translate(${drift * -12}px, ${-heightPx * 0.6}px) scale(${scale})`, offset: 0.7 },
    { opacity: 0, transform: `translate(${drift * 20}px, ${-heightPx * 0.95}px) scale(${scale})` },
  ];
}
