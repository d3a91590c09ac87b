/** Renders a page to a stream. Browsers get it as soon as its frame stands, search engines when it is complete. */
import { PassThrough } from "node:stream";
import { createReadableStreamFromReadable } from "@react-router/node";
import { isbot } from "isbot";
import { type RenderToPipeableStreamOptions, renderToPipeableStream } from "react-dom/server";
import { type EntryContext, isRouteErrorResponse, type RouterContextProvider, ServerRouter } from "react-router";
import { pageServices } from "./context.ts";

/** Loaders that stream have this long. */
export const streamTimeout = 5_000;

export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  routerContext: EntryContext,
  context: RouterContextProvider,
): Promise<Response> | Response {
  headers.set("content-type", "text/html; charset=utf-8");
  if (request.method === "HEAD") return new Response(null, { status, headers });
  const { nonce } = context.get(pageServices);
  return new Promise((resolve, reject) => {
    let answer = status;
    const ready: keyof RenderToPipeableStreamOptions = isbot(request.headers.get("user-agent"))
      ? "onAllReady"
      : "onShellReady";
    const { pipe, abort } = renderToPipeableStream(
      <ServerRouter context={routerContext} url={request.url} nonce={nonce} />,
      {
        nonce,
        [ready]() {
          const body = new PassThrough({
            final(done) {
              clearTimeout(late);
              done();
            },
          });
          pipe(body);
          resolve(new Response(createReadableStreamFromReadable(body), { status: answer, headers }));
        },
        onShellError: reject,
        onError() {
          answer = 500;
        },
      },
    );
    const late = setTimeout(abort, streamTimeout + 1000);
  });
}

/** What goes wrong in loaders and rendering; answers that a loader chose (404, 403) are no errors. */
export function handleError(error: unknown, { request }: { request: Request }): void {
  if (request.signal.aborted || isRouteErrorResponse(error)) return;
  console.error(error);
}
