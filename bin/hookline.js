#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * The `hookline` command: runs the sources in a clone and the compiled program in a package. It is
 * plain JavaScript, so that a Node that is too old reports its version instead of a syntax error.
 */
import { existsSync } from "node:fs";
import "./check-node.js";

const isClone = existsSync(new URL("../src/main.ts", import.meta.url));
await import(isClone ? "../src/main.ts" : "../dist/src/main.js");
