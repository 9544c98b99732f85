/** Work that runs statements and returns a `T`. Only a driver calls `next`. */
export type Steps<T> = Generator<unknown, T>;
