/** `/register?invite=…` */
import { UserPlus } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type MetaDescriptor, redirect, useRevalidator, useSearchParams } from "react-router";
import { RegisterForm } from "../features/account-forms/RegisterForm.tsx";
import { pageText } from "../i18n/page-text.ts";
import { pageMeta, siteOf } from "../lib/meta.ts";
import { loadMe, safeNext, useRootData } from "../lib/session.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { EmptyState } from "../ui/EmptyState.tsx";
import type { Route } from "./+types/register.ts";

export async function loader({ request, context }: Route.LoaderArgs) {
  if (await loadMe({ request, context })) throw redirect(safeNext(new URL(request.url).searchParams.get("next")));
  return { site: siteOf(context) };
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  if (!loaderData) return [];
  const { site } = loaderData;
  return pageMeta(site, {
    title: pageText("account-forms:register.title"),
    description: pageText("account-forms:register.description", { name: site.name }),
    path: "/register",
    hidden: true,
  });
}

export default function Register() {
  const { revalidate } = useRevalidator();
  const [params] = useSearchParams();
  if (useRootData()?.instance.registration === "closed") return <Closed />;
  const next = params.get("next");
  return (
    <RegisterForm
      invite={params.get("invite") ?? ""}
      onDone={revalidate}
      search={next === null ? "" : `?next=${encodeURIComponent(next)}`}
    />
  );
}

function Closed() {
  const { t } = useTranslation();
  const name = useRootData()?.instance.name ?? "";
  return (
    <>
      <h1 className="sr-only">{t("account-forms:register.closedTitle")}</h1>
      <EmptyState
        icon={<UserPlus />}
        title={t("account-forms:register.closedTitle")}
        className="mx-auto mt-[6vh] max-w-110"
        action={<ButtonLink to="/">{t("shell:error.home")}</ButtonLink>}
      >
        {t("account-forms:register.closedText", { name })}
      </EmptyState>
    </>
  );
}
