/** What the page in view can do, by name: for the command palette of the frame around it. */
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";

/** `aside` stands at the end of the line, such as the key for it. `words` are other names that people may type. */
export type Command = Readonly<{
  id: string;
  label: string;
  icon: ReactNode;
  aside?: string;
  words?: string;
  run: () => void;
}>;

/** Where the page puts its commands and the frame finds them. */
class Offers {
  #commands: readonly Command[] = [];

  readonly take = (commands: readonly Command[]): void => {
    this.#commands = commands;
  };

  readonly get = (): readonly Command[] => this.#commands;
}

const OffersContext = createContext(new Offers());

/** Once, around the frame and the page in it. */
export function PageCommandsProvider({ children }: { children: ReactNode }) {
  const [offers] = useState(() => new Offers());
  return <OffersContext value={offers}>{children}</OffersContext>;
}

/** Offers them while the component is shown. They may be new ones at every render. */
export function usePageCommands(commands: readonly Command[]): void {
  const { take } = useContext(OffersContext);
  useEffect(() => {
    take(commands);
    return () => take([]);
  }, [take, commands]);
}

/** Asks what the page offers now. */
export function useOfferedCommands(): () => readonly Command[] {
  return useContext(OffersContext).get;
}
