/** Files in and out. They are not encrypted here; everything else is as the library calls it. */

/** The module is the class itself: the library asks `instanceof` it. */
export class OpaqueData {
  #blob;
  #url;

  constructor(blob, mimetype) {
    this.#blob = blob;
    this.type = mimetype;
  }

  static async createFromData(blob, mimetype) {
    return new OpaqueData(blob, mimetype);
  }

  url() {
    this.#url ??= URL.createObjectURL(this.#blob);
    return this.#url;
  }

  formData() {
    return this.#blob;
  }

  autorelease() {}
}

const objects = new Map();
const blobs = new Map();

export function getOrCreateMediaObject(filehash) {
  if (!objects.has(filehash))
    objects.set(filehash, {
      filehash,
      contentInfo: {},
      consolidate: (data) => Object.assign(objects.get(filehash), data),
    });
  return objects.get(filehash);
}

function kind(mimetype, { asSticker, isPtt, asDocument }) {
  if (asSticker) return 'sticker';
  if (asDocument) return 'document';
  if (isPtt) return 'ptt';
  const [family] = mimetype.split('/');
  return ['image', 'video', 'audio'].includes(family) ? family : 'document';
}

/** Methods are hidden, since the library spreads the whole into the message it sends. */
function hidden(object, methods) {
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(object, name, { value, enumerable: false });
  return object;
}

export function prepRawMedia(opaque, params) {
  return {
    async waitForPrep() {
      const blob = opaque.formData();
      const bytes = await blob.arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      const filehash = btoa(String.fromCharCode(...digest));
      blobs.set(filehash, blob);
      const type = kind(opaque.type, params);
      const plain = { filehash, type, mimetype: opaque.type, size: blob.size, isGif: Boolean(params.asGif) };
      if (type === 'document') plain.filename = blob.name;
      const data = { ...plain, preview: undefined, mediaBlob: opaque };
      return hidden(data, {
        toJSON: () => ({ ...plain }),
        set: (more) => Object.assign(data, more),
      });
    },
  };
}

/** @throws as the page does when the server refuses the upload */
export async function uploadMedia({ mimetype, mediaObject }) {
  const body = blobs.get(mediaObject.filehash);
  const response = await fetch('/upload', { method: 'POST', body, headers: { 'content-type': mimetype } });
  if (!response.ok) throw new Error(`media upload failed: ${response.status}`);
  const { directPath } = await response.json();
  const mediaKey = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
  return {
    mediaEntry: {
      mmsUrl: directPath,
      deprecatedMms3Url: directPath,
      directPath,
      mediaKey,
      mediaKeyTimestamp: Math.floor(Date.now() / 1000),
      encFilehash: mediaObject.filehash,
      uploadHash: mediaObject.filehash,
    },
  };
}

/** The bytes; an error with `status` when the server has them no more. */
export async function downloadAndMaybeDecrypt({ directPath }) {
  const response = await fetch(directPath);
  if (!response.ok)
    throw Object.assign(new Error(`media download failed: ${response.status}`), { status: response.status });
  return await response.arrayBuffer();
}
