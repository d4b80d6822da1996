/**
 * The page around the frame. Its origin comes from embed.js in the address; a false one gains nothing, since the
 * browser delivers a message only if the page around really has that origin.
 */
export function frameParent(): { close(): void } {
  const origin = new URLSearchParams(location.search).get('origin');
  return {
    close() {
      if (origin && window.parent !== window) window.parent.postMessage({ type: 'chasqui:close' }, origin);
    },
  };
}
