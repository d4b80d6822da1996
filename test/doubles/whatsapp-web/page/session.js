/**
 * The linked device's session, kept in the browser's profile, in IndexedDB as WhatsApp keeps its own. Written through to
 * the disk before the page says that it is linked, so that a browser that is killed comes back linked.
 */
let memory;

const open = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open('device', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('session');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function withStore(mode, run) {
  const db = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction('session', mode, { durability: 'strict' });
      const request = run(transaction.objectStore('session'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
}

/** After a logout the library deletes the profile under the running browser: then there is only the memory. */
async function orMemory(run) {
  try {
    return await run();
  } catch {
    return memory;
  }
}

export const session = {
  read: () => orMemory(() => withStore('readonly', (store) => store.get('token'))),
  async keep(token) {
    memory = token;
    await orMemory(() => withStore('readwrite', (store) => store.put(token, 'token')));
  },
  async forget() {
    memory = undefined;
    await orMemory(() => withStore('readwrite', (store) => store.delete('token')));
  },
};
