/** Layers over somebody's picture, for OBS and its likes: their addresses, what their pages load, and how they come back by themselves. */
import { ApiError } from "@rostrum/client/api-error";
import type { Client } from "@rostrum/client/client";
import type { Broadcast } from "@rostrum/contract/broadcasts";
import { useEffect, useState } from "react";
import type { MetaDescriptor, RouterContextProvider } from "react-router";
import { apiFor, load } from "./api.ts";

const RETRY_MS = 15_000;

/** The address of one layer; null while it is not known. */
type OverlayUrl = (what: "chat" | "tips" | "poll") => string | null;

type Shown = Pick<Broadcast, "id" | "visibility" | "ageRestricted" | "registration">;

/**
 * Of a show that is not for everybody, the addresses carry a token.
 * @param publicUrl without a trailing slash
 * @param mayAsk for those who run the show; others get addresses without
 */
export function useOverlayUrl(
  api: Pick<Client, "broadcasts">,
  { id, visibility, ageRestricted, registration }: Shown,
  publicUrl: string,
  mayAsk: boolean,
): OverlayUrl {
  const [known, setKnown] = useState<string | null>(null);
  const needsToken = mayAsk && (visibility === "private" || ageRestricted || registration === "required");
  useEffect(() => {
    if (!needsToken) return undefined;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      api.broadcasts.overlayToken(id, { signal: leaving.signal }).then(
        ({ token }) => setKnown(token),
        () => {
          // An address without it would stay dark: until then there is none.
          if (!leaving.signal.aborted) timer = setTimeout(ask, RETRY_MS);
        },
      );
    };
    ask();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [api, id, needsToken]);
  return (what) => {
    const url = `${publicUrl}/embed/${id}/${what}`;
    if (!needsToken) return url;
    return known === null ? null : `${url}?token=${known}`;
  };
}

/** For loaders. What is private says nothing of itself here: the token that the page brings along opens it. */
export async function loadOverlay(
  context: Readonly<RouterContextProvider>,
  broadcastId: string,
): Promise<{ id: string; title: string }> {
  const { broadcasts } = apiFor(context);
  const show = broadcasts.get(broadcastId).catch((error: unknown) => {
    if (error instanceof ApiError && error.status === 403) return { id: broadcastId, title: "Rostrum" };
    throw error;
  });
  const { id, title } = await load(show);
  return { id, title };
}

/** Overlays are for OBS, not for search engines. */
export function overlayMeta(shown: Readonly<{ title: string }> | undefined): MetaDescriptor[] {
  return [{ title: shown?.title ?? "Rostrum" }, { name: "robots", content: "noindex" }];
}

/** Nobody presses a button in OBS: what has nothing to show yet is loaded again until it has. @param isDark there is nothing to show */
export function useComingBack(isDark: boolean): void {
  useEffect(() => {
    if (!isDark) return undefined;
    const timer = setInterval(() => {
      // First asked for beside: a page that cannot be had at the moment would be the browser's, and stay.
      fetch(location.href).then(
        ({ ok }) => (ok ? location.reload() : undefined),
        () => undefined,
      );
    }, RETRY_MS);
    return () => clearInterval(timer);
  }, [isDark]);
}
