/** Certificates of a small test authority, issued by openssl, valid or wrong in a chosen way. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type Certificate = { readonly cert: string; readonly key: string };

export type Issued = {
  /** The subject's common name, and one of its DNS names. */
  readonly name: string;
  /** The start as `20200101000000Z`. The default is a day ago to ten years from now. */
  readonly from?: string;
  readonly until?: string;
  /** Allows the certificate to issue others. */
  readonly isAuthority?: boolean;
  /** The number of further DNS names, for a long certificate. */
  readonly moreNames?: number;
};

export type Authority = Disposable & {
  readonly cert: string;
  readonly key: string;
  issue(given: Issued): Certificate;
};

const CONFIG = `
[ca]
default_ca = own
[own]
database = index.txt
default_md = sha256
policy = anything
unique_subject = no
rand_serial = yes
copy_extensions = none
[anything]
commonName = supplied
`;

/** Creates an authority, self-signed or issued by another one. */
export function makeAuthority(name: string, parent?: Authority): Authority {
  const folder = mkdtempSync(join(tmpdir(), "hookline-authority-"));
  const at = (file: string) => join(folder, file);
  let made = 0;

  function sign(given: Issued, signer: { readonly isSelf: boolean }): Certificate {
    made += 1;
    const [key, request, cert, options] = ["key", "csr", "crt", "cnf"].map((end) =>
      at(`${made}.${end}`),
    );
    if (key === undefined || request === undefined || cert === undefined || options === undefined) {
      throw new Error("four names");
    }
    const names = [
      given.name,
      ...Array.from(
        { length: given.moreNames ?? 0 },
        (_, n) => `n${n}.${"x".repeat(50)}.${given.name}`,
      ),
    ];
    const extensions = [
      `basicConstraints = critical,CA:${given.isAuthority === true ? "TRUE" : "FALSE"}`,
      `subjectAltName = ${names.map((one) => `DNS:${one}`).join(",")}`,
    ];
    writeFileSync(options, `${CONFIG}[extensions]\n${extensions.join("\n")}\n`);
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key);
    openssl("req", "-new", "-key", key, "-subj", `/CN=${given.name}`, "-out", request);
    const dates = [
      "-startdate",
      given.from ?? dayFromNow(-1),
      "-enddate",
      given.until ?? dayFromNow(3650),
    ];
    const by = signer.isSelf
      ? ["-selfsign", "-keyfile", key]
      : ["-cert", at("ca.crt"), "-keyfile", at("ca.key")];
    const files = ["-config", options, "-in", request, "-out", cert, "-outdir", folder];
    openssl("ca", "-batch", "-notext", "-extensions", "extensions", ...files, ...by, ...dates);
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  }

  function openssl(...words: readonly string[]): void {
    // The index of issued certificates is in the working directory.
    execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
  }

  writeFileSync(at("index.txt"), "");
  const own =
    parent?.issue({ name, isAuthority: true }) ??
    sign({ name, isAuthority: true }, { isSelf: true });
  writeFileSync(at("ca.crt"), own.cert);
  writeFileSync(at("ca.key"), own.key);
  return {
    ...own,
    issue: (given) => sign(given, { isSelf: false }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function dayFromNow(days: number): string {
  const text = new Date(Date.now() + days * 86_400_000).toISOString();
  return `${text.replaceAll(/[-:T]/g, "").slice(0, 14)}Z`;
}
