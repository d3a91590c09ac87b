/** What recordings, uploaded videos and clips of a channel take, beside what they may. */
import type { Client } from "@rostrum/client/client";
import type { ChannelStorage } from "@rostrum/contract/recordings";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { formatBytes } from "../../lib/format.ts";
import { useLocale } from "../../lib/locale.tsx";
import { cn } from "../../ui/cn.ts";
import { Skeleton } from "../../ui/Skeleton.tsx";

type Api = Pick<Client, "recordings">;
type Loaded = { readonly kind: "loading" | "failed" } | { readonly kind: "known"; readonly storage: ChannelStorage };

const GIB = 1024 ** 3;

/** `quotaGib` is what the form says, saved or not. */
export function StorageUsage({ api, channelId, quotaGib }: { api: Api; channelId: string; quotaGib: number | null }) {
  const { t } = useTranslation();
  const { locale } = useLocale();
  const loaded = useUsage(api, channelId);
  if (loaded.kind === "failed") return <p className="text-sm text-muted">{t("media-forms:usage.unknown")}</p>;
  if (loaded.kind !== "known") return <Skeleton className="h-11 w-full" />;
  const { recordings, recordingBytes, files, fileBytes, clips, clipBytes, usedBytes } = loaded.storage;
  const parts = [
    t("media-forms:usage.recordings", { count: recordings, size: formatBytes(recordingBytes, locale) }),
    t("media-forms:usage.files", { count: files, size: formatBytes(fileBytes, locale) }),
    t("media-forms:usage.clips", { count: clips, size: formatBytes(clipBytes, locale) }),
  ];
  return (
    <div className="flex min-h-11 flex-col justify-center gap-2 text-sm text-muted">
      <p className="tabular">{parts.join(" · ")}</p>
      {quotaGib === null ? null : <Meter used={usedBytes} of={quotaGib * GIB} />}
    </div>
  );
}

function useUsage(api: Api, channelId: string): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ kind: "loading" });
  useEffect(() => {
    const stop = new AbortController();
    api.recordings
      .storage(channelId, { signal: stop.signal })
      .then((storage) => setLoaded({ kind: "known", storage }))
      .catch(() => {
        if (!stop.signal.aborted) setLoaded({ kind: "failed" });
      });
    return () => stop.abort();
  }, [api, channelId]);
  return loaded;
}

function Meter({ used, of }: { used: number; of: number }) {
  const { t } = useTranslation();
  const percent = Math.min(100, Math.round((used / of) * 100));
  return (
    <div
      role="meter"
      aria-label={t("media-forms:usage.label")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      className="h-1.5 overflow-hidden rounded-full bg-hover"
    >
      <div
        className={cn("h-full rounded-full", percent >= 90 ? "bg-amber" : "bg-accent")}
        style={{ width: `${percent}%` }}
      />
    </div>
  );
}
