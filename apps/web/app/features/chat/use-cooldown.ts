/** The pause before one's next message, counted down: that of slow mode, or one that the server asked for. */
import { useCallback, useEffect, useState } from "react";

const EVERY_MS = 250;

/** `leftSec` is rounded up, 0 when one may write; `share` of the pause that is left, 1 to 0. */
export type Cooldown = Readonly<{
  leftSec: number;
  share: number;
  /** Something was said just now. */
  said: () => void;
  /** It was not taken: there is no pause after it. */
  unsaid: () => void;
  /** The server asks for this pause. It ends early when slow mode changes. */
  wait: (sec: number) => void;
}>;

/** Times are monotonic ms. */
type Pause = Readonly<{ fromMs: number; lengthMs: number }>;

/** `slowModeSec` 0: none, or not for this person. */
export function useCooldown(slowModeSec: number): Cooldown {
  const [saidAtMs, setSaidAtMs] = useState<number | null>(null);
  const [asked, setAsked] = useState<Readonly<{ pause: Pause; slowModeSec: number }> | null>(null);
  const [nowMs, setNowMs] = useState(0);
  const pauses: readonly Pause[] = [
    ...(saidAtMs === null || slowModeSec === 0 ? [] : [{ fromMs: saidAtMs, lengthMs: slowModeSec * 1000 }]),
    ...(asked?.slowModeSec === slowModeSec ? [asked.pause] : []),
  ];
  const [left] = pauses
    .map(({ fromMs, lengthMs }) => ({ leftMs: Math.max(0, fromMs + lengthMs - nowMs), lengthMs }))
    .toSorted((a, b) => b.leftMs - a.leftMs);
  const runs = pauses.length > 0 && (left?.leftMs ?? 0) > 0;
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setNowMs(performance.now()), EVERY_MS);
    return () => clearInterval(timer);
  }, [runs]);
  const now = (): number => {
    setNowMs(performance.now());
    return performance.now();
  };
  const said = (): void => setSaidAtMs(now());
  const unsaid = (): void => setSaidAtMs(null);
  const wait = useCallback(
    (sec: number) => {
      if (sec <= 0) return;
      const fromMs = performance.now();
      setNowMs(fromMs);
      setAsked({ pause: { fromMs, lengthMs: sec * 1000 }, slowModeSec });
    },
    [slowModeSec],
  );
  const leftMs = left?.leftMs ?? 0;
  return { leftSec: Math.ceil(leftMs / 1000), share: leftMs / (left?.lengthMs ?? 1), said, unsaid, wait };
}
