/** `/register/:broadcastId`: registering for a show; behind the link in the mail, the place where one waits for it. */
import { ApiError } from "@rostrum/client/api-error";
import type { Broadcast } from "@rostrum/contract/broadcasts";
import type { RegistrationInfo } from "@rostrum/contract/registration";
import { TicketX } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type MetaDescriptor, redirect, useNavigate, useRevalidator, useSearchParams } from "react-router";
import { MailSent, ResendLink } from "../features/registration/MailSent.tsx";
import { RegisterForm } from "../features/registration/RegisterForm.tsx";
import { ShowSummary } from "../features/registration/ShowSummary.tsx";
import { WaitingRoom } from "../features/registration/WaitingRoom.tsx";
import { pageText } from "../i18n/page-text.ts";
import { apiFor, browserApi, load } from "../lib/api.ts";
import { pageMeta, siteOf } from "../lib/meta.ts";
import { usePolling } from "../lib/use-polling.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { EmptyState } from "../ui/EmptyState.tsx";
import type { Route } from "./+types/register-show.ts";

const POLL_MS = 5_000;

export async function loader({ params: { broadcastId }, request, context }: Route.LoaderArgs) {
  const api = apiFor(context);
  const token = new URL(request.url).searchParams.get("t");
  // The token leaves the address at once: it is a key, and addresses are shown, sent and kept.
  if (token !== null) throw redirect(await entered(api, broadcastId, token));
  const broadcast = await load(api.broadcasts.get(broadcastId));
  const info = await load(api.registrations.info(broadcastId));
  if (info.mode === "off" || (info.you !== null && hasBegun(broadcast))) throw redirect(`/watch/${broadcastId}`);
  return { site: siteOf(context), broadcast, info };
}

async function entered(api: ReturnType<typeof apiFor>, broadcastId: string, token: string): Promise<string> {
  try {
    await api.registrations.enter(broadcastId, token);
    return `/register/${broadcastId}`;
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return `/register/${broadcastId}?link=old`;
    throw error;
  }
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  if (!loaderData) return [];
  const { site, broadcast } = loaderData;
  const { title, channel, id, posterUrl } = broadcast;
  return pageMeta(site, {
    title: pageText("registration:pageTitle", { title }),
    description: pageText("registration:description", { title, channel: channel.title }),
    path: `/register/${id}`,
    image: posterUrl,
  });
}

/** There is something to watch. */
function hasBegun({ state, recordingId }: Broadcast): boolean {
  return (
    state === "live" || state === "interrupted" || ((state === "ended" || state === "archived") && recordingId !== null)
  );
}

export default function RegisterShow({ loaderData }: Route.ComponentProps) {
  const { broadcast, info } = loaderData;
  return (
    <div className="mx-auto flex w-full max-w-150 flex-col gap-8 pt-2">
      <ShowSummary broadcast={broadcast} />
      {info.you === null ? (
        <Register key={broadcast.id} broadcast={broadcast} info={info} />
      ) : (
        <Waiting key={broadcast.id} broadcast={broadcast} you={info.you} />
      )}
    </div>
  );
}

function Register({ broadcast, info }: { broadcast: Broadcast; info: RegistrationInfo }) {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const [sentTo, setSentTo] = useState<string | null>(null);
  const api = browserApi();
  return (
    <>
      {params.get("link") === "old" && sentTo === null ? (
        <p role="alert" className="rounded-sm bg-amber-tint px-3 py-2 text-sm text-amber-text">
          {t("registration:oldLink")}
        </p>
      ) : null}
      {sentTo === null ? <Form broadcast={broadcast} info={info} onSent={setSentTo} /> : <MailSent email={sentTo} />}
      {info.closed === "over" ? null : <ResendLink api={api} broadcastId={broadcast.id} />}
    </>
  );
}

type FormProps = { broadcast: Broadcast; info: RegistrationInfo; onSent: (email: string) => void };

function Form({ broadcast, info, onSent }: FormProps) {
  const { t } = useTranslation();
  if (info.closed === null) {
    return <RegisterForm api={browserApi()} broadcastId={broadcast.id} info={info} onSent={onSent} />;
  }
  const why = info.closed === "full" ? "full" : "over";
  return (
    <EmptyState
      icon={<TicketX />}
      title={t(`registration:closed.${why}`)}
      action={<ButtonLink to={`/@${broadcast.channel.handle}`}>{broadcast.channel.title}</ButtonLink>}
    >
      {t(`registration:closed.${why}Text`)}
    </EmptyState>
  );
}

type WaitingProps = { broadcast: Broadcast; you: NonNullable<RegistrationInfo["you"]> };

/** Goes to the show when it has begun. */
function Waiting({ broadcast: initial, you }: WaitingProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { revalidate } = useRevalidator();
  const api = browserApi();
  const { data: broadcast } = usePolling((signal) => api.broadcasts.get(initial.id, { signal }), {
    initial,
    intervalMs: POLL_MS,
  });
  const begun = hasBegun(broadcast);
  useEffect(() => {
    if (begun) void navigate(`/watch/${initial.id}`, { replace: true });
  }, [begun, navigate, initial.id]);
  const over = !begun && (broadcast.state === "ended" || broadcast.state === "archived");
  if (over) {
    return (
      <EmptyState
        icon={<TicketX />}
        title={t("registration:waiting.over")}
        action={<ButtonLink to={`/watch/${initial.id}`}>{t("registration:waiting.watch")}</ButtonLink>}
      />
    );
  }
  return <WaitingRoom api={api} broadcast={broadcast} you={you} onGone={() => void revalidate()} />;
}
