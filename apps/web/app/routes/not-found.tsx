/** Whatever no other page claims: a 404 that people can read. */
import { data } from "react-router";
import { ErrorPage } from "../features/shell/ErrorPage.tsx";
import { Shell } from "../features/shell/Shell.tsx";
import type { Route } from "./+types/not-found.ts";

export function loader(): never {
  // oxlint-disable-next-line typescript/only-throw-error
  throw data({ code: "not_found", message: "There is no such page." }, { status: 404 });
}

export default function NotFound() {
  return null;
}

export function ErrorBoundary({ error }: Route.ErrorBoundaryProps) {
  return (
    <Shell>
      <ErrorPage error={error} />
    </Shell>
  );
}
