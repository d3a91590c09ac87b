/** The first script of every page: takes over what the server rendered. */
import { StrictMode, startTransition } from "react";
import { hydrateRoot } from "react-dom/client";
import { HydratedRouter } from "react-router/dom";
import { rememberTimeZone } from "./lib/visitor.ts";

// The next page is then rendered in the reader's zone from the start.
rememberTimeZone();

startTransition(() => {
  hydrateRoot(
    document,
    <StrictMode>
      <HydratedRouter />
    </StrictMode>,
  );
});
