/**
 * Reports in one sentence that this Node is too old. It is imported first, and is plain JavaScript
 * without imports, so that an old Node can parse it.
 */
const OLDEST = [24, 16];

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  console.error(
    `hookline: This is Node ${process.versions.node}, but Hookline needs Node ${OLDEST.join(".")} or newer. For \`npx hookline\`, \`npm ci\` installs a suitable Node in a clone, and \`npm install node@${OLDEST[0]}\` beside the package.`,
  );
  // An exception would print its stack.
  // oxlint-disable-next-line unicorn/no-process-exit
  process.exit(1);
}
