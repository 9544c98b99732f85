/** Gives the nonce of the page to the one library that adds a style element. Must be imported first. */
const meta = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]');
Object.assign(globalThis, { hooklineNonce: meta?.content });
