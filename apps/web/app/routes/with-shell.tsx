/** The frame of all pages with header: discovery, watching, producing, settings. */
import { Outlet } from "react-router";
import { PreviewContext } from "../features/discover/use-preview.ts";
import { playPreview } from "../features/player/preview.ts";
import { ErrorPage } from "../features/shell/ErrorPage.tsx";
import { Shell } from "../features/shell/Shell.tsx";
import type { Route } from "./+types/with-shell.ts";

export default function WithShell() {
  return (
    <Shell>
      <PreviewContext value={playPreview}>
        <Outlet />
      </PreviewContext>
    </Shell>
  );
}

export function ErrorBoundary({ error }: Route.ErrorBoundaryProps) {
  return (
    <Shell>
      <ErrorPage error={error} />
    </Shell>
  );
}
