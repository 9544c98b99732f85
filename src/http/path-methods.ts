/** Returns the methods of a path, to distinguish a wrong method from a wrong path. */
export type PathMethods = {
  add(pattern: string, methods: readonly string[]): void;
  /** Sorted, including `OPTIONS`; empty when no route has the path. */
  of(path: string): readonly string[];
};

export function createPathMethods(): PathMethods {
  const routes: { readonly form: RegExp; readonly methods: readonly string[] }[] = [];
  return {
    add(pattern, methods) {
      const form = pattern
        .replace(/\/+$/, "")
        .split("/")
        .map((part) => {
          if (part === "*") return ".*";
          return part.startsWith(":") ? "[^/]+" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
        })
        .join("/");
      routes.push({ form: new RegExp(`^${form}/*$`), methods });
    },
    of(path) {
      const found = routes.filter(({ form }) => form.test(path)).flatMap(({ methods }) => methods);
      return found.length === 0 ? [] : [...new Set([...found, "OPTIONS"])].sort();
    },
  };
}
