import assert from "node:assert/strict";
import { test } from "node:test";
import { toLook } from "./look.ts";

const NONE = { name: "", logo: "", accent: "", returnUrl: "" };
const look = (query: string, branding = NONE) =>
  toLook(new URLSearchParams(query), branding, "Hookline");

test("the query of a frame comes before the settings", () => {
  const branding = {
    name: "Acme",
    logo: "https://acme.example/logo.svg",
    accent: "#336699",
    returnUrl: "https://acme.example/",
  };
  assert.deepEqual(look("", branding), {
    name: "Acme",
    icon: branding.logo,
    accent: "#336699",
    theme: null,
    fontFamily: null,
    returnUrl: branding.returnUrl,
  });
  const framed = look(
    "darkMode=true&primaryColor=%2300aa00&icon=https://x.example/i.png&fontFamily=Open+Sans",
    branding,
  );
  assert.equal(framed.theme, "dark");
  assert.equal(framed.accent, "#00aa00");
  assert.equal(framed.icon, "https://x.example/i.png");
  assert.equal(framed.fontFamily, "Open Sans");
  assert.equal(look("darkMode=auto").theme, "system");
});

test("values of other forms are left out", () => {
  const images = ["javascript:alert(1)", "http://x.example/i.png", "data:text/html,x", "//x/i.png"];
  for (const icon of images) {
    assert.equal(look(new URLSearchParams({ icon }).toString()).icon, null, icon);
  }
  for (const fontFamily of ['a", url(x)', "x;y", "a".repeat(65), "</style>"]) {
    const query = new URLSearchParams({ fontFamily }).toString();
    assert.equal(look(query).fontFamily, null, fontFamily);
  }
  assert.equal(look("primaryColor=red;background:url(x)").accent, "");
  assert.equal(look("").name, "Hookline");
});
