/**
 * Reports in one sentence that this Node is too old. It is imported first, and is plain JavaScript
 * without imports, so that an old Node can parse it.
 */
const OLDEST = [24, 16];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  console.error(
    `hookline: This is Node ${process.versions.node}, but Hookline needs Node ${OLDEST.join(".")} or newer. In a clone, \`npm ci\` installs a suitable Node for \`npx hookline\` and the npm scripts.`,
  );
  // An exception would print its stack.
  // oxlint-disable-next-line unicorn/no-process-exit
  process.exit(1);
}
