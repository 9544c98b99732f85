/**
 * Contract: texts and hits of searches are the same when the search index has every event. The other cases have
 * few events, which the index does not have yet.
 */
import { describe } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import type { Harness, Opened } from "./harness.ts";
import { testSearchHits } from "./search-hits.ts";
import { testTextStory } from "./text-story.ts";
import { testTexts } from "./texts.ts";

export function testSealedEvents(harness: Harness): void {
  const sealing: Harness = {
    ...harness,
    open: async (options) => toSealing(await harness.open(options)),
  };
  describe("with every event in the search index", () => {
    testTexts(sealing);
    testTextStory(sealing);
    testSearchHits(sealing);
  });
}

/** Every read of texts and of hits adds all events first. */
function toSealing(opened: Opened): Opened {
  const sealFirst = <Noun extends object>(noun: Noun): Noun =>
    new Proxy(noun, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return async (...given: unknown[]): Promise<unknown> => {
          await opened.sealAll();
          return await Reflect.apply(method, target, given);
        };
      },
    });
  const toStore = (store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        const noun: unknown = Reflect.get(target, name);
        return name === "texts" || name === "search" ? sealFirst(noun as object) : noun;
      },
    });
  return Object.create(opened, { store: { get: () => toStore(opened.store) } }) as Opened;
}
