/** `/recordings?channel=<id>`: the recordings of the crew's channels, one channel at a time. */
import { can } from "@rostrum/contract/permissions";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { RecordingList } from "../features/recordings/RecordingList.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { ownPageMeta } from "../lib/meta.ts";
import { requireMe } from "../lib/session.ts";
import { SelectInput } from "../ui/Select.tsx";
import type { Route } from "./+types/recordings.ts";

export async function loader({ request, context }: Route.LoaderArgs) {
  await requireMe({ request, context });
  const api = apiFor(context);
  const { items } = await load(api.channels.mine({ limit: 100 }));
  const channels = items.filter(({ role }) => can(role, "broadcast.read_private"));
  const wanted = new URL(request.url).searchParams.get("channel");
  const channel = channels.find(({ id }) => id === wanted) ?? channels[0];
  const page = channel === undefined ? null : await load(api.recordings.list({ channelId: channel.id }));
  return { channels, channelId: channel?.id ?? null, page };
}

export function meta() {
  return ownPageMeta(pageText("recordings:pageTitle"));
}

export default function RecordingsPage({ loaderData: { channels, channelId, page } }: Route.ComponentProps) {
  const { t } = useTranslation();
  const [, setParams] = useSearchParams();
  return (
    <div className="mx-auto flex w-full max-w-260 flex-col gap-6">
      <header className="flex flex-wrap items-end justify-between gap-3">
        <div>
          <h1 className="text-xl font-semibold">{t("recordings:pageTitle")}</h1>
          <p className="mt-1 text-sm text-muted">{t("recordings:pageText")}</p>
        </div>
        {channels.length > 1 && channelId !== null ? (
          <SelectInput
            aria-label={t("recordings:channel")}
            value={channelId}
            onValueChange={(channel) => setParams({ channel })}
            options={channels.map(({ id, title }) => ({ value: id, label: title }))}
            className="w-full sm:w-60"
          />
        ) : null}
      </header>
      {channelId === null || page === null ? (
        <p className="text-sm text-muted">{t("recordings:empty.text")}</p>
      ) : (
        <RecordingList key={channelId} api={browserApi()} channelId={channelId} initial={page} />
      )}
    </div>
  );
}
