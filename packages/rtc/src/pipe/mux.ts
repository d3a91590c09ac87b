/** The one UDP port that all pipes of a process share. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { IceUdpMuxListener } from "node-datachannel";

/** Holds the port until closed, also while no pipe uses it. `port` goes into `PipeOptions.udpPort`. */
export type UdpMux = Readonly<{ port: number; close: () => void }>;

/**
 * Takes a UDP port for all pipes of this process. Port 0 takes any free one. Close it after the last pipe.
 * @param address to bind; pipes must be opened with the same `bindAddress`. Default: all interfaces
 * @throws {Error} the port is in use
 */
export async function openUdpMux(port: number, address?: string): Promise<UdpMux> {
  const chosen = port === 0 ? await freeUdpPort(address) : port;
  // A pipe whose port is taken by somebody else ends the process from inside the library. Taken here first, it is an exception.
  const listener = new IceUdpMuxListener(chosen, address);
  return { port: chosen, close: () => listener.stop() };
}

/** libjuice cannot be asked for any port of its choice and tell which it was. */
async function freeUdpPort(address?: string): Promise<number> {
  const socket = createSocket(address?.includes(":") === true ? "udp6" : "udp4");
  try {
    socket.bind({ port: 0, ...(address === undefined ? {} : { address }), exclusive: true });
    await once(socket, "listening");
    return socket.address().port;
  } finally {
    socket.close();
  }
}
