/** A door that is shut until it is opened: lets a test hold something in the middle without sleeping. */
export function createGate(): { open(): void; readonly opened: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { open: resolve, opened: promise };
}

/** A list that tells when it has grown to what a test waits for. */
export function createRecord<T>(): {
  items: T[];
  add(item: T): void;
  until(done: (items: T[]) => boolean): Promise<T[]>;
} {
  const items: T[] = [];
  const waiting = new Set<{ done: (items: T[]) => boolean; resolve: (items: T[]) => void }>();
  return {
    items,
    add(item) {
      items.push(item);
      for (const waiter of waiting)
        if (waiter.done(items)) {
          waiting.delete(waiter);
          waiter.resolve(items);
        }
    },
    until: (done) =>
      new Promise((resolve) => {
        if (done(items)) resolve(items);
        else waiting.add({ done, resolve });
      }),
  };
}
