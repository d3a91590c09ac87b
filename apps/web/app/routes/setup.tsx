/** `/setup?token=…`: the first run. Account and channel, first signal, control room. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type MetaDescriptor, redirect, useNavigate, useRevalidator, useSearchParams } from "react-router";
import { type FirstSignal, prepareFirstSignal } from "../features/account-forms/first-signal.ts";
import { SetupAccount } from "../features/account-forms/SetupAccount.tsx";
import { SetupSignal } from "../features/account-forms/SetupSignal.tsx";
import { SetupSteps } from "../features/account-forms/SetupSteps.tsx";
import { Logo } from "../features/shell/Logo.tsx";
import { pageServices } from "../context.ts";
import { pageText } from "../i18n/page-text.ts";
import { browserApi } from "../lib/api.ts";
import { pageMeta, siteOf } from "../lib/meta.ts";
import type { Route } from "./+types/setup.ts";

export function loader({ context }: Route.LoaderArgs) {
  if (context.get(pageServices).instance.setUp) throw redirect("/dashboard");
  return { site: siteOf(context) };
}

/** The second step stays when the first one has changed what the loader would say. */
export const shouldRevalidate = () => false;

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  if (!loaderData) return [];
  const { site } = loaderData;
  return pageMeta(site, {
    title: pageText("account-forms:setup.pageTitle"),
    description: pageText("account-forms:setup.title", { name: site.name }),
    path: "/setup",
    hidden: true,
  });
}

export default function Setup({ loaderData: { site } }: Route.ComponentProps) {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const { revalidate } = useRevalidator();
  const navigate = useNavigate();
  const [signal, setSignal] = useState<FirstSignal | null>(null);
  const next = async (password: string): Promise<void> => {
    const found = await prepareFirstSignal(browserApi(), password, t("account-forms:setup.firstTitle")).catch(
      () => null,
    );
    // The frame learns who is signed in; then the control room can be opened without loading the page anew.
    await revalidate();
    // The account stands: what is missing can be had from the dashboard.
    if (found === null) await navigate("/dashboard");
    else setSignal(found);
  };
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="page flex h-(--header-height) max-w-none items-center justify-between gap-4 border-b border-line">
        <Logo />
      </header>
      <main className="page flex-1 pt-8 pb-16" aria-label={t("account-forms:setup.title", { name: site.name })}>
        <SetupSteps current={signal === null ? 0 : 1} />
        {signal === null ? (
          <SetupAccount token={params.get("token") ?? ""} onDone={next} />
        ) : (
          <SetupSignal signal={signal} />
        )}
      </main>
    </div>
  );
}
