/** The frame of all pages with header: discovery, watching, producing, settings. */
import { Outlet } from "react-router";
import type { Route } from "./+types/with-shell.ts";
import { ErrorPage } from "../features/shell/ErrorPage.tsx";
import { Shell } from "../features/shell/Shell.tsx";

export default function WithShell() {
  return (
    <Shell>
      <Outlet />
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
