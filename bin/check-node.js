/**
 * Says in one sentence that this Node is too old. Imported before everything else, it is plain
 * JavaScript without imports, so that an old Node can read it.
 */
const OLDEST = [24, 16];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  console.error(
    `hookline: This is Node ${process.versions.node}, and Hookline needs Node ${OLDEST.join(".")} or newer; in a clone, \`npm ci\` installs one that \`npx hookline\` and the npm scripts use.`,
  );
  // An exception would show its stack.
  // oxlint-disable-next-line unicorn/no-process-exit
  process.exit(1);
}
