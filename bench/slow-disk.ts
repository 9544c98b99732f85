/**
 * The words in front of a command whose every fsync takes longer, in all its threads and children. strace delays the
 * return of the call, so a process holds its locks meanwhile, as on a slow disk. The command keeps its process id.
 */
export function slowDisk(ms: number): readonly string[] {
  const inject = `inject=fsync,fdatasync:delay_exit=${ms * 1000}`;
  const traced = ["-e", "trace=fsync,fdatasync", "-e", inject];
  return ["strace", "-D", "-f", "--seccomp-bpf", "-o", "/dev/null", ...traced];
}
