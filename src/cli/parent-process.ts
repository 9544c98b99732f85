/** The process that started this one. `main.ts` imports it first, because npm may end while the server starts. */
export const PARENT = process.ppid;
