/** Who sent a request, as limits count them. */
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { networkOf } from "../../../lib/address.ts";

/** `network` undefined: this machine itself, which is its operator or a proxy that says nothing of whom it asks for. */
export type Client = Readonly<{ connection: Socket; network: string | undefined }>;

/** @param trustProxy the peer is a proxy: the last entry of X-Forwarded-For is whom it asks for */
export function clientOf(req: IncomingMessage, trustProxy: boolean): Client {
  return { connection: req.socket, network: networkOf(req, trustProxy) };
}
