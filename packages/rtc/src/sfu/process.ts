/** How Node is started for `main.ts`: so that memory goes by what its connections need. */
export const SFU_PROCESS = {
  // Of what is made for each packet nothing stays: a young generation of 48 MB would only lie there.
  execArgv: ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=2"],
  // The library has a few threads; a heap of the C library for each of them keeps what others could use.
  env: { MALLOC_ARENA_MAX: "2" },
} as const;
