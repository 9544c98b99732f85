/** The oldest TLS version that is accepted. SSL is none of them: it is never spoken. */
export type TlsVersion = "1.0" | "1.1" | "1.2" | "1.3";
