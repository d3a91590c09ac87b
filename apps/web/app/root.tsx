/** The frame of every page: document, language, colour scheme, session, and what is shown when a page breaks. */
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { I18nextProvider } from "react-i18next";
import { Links, Meta, type MetaDescriptor, Outlet, Scripts, ScrollRestoration } from "react-router";
import type { Route } from "./+types/root.ts";
import { pageServices } from "./context.ts";
import { ErrorPage } from "./features/shell/ErrorPage.tsx";
import { createI18n } from "./i18n/create.ts";
import { LocaleProvider } from "./lib/locale.tsx";
import { usePageHandle } from "./lib/page-handle.ts";
import { loadMe, type RootData, useRootData } from "./lib/session.ts";
import { useKeepSession } from "./lib/use-keep-session.ts";
import { readVisitor } from "./lib/visitor.ts";
import stylesheet from "./styles/app.css?url";
import { Toaster } from "./ui/Toaster.tsx";
import { TooltipProvider } from "./ui/Tooltip.tsx";

const LOCALE = "en";
const STALE_MS = 5_000;

export const links: Route.LinksFunction = () => [
  { rel: "stylesheet", href: stylesheet },
  { rel: "icon", href: "/favicon.svg", type: "image/svg+xml" },
];

export async function loader({ request, context }: Route.LoaderArgs): Promise<RootData> {
  const { instance, publicUrl } = context.get(pageServices);
  return {
    me: await loadMe({ request, context }),
    instance,
    ...readVisitor(request.headers.get("cookie")),
    publicUrl,
    renderedAt: Date.now(),
  };
}

/** Stands until a page names its own. */
export function meta({ loaderData }: Route.MetaArgs): MetaDescriptor[] {
  return [{ title: loaderData?.instance.name ?? "Rostrum" }];
}

export function Layout({ children }: { children: ReactNode }) {
  const root = useRootData();
  const { scheme } = usePageHandle();
  const theme = root === null || root.theme === "system" ? scheme : root.theme;
  return (
    <html lang={LOCALE} data-theme={theme}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content={theme ?? "light dark"} />
        <Meta />
        <Links />
      </head>
      <body>
        <Providers root={root}>{children}</Providers>
        <ScrollRestoration />
        <Scripts />
      </body>
    </html>
  );
}

function Providers({ root, children }: { root: RootData | null; children: ReactNode }) {
  const [i18n] = useState(() => createI18n(LOCALE));
  const [queries] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: STALE_MS, retry: false } } }),
  );
  return (
    <I18nextProvider i18n={i18n}>
      <LocaleProvider locale={LOCALE} timeZone={root?.timeZone ?? "UTC"} renderedAt={root?.renderedAt ?? 0}>
        <QueryClientProvider client={queries}>
          <TooltipProvider>{children}</TooltipProvider>
          <Toaster />
        </QueryClientProvider>
      </LocaleProvider>
    </I18nextProvider>
  );
}

export default function Root({ loaderData }: Route.ComponentProps) {
  useKeepSession(loaderData.me !== null);
  useHydratedMark();
  return <Outlet />;
}

/** `data-hydrated` on the document: from then on what is clicked is heard. */
function useHydratedMark(): void {
  useEffect(() => {
    document.documentElement.dataset["hydrated"] = "true";
  }, []);
}

export function ErrorBoundary({ error }: Route.ErrorBoundaryProps) {
  return (
    <main className="page">
      <ErrorPage error={error} />
    </main>
  );
}
