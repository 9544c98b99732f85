import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../test/harness/property.ts";
import { attachmentName } from "./attachment-name.ts";

function toName(fileName: string | null, url = "https://m.example/", contentType = "image/jpeg") {
  return attachmentName({ url, contentType, ...(fileName === null ? {} : { fileName }) });
}

test("a given file name is kept without its unsafe characters", () => {
  assert.equal(toName("menu.pdf"), "menu.pdf");
  assert.equal(toName("our menu (2).pdf"), "our_menu_2.pdf");
  assert.equal(toName("../../etc/passwd"), "passwd.jpg");
  assert.equal(toName("C:\\temp\\cat.PNG"), "cat.PNG");
  assert.equal(toName('a"; filename="b.exe'), "a_filename_b.exe");
});

test("without a file name it is the end of the URL's path, otherwise it follows from the media type", () => {
  assert.equal(toName(null, "https://m.example/a/b/cat%20one.gif?sig=x/y.png#z"), "cat_one.gif");
  assert.equal(toName(null, "https://m.example/a/4f2a"), "4f2a.jpg");
  assert.equal(toName(null, "https://m.example/"), "media.jpg");
  assert.equal(toName("…", "https://m.example/", "application/x-thing"), "media.bin");
  assert.equal(toName("照片.jpg", "https://m.example/1.jpg"), "1.jpg");
  assert.equal(toName(null, "no url at all", "Text/X-VCard; charset=utf-8"), "media.vcf");
});

test("a media type is not looked up among the properties of every object", () => {
  for (const name of [...Object.getOwnPropertyNames(Object.prototype), "tostring", "valueof"])
    assert.equal(toName(null, "https://m.example/", name), "media.bin");
});

test("a long name keeps its extension", () => {
  assert.equal(toName(`${"x".repeat(500)}.jpeg`), `${"x".repeat(95)}.jpeg`);
});

test("every input becomes a short and safe name with an extension", () => {
  const anything = fc.string({ unit: "binary", maxLength: 400 });
  fc.assert(
    fc.property(anything, anything, anything, (fileName, path, contentType) => {
      const name = toName(fileName, `https://m.example/${path}`, contentType);
      assert.match(name, /^[A-Za-z0-9][A-Za-z0-9._-]{0,98}\.[A-Za-z0-9]{1,10}$/);
      assert.ok(name.length <= 100);
    }),
  );
});
