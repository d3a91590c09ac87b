/** Who sent a request, as limits count them. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { addressKey } from "../../../lib/address.ts";

/** `network` undefined: this machine itself, which is its operator or a proxy that says nothing of whom it asks for. */
export type Client = Readonly<{ connection: Socket; network: string | undefined }>;

/** @param trustProxy the peer is a proxy: the last entry of X-Forwarded-For is whom it asks for */
export function clientOf(req: IncomingMessage, trustProxy: boolean): Client {
  const { socket } = req;
  const forwarded = trustProxy
    ? String(req.headers["x-forwarded-for"] ?? "")
        .split(",")
        .at(-1)
        ?.trim()
    : undefined;
  const network = addressKey(forwarded || (socket.remoteAddress ?? ""));
  const isLocal = !forwarded && (network.startsWith("127.") || socket.remoteAddress === "::1");
  return { connection: socket, network: isLocal ? undefined : network };
}
