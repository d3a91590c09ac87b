/** The reader's language, zone and clock, the same on the server and in the first paint of the browser. */
import { createContext, type ReactNode, useCallback, useContext, useMemo, useSyncExternalStore } from "react";

/** `timeZone` is what the server rendered with; `renderedAt` (ms since 1970) its clock then. */
export type LocaleValue = Readonly<{ locale: string; timeZone: string; renderedAt: number }>;

const LocaleContext = createContext<LocaleValue>({ locale: "en", timeZone: "UTC", renderedAt: 0 });

/** Once, at the root. */
export function LocaleProvider({ locale, timeZone, renderedAt, children }: LocaleValue & { children: ReactNode }) {
  const value = useMemo(() => ({ locale, timeZone, renderedAt }), [locale, timeZone, renderedAt]);
  return <LocaleContext value={value}>{children}</LocaleContext>;
}

const never = () => () => undefined;

/** Language and zone to format with. While hydrating it is the server's zone, then the browser's. */
export function useLocale(): { locale: string; timeZone: string } {
  const { locale, timeZone: rendered } = useContext(LocaleContext);
  const timeZone = useSyncExternalStore(never, browserTimeZone, () => rendered);
  return { locale, timeZone };
}

let zone: string | undefined;

/** The browser's IANA zone, as it was at first: asking costs tens of microseconds, and every time that is shown asks. */
export function browserTimeZone(): string {
  return (zone ??= new Intl.DateTimeFormat().resolvedOptions().timeZone);
}

/** Milliseconds since 1970, rounded down to `intervalMs` and renewed as often. While hydrating it is the server's clock. */
export function useNow(intervalMs = 1000): number {
  const { renderedAt } = useContext(LocaleContext);
  const subscribe = useCallback(
    (changed: () => void) => {
      const timer = setInterval(changed, intervalMs);
      return () => clearInterval(timer);
    },
    [intervalMs],
  );
  const round = (at: number) => Math.floor(at / intervalMs) * intervalMs;
  return useSyncExternalStore(
    subscribe,
    () => round(Date.now()),
    () => round(renderedAt),
  );
}

/** False on the server and while hydrating. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
