/** A call into the page, no longer waited for than this: a page may hang, or reload under a call. @throws what the call does, or Error */
export async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ms);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}
