/** The oldest accepted TLS version. SSL is not among them and is never used. */
export type TlsVersion = "1.0" | "1.1" | "1.2" | "1.3";
