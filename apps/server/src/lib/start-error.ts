/** Something outside the program keeps it from starting: the message is one sentence that says what and how to mend it. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** Turns a failed `listen` into a sentence that names the port and the variable that changes it. */
export function listenError(cause: unknown, what: string, port: number, variable: string): StartError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") {
    return new StartError(
      `${what} port ${port} is taken by another program: stop it or set ${variable} to another port.`,
      {
        cause,
      },
    );
  }
  if (code === "EACCES") {
    return new StartError(
      `${what} port ${port} may not be opened by this user: set ${variable} to a port above 1023.`,
      {
        cause,
      },
    );
  }
  return new StartError(
    `${what} port ${port} could not be opened (${code ?? String(cause)}): check HOST and ${variable}.`,
    {
      cause,
    },
  );
}
