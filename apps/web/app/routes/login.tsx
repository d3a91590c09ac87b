/** `/login?next=…` */
import { type MetaDescriptor, redirect, useRevalidator, useSearchParams } from "react-router";
import { LoginForm } from "../features/account-forms/LoginForm.tsx";
import { pageText } from "../i18n/page-text.ts";
import { pageMeta, siteOf } from "../lib/meta.ts";
import { loadMe, safeNext } from "../lib/session.ts";
import type { Route } from "./+types/login.ts";

/** Who is signed in goes on at once: also how one leaves this page after signing in. */
export async function loader({ request, context }: Route.LoaderArgs) {
  if (await loadMe({ request, context })) throw redirect(safeNext(new URL(request.url).searchParams.get("next")));
  return { site: siteOf(context) };
}

export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  if (!loaderData) return [];
  const { site } = loaderData;
  return pageMeta(site, {
    title: pageText("account-forms:login.title"),
    description: pageText("account-forms:login.description", { name: site.name }),
    path: "/login",
    hidden: true,
  });
}

export default function Login() {
  const { revalidate } = useRevalidator();
  const [params] = useSearchParams();
  const text = params.toString();
  return <LoginForm onDone={revalidate} search={text === "" ? "" : `?${text}`} />;
}
