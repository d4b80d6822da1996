/**
 * Puts the assistant on another site's page:
 * `<script src="https://<host>/embed.js" async data-title="Ask us" data-color="#0a5" data-position="left"></script>`.
 * A button is added; the frame behind it is loaded when it is first opened. Everything lives in a shadow root and is
 * styled by a constructed sheet, so the page's own styles and its Content-Security-Policy (but for frame-src) do not
 * matter.
 */
(() => {
  const script = document.currentScript;
  if (!(script instanceof HTMLScriptElement)) return;
  const { title = 'Chat with us', color = '', position = 'right' } = script.dataset;
  const home = new URL('embed', script.src);
  home.searchParams.set('origin', location.origin);

  const host = document.createElement('div');
  const shadow = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  const accent = CSS.supports('color', color) ? color : '#9c3d1e';
  const side = position.includes('left') ? 'left' : 'right';
  sheet.replaceSync(`
:host{all:initial;position:fixed;z-index:2147483000;bottom:20px;${side}:20px}
button{all:unset;box-sizing:border-box;width:56px;height:56px;border-radius:50%;cursor:pointer;display:grid;place-items:center;background:${accent};box-shadow:0 4px 16px #0004}
button:focus-visible{outline:3px solid ${accent};outline-offset:3px}
svg{width:26px;height:26px;fill:none;stroke:var(--on);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
iframe{position:fixed;${side}:20px;bottom:88px;width:min(400px,calc(100vw - 40px));height:min(640px,calc(100dvh - 108px));border:0;border-radius:16px;box-shadow:0 8px 40px #0005;background:Canvas}
iframe[hidden]{display:none}
@media(max-width:480px){iframe{inset:0;width:100vw;height:100dvh;border-radius:0}}
@media print{:host{display:none}}`);
  shadow.adoptedStyleSheets = [sheet];

  const button = document.createElement('button');
  button.type = 'button';
  button.setAttribute('aria-label', title);
  button.setAttribute('aria-expanded', 'false');
  button.title = title;
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.append(path);
  button.append(svg);
  shadow.append(button);

  let frame: HTMLIFrameElement | undefined;

  function show(open: boolean): void {
    if (open && !frame) {
      frame = document.createElement('iframe');
      frame.src = home.href;
      frame.title = title;
      frame.allow = 'clipboard-write';
      shadow.append(frame);
    }
    if (!frame) return;
    frame.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    path.setAttribute('d', open ? 'M6 6l12 12M18 6L6 18' : 'M4 5h16v11H10l-5 4v-4H4z');
    if (open) frame.focus();
    else button.focus();
  }

  path.setAttribute('d', 'M4 5h16v11H10l-5 4v-4H4z');
  button.addEventListener('click', () => show(!frame || frame.hidden === true));
  host.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && frame && !frame.hidden) show(false);
  });
  addEventListener('message', ({ origin, source, data }: MessageEvent<{ type?: string } | null>) => {
    if (origin === home.origin && source === frame?.contentWindow && data?.type === 'chasqui:close') show(false);
  });

  function mount(): void {
    document.body.append(host);
    // Dark signs on a bright colour, bright ones on a dark one (relative luminance, WCAG 2.2).
    const [r = 0, g = 0, b = 0] = (getComputedStyle(button).backgroundColor.match(/\d+/g) ?? []).map(Number);
    button.style.setProperty('--on', 0.2126 * r + 0.7152 * g + 0.0722 * b > 150 ? '#111' : '#fff');
  }
  if (document.body) mount();
  else addEventListener('DOMContentLoaded', mount);
})();
