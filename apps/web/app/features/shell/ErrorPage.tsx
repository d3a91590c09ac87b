/** A page that could not be shown: what happened, what it means, what to do. Never a code alone, never a stack. */
import { CircleAlert, Lock, SearchX, WifiOff } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { isRouteErrorResponse, useLocation } from "react-router";
import { ErrorCode } from "@rostrum/contract/errors";
import { useMe } from "../../lib/session.ts";
import { Button, ButtonLink } from "../../ui/Button.tsx";

type Kind = "notFound" | "forbidden" | "offline" | "broken";

const ICONS: Record<Kind, ReactNode> = {
  notFound: <SearchX aria-hidden />,
  forbidden: <Lock aria-hidden />,
  offline: <WifiOff aria-hidden />,
  broken: <CircleAlert aria-hidden />,
};

/** `error` is what a loader threw or rendering failed with. */
export function ErrorPage({ error }: { error: unknown }) {
  const { t } = useTranslation();
  const kind = kindOf(error);
  return (
    <div className="mx-auto flex min-h-[60dvh] max-w-110 flex-col items-center justify-center gap-2 py-16 text-center">
      <title>{t(`shell:error.${kind}.title`)}</title>
      <span className="mb-3 inline-flex size-11 items-center justify-center rounded-md border border-line bg-surface text-icon [&>svg]:size-5">
        {ICONS[kind]}
      </span>
      <h1 className="text-lg font-semibold">{t(`shell:error.${kind}.title`)}</h1>
      <p className="text-base text-muted">{t(`shell:error.${kind}.text`)}</p>
      <div className="mt-5 flex flex-wrap justify-center gap-2">
        <ErrorActions kind={kind} />
      </div>
    </div>
  );
}

function ErrorActions({ kind }: { kind: Kind }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const me = useMe();
  if (kind === "broken" || kind === "offline") {
    return (
      <Button variant="primary" onClick={() => location.reload()}>
        {t("shell:error.reload")}
      </Button>
    );
  }
  return (
    <>
      <ButtonLink to="/">{t("shell:error.home")}</ButtonLink>
      {kind === "forbidden" && me === null ? (
        <ButtonLink variant="primary" to={`/login?next=${encodeURIComponent(pathname)}`}>
          {t("shell:signIn")}
        </ButtonLink>
      ) : null}
    </>
  );
}

function kindOf(error: unknown): Kind {
  if (!isRouteErrorResponse(error)) return "broken";
  const refusal: unknown = error.data;
  const code = typeof refusal === "object" && refusal !== null && "code" in refusal ? refusal.code : undefined;
  if (code === "offline" || code === ErrorCode.enum.unavailable) return "offline";
  if (error.status === 404 || error.status === 400) return "notFound";
  return error.status === 401 || error.status === 403 ? "forbidden" : "broken";
}
