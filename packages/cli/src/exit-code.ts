/** What the process ends with; `inlay --help` lists them. */
export const EXIT_OK = 0;
/** Something could not be done: the server refused, a job failed, a file is unreadable. */
export const EXIT_FAILED = 1;
/** The command line itself is wrong. */
export const EXIT_USAGE = 2;
/** Stopped by Ctrl-C or SIGTERM before it was done (128 + SIGINT, as shells count). */
export const EXIT_INTERRUPTED = 130;
