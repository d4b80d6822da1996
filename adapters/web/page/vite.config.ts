import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

/** Nothing is preloaded here, so a dynamic import needs none of Vite's helper (1.2 KB gzipped). */
const noPreload: Plugin = {
  name: 'no-preload',
  enforce: 'pre',
  load: (id) => (id.includes('vite/preload-helper') ? 'export const __vitePreload = (load) => load();' : null),
};

/**
 * The page (index.html, assets/) and the company's script (embed.js, whose address must not change).
 * The Content-Security-Policy forbids everything inline, so no asset becomes a data: address and no helper is inlined.
 */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative, so that the page also works below a path of a company's proxy.
  base: './',
  publicDir: false,
  logLevel: 'warn',
  plugins: [noPreload],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The first with light-dark() in CSS.
    target: ['chrome123', 'safari17.5', 'firefox120'],
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        index: fileURLToPath(new URL('index.html', import.meta.url)),
        embed: fileURLToPath(new URL('embed/embed.ts', import.meta.url)),
      },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'embed' ? 'embed.js' : 'assets/[name]-[hash].js'),
        chunkFileNames: 'assets/[name]-[hash].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
      },
    },
  },
});
