/** A UDP relay in front of one port that loses some packets both ways: a network that has its moods. */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";

export interface LossyRelay extends AsyncDisposable {
  readonly port: number;
  /** Share of the packets that are lost, 0 to 1. */
  loss: number;
  /** Bits per second that pass from the port to those who connect; what would wait too long for its turn is lost. */
  downBps: number | undefined;
  /** So many were lost, and passed on. */
  readonly lost: number;
  readonly passed: number;
}

/** As much as the buffer of a slow line holds. */
const QUEUE_MS = 300;

/** @param targetPort on the loopback */
export async function startLossyRelay(targetPort: number, loss: number): Promise<LossyRelay> {
  const front = createSocket("udp4");
  const backs = new Map<string, Socket>();
  const state = { loss, lost: 0, passed: 0, downBps: undefined as number | undefined, isClosed: false, freeAtMs: 0 };
  let seed = 1;
  const isLost = (): boolean => {
    // Numbers of our own, so that each run loses the same share.
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const lost = seed / 2 ** 32 < state.loss;
    state[lost ? "lost" : "passed"] += 1;
    return lost;
  };
  const deliver = (answer: Buffer, { port, address }: RemoteInfo): void => {
    const { downBps } = state;
    if (downBps === undefined) return front.send(answer, port, address);
    const nowMs = performance.now();
    const doneMs = Math.max(state.freeAtMs, nowMs) + (answer.length * 8_000) / downBps;
    if (doneMs - nowMs > QUEUE_MS) return void (state.lost += 1);
    state.freeAtMs = doneMs;
    setTimeout(() => {
      if (!state.isClosed) front.send(answer, port, address);
    }, doneMs - nowMs);
  };
  front.on("message", (packet, from) => {
    const name = `${from.address}:${from.port}`;
    let back = backs.get(name);
    if (back === undefined) {
      back = createSocket("udp4");
      back.on("message", (answer) => {
        if (!isLost()) deliver(answer, from);
      });
      backs.set(name, back);
    }
    if (!isLost()) back.send(packet, targetPort, "127.0.0.1");
  });
  await new Promise<void>((resolve) => front.bind(0, "127.0.0.1", resolve));
  return {
    port: front.address().port,
    get loss() {
      return state.loss;
    },
    set loss(share: number) {
      state.loss = share;
    },
    get downBps() {
      return state.downBps;
    },
    set downBps(bps: number | undefined) {
      state.downBps = bps;
    },
    get lost() {
      return state.lost;
    },
    get passed() {
      return state.passed;
    },
    async [Symbol.asyncDispose]() {
      state.isClosed = true;
      front.close();
      for (const back of backs.values()) back.close();
    },
  };
}
