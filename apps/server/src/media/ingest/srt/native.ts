/** The few functions of libsrt that an ingest needs, called without a compiler. Only the SRT child loads this. */
import { constants } from "node:os";
import koffi, { type LibraryHandle, type TypeObject } from "koffi";

type NativeFunction = ReturnType<LibraryHandle["func"]>;

/** Numbers of srt.h and access_control.h. */
const RCVSYN = 2;
const CONNECTED = 5;
const REJECT_FORBIDDEN = 1403;
const LOG_CRITICAL = 2;

const LINUX = ["-gnutls", "-openssl", ""].flatMap((kind) => [`libsrt${kind}.so.1.5`, `libsrt${kind}.so.1.4`]);
const MACOS = ["/opt/homebrew/lib/libsrt.dylib", "/usr/local/lib/libsrt.dylib", "libsrt.1.5.dylib", "libsrt.dylib"];
const MAX_EVENTS = 64;
const EVENT_BYTES = 8;
/** Offsets in SRT_TRACEBSTATS, the same since 1.3. */
const STATS = { bytes: 1024, receivedTotal: 16, lossTotal: 28, dropTotal: 68, rttMs: 328 } as const;

/** @param configured the file to load; undefined: where it usually stands. @throws {Error} with why none could be loaded */
export function loadSrt(configured: string | undefined): Srt {
  const names = configured === undefined ? (process.platform === "darwin" ? MACOS : LINUX) : [configured];
  let problem = "";
  for (const name of names) {
    try {
      return new Srt(koffi.load(name));
    } catch (error) {
      problem ||= error instanceof Error ? error.message : String(error);
    }
  }
  throw new Error(problem);
}

type Ready = Readonly<{ socket: number; events: number }>;
type AcceptHook = (socket: number, streamId: string | null) => boolean;

/** Thin: numbers in, numbers out; a negative one is an error that `lastError` names. */
export class Srt {
  readonly #call: Readonly<Record<string, NativeFunction>>;
  readonly #epoll: number;
  readonly #message = Buffer.alloc(2048);
  /** Kept from collection: libsrt calls it. */
  #hook: unknown;

  constructor(library: LibraryHandle) {
    const functions = {
      startup: "int srt_startup()",
      version: "uint32_t srt_getversion()",
      loglevel: "void srt_setloglevel(int)",
      create: "int srt_create_socket()",
      bind: "int srt_bind(int, void*, int)",
      listen: "int srt_listen(int, int)",
      accept: "int srt_accept(int, _Out_ void*, _Inout_ int*)",
      close: "int srt_close(int)",
      setOption: "int srt_setsockflag(int, int, void*, int)",
      getOption: "int srt_getsockflag(int, int, _Out_ void*, _Inout_ int*)",
      getName: "int srt_getsockname(int, _Out_ void*, _Inout_ int*)",
      receive: "int srt_recvmsg(int, _Out_ void*, int)",
      state: "int srt_getsockstate(int)",
      statistics: "int srt_bstats(int, _Out_ void*, int)",
      reject: "int srt_setrejectreason(int, int)",
      lastError: "str srt_getlasterror_str()",
      lastCode: "int srt_getlasterror(_Out_ int*)",
      epollCreate: "int srt_epoll_create()",
      epollSet: "int srt_epoll_set(int, int)",
      epollAdd: "int srt_epoll_add_usock(int, int, int*)",
      epollUpdate: "int srt_epoll_update_usock(int, int, int*)",
      epollWait: "int srt_epoll_uwait(int, _Out_ void*, int, int64_t)",
    };
    this.#call = Object.fromEntries(
      Object.entries(functions).map(([name, signature]) => [name, library.func(signature)]),
    );
    const hook = koffi.proto("int srt_accept_hook(void*, int, int, void*, str)");
    this.#setHook = library.func("int srt_listen_callback(int, srt_accept_hook*, void*)");
    this.#hookType = koffi.pointer(hook);
    this.#number("startup");
    this.#call["loglevel"]?.(LOG_CRITICAL); // a read without data is an error to libsrt, and would be logged as one
    this.#epoll = this.#number("epollCreate");
    this.#number("epollSet", this.#epoll, 1); // waiting for nothing is no error
  }

  readonly #setHook: NativeFunction;
  readonly #hookType: TypeObject;

  /** For example 1.5.1. */
  get version(): string {
    const version = this.#number("version");
    return `${version >> 16}.${(version >> 8) & 0xff}.${version & 0xff}`;
  }

  /** What went wrong last: the system's error when there was one, by Node's name, else libsrt's words. */
  get lastError(): string {
    const words = String(this.#call["lastError"]?.());
    const system = [0];
    this.#number("lastCode", system);
    return Object.entries(constants.errno).find(([, number]) => number === system[0])?.[0] ?? words;
  }

  create(): number {
    const socket = this.#number("create");
    this.setNumber(socket, RCVSYN, 0);
    return socket;
  }

  /** `hook` decides in the handshake; it runs on the main thread while libsrt waits. */
  listen(socket: number, address: Buffer, backlog: number, hook: AcceptHook): number {
    const decide = (_opaque: unknown, caller: number, _version: number, _peer: unknown, streamId: string | null) => {
      if (hook(caller, streamId)) return 0;
      this.#number("reject", caller, REJECT_FORBIDDEN);
      return -1;
    };
    this.#hook = koffi.register(decide, this.#hookType);
    this.#setHook(socket, this.#hook, null);
    const bound = this.#number("bind", socket, address, address.length);
    return bound < 0 ? bound : this.#number("listen", socket, backlog);
  }

  /** The next caller and its address, or undefined when nobody waits. */
  accept(listener: number): { socket: number; address: Buffer } | undefined {
    const address = Buffer.alloc(28);
    const socket = this.#number("accept", listener, address, [address.length]);
    if (socket <= 0) return undefined;
    this.setNumber(socket, RCVSYN, 0);
    return { socket, address };
  }

  close(socket: number): void {
    this.#number("close", socket);
  }

  nameOf(socket: number): Buffer {
    const address = Buffer.alloc(28);
    this.#number("getName", socket, address, [address.length]);
    return address;
  }

  setNumber(socket: number, option: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    this.#number("setOption", socket, option, bytes, bytes.length);
  }

  setFlag(socket: number, option: number, value: boolean): void {
    this.#number("setOption", socket, option, Buffer.from([value ? 1 : 0]), 1);
  }

  setText(socket: number, option: number, value: string): void {
    const bytes = Buffer.from(value);
    this.#number("setOption", socket, option, bytes, bytes.length);
  }

  getNumber(socket: number, option: number): number {
    const bytes = Buffer.alloc(4);
    this.#number("getOption", socket, option, bytes, [bytes.length]);
    return bytes.readInt32LE();
  }

  /** The next message, or undefined when there is none. It is overwritten by the next call. */
  receive(socket: number): Buffer | undefined {
    const length = this.#number("receive", socket, this.#message, this.#message.length);
    return length > 0 ? this.#message.subarray(0, length) : undefined;
  }

  isConnected(socket: number): boolean {
    return this.#number("state", socket) === CONNECTED;
  }

  statistics(socket: number): { rttMs: number; received: number; lost: number; dropped: number } {
    const bytes = Buffer.alloc(STATS.bytes);
    this.#number("statistics", socket, bytes, 0);
    const rttMs = bytes.readDoubleLE(STATS.rttMs);
    const received = Number(bytes.readBigInt64LE(STATS.receivedTotal));
    return { rttMs, received, lost: bytes.readInt32LE(STATS.lossTotal), dropped: bytes.readInt32LE(STATS.dropTotal) };
  }

  /** Tells of `events` on `socket` from now on. */
  watch(socket: number, events: number, isNew: boolean): void {
    this.#number(isNew ? "epollAdd" : "epollUpdate", this.#epoll, socket, [events]);
  }

  /** Waits on a thread of its own, so that handshakes go on. */
  wait(timeoutMs: number): Promise<Ready[]> {
    const events = Buffer.alloc(MAX_EVENTS * EVENT_BYTES);
    return new Promise((resolve, reject) => {
      this.#call["epollWait"]?.async(this.#epoll, events, MAX_EVENTS, timeoutMs, (error: unknown, count: number) => {
        if (error instanceof Error) return reject(error);
        const ready = Array.from({ length: Math.max(0, count) }, (_, i) => ({
          socket: events.readInt32LE(i * EVENT_BYTES),
          events: events.readInt32LE(i * EVENT_BYTES + 4),
        }));
        resolve(ready);
      });
    });
  }

  #number(name: string, ...args: unknown[]): number {
    return Number(this.#call[name]?.(...args));
  }
}
