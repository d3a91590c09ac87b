/** A receiver of webhooks for tests: a real server on this machine that remembers what came and answers as it is told. */
import { createHmac } from "node:crypto";
import http from "node:http";
import type { AddressInfo } from "node:net";

export type Received = Readonly<{ headers: Readonly<Record<string, string>>; body: string }>;
export type Receiver = Readonly<{
  url: string;
  got: Received[];
  /** What the next requests are answered; 200 unless told. */
  answer: { status: number; headers?: Record<string, string>; body?: string };
  /** Resolves when so many have come altogether. */
  received(count: number): Promise<Received[]>;
  /** The types of the events, in the order in which they came. */
  types(): string[];
  close(): void;
}>;

/** What OUTBOUND_ALLOW must be for it. */
export const ALLOW_RECEIVER = "127.0.0.1, port:1024-65535";

export async function openReceiver(): Promise<Receiver> {
  const got: Received[] = [];
  const waiting = new Set<() => void>();
  const answer: Receiver["answer"] = { status: 200 };
  const server = http.createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      got.push({ headers: req.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
      res.writeHead(answer.status, answer.headers).end(answer.body ?? "");
      for (const wake of waiting) wake();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=abc`,
    got,
    answer,
    async received(count) {
      while (got.length < count) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
      return got;
    },
    types: () => got.map((one) => String((JSON.parse(one.body) as { type: unknown }).type)),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** As a receiver would check it, written from the specification. */
export function isSigned({ headers, body }: Received, secret: string): boolean {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  const wanted = createHmac("sha256", key).update(signed).digest("base64");
  const ageSec = Math.abs(Date.now() / 1000 - Number(headers["webhook-timestamp"]));
  const signatures = (headers["webhook-signature"] ?? "").split(" ");
  return ageSec < 300 && signatures.some((one) => one === `v1,${wanted}`);
}
