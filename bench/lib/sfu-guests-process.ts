/** The guests of one server of `sfu`: a process of their own, as the bench speaks to it. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromGuests, GuestCounts, ToGuests } from "./sfu-guests-messages.ts";

const FILE = fileURLToPath(new URL("sfu-guests.ts", import.meta.url));

/** The caller closes it. What goes wrong between two questions fails the next one. */
export class Guests {
  readonly #child: ChildProcess;
  readonly #failures: string[] = [];
  #onChange: () => void = () => {};
  #answer: FromGuests | undefined;

  constructor(serverName: string, httpPort: number, kbps: number) {
    const args = [serverName, String(httpPort), String(kbps)];
    this.#child = fork(FILE, args, { execArgv: ["--disable-warning=ExperimentalWarning"] });
    this.#child.on("message", (message: FromGuests) => {
      if (message.type === "failed") this.#failures.push(message.message);
      else this.#answer = message;
      this.#onChange();
    });
    this.#child.on("exit", (code) => {
      this.#failures.push(`guests of ${serverName} ended with ${code}`);
      this.#onChange();
    });
  }

  /** Nothing happens when they are gone: the next question says so. */
  tell(message: ToGuests): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /** One question at a time. @throws {Error} the guests failed, are gone, or some were sent away; it says all of it */
  ask(message: Extract<ToGuests, { type: "join" }>): Promise<Extract<FromGuests, { type: "joined" }>>;
  ask(message: Extract<ToGuests, { type: "count" }>): Promise<GuestCounts>;
  ask(message: ToGuests): Promise<FromGuests> {
    return new Promise((resolve, reject) => {
      this.#answer = undefined;
      this.#onChange = () => {
        if (this.#failures.length > 0) reject(new Error(this.#failures.join("\n")));
        else if (this.#answer !== undefined) resolve(this.#answer);
      };
      this.#onChange();
      this.tell(message);
    });
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}
