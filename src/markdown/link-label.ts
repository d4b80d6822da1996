/** What a link's label says about where the link goes. No imports: the web page uses it as well. */

const INVISIBLE = /[\p{Cf}\p{Cc}\p{M}]/gu;
/** Letters by their category, but they show nothing: braille blank, Hangul fillers. */
const BLANK = /[\s\u2800\u115f\u1160\u3164\uffa0]/g;
const MARKS = /[*_~`\\]/g;
/** The address of a picture within the label, and what stands before the `@` of an e-mail address. */
const NO_HOST = /\]\([^()\s]*\)|[^\s@()]{1,200}@(?=[\p{L}\d-])/gu;
/** Full stops of other scripts that browsers take for dots in a host. */
const DOTS = /[。｡]/g;
const HOST = /(?:[\p{L}\p{N}-]+\.)+(?:\p{L}{2,}|xn--[a-z\d-]+|\d{1,3}(?![\p{L}\p{N}]))/giu;
/** Names such as `Node.js`: no top-level domain is called so. */
const FILE = /\.(?:js|ts|jsx|tsx|json|ya?ml|html?|css|txt|pdf|csv|xml|toml|docx?|xlsx?|png|jpe?g|svg|gif|webp)$/i;
const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;

/** True when nobody can see anything of it. */
export function isBlankLabel(label: string): boolean {
  return label.replace(MARKS, '').replace(INVISIBLE, '').replace(BLANK, '') === '';
}

/**
 * True when a label names a host that the link does not go to (`[bank.example](https://evil.example)`), so that the
 * address must be written out beside it. A host above the target's is fine, and so is `www.`.
 * @param label its letters, or its Markdown
 * @param address of any scheme; hosts are only known of `http:`, `https:` and `mailto:`
 */
export function namesOtherHost(label: string, address: string): boolean {
  const said = hostsIn(label);
  const mail = /^mailto:([^?]*)/i.exec(address)?.[1];
  if (mail && label.includes('@')) return !label.replace(MARKS, '').includes(mail.replace(MARKS, ''));
  if (said.length === 0) return false;
  const target = hostOf(address);
  return target === undefined || said.some((host) => host !== target && !target.endsWith(`.${host}`));
}

function hostsIn(label: string): string[] {
  const text = label
    .replace(NO_HOST, '')
    .replace(MARKS, '')
    .replace(INVISIBLE, '')
    .normalize('NFKC')
    .replace(DOTS, '.');
  return (text.match(HOST) ?? []).filter(isHost).map((host) => canonical(host) ?? host);
}

function isHost(name: string): boolean {
  if (/^[\d.]+$/.test(name)) return IPV4.test(name);
  return !FILE.test(name) && !/\.\d+$/.test(name);
}

function hostOf(address: string): string | undefined {
  const mail = /^mailto:[^@]*@([^?@]+)/i.exec(address);
  return (
    canonical(mail ? (mail[1] as string) : undefined) ??
    (URL.canParse(address) ? bare(new URL(address).hostname) : undefined)
  );
}

/** As a browser writes it: in lower case, in ASCII. */
function canonical(host: string | undefined): string | undefined {
  const url = `https://${host}`;
  return host !== undefined && URL.canParse(url) ? bare(new URL(url).hostname) : undefined;
}

function bare(host: string): string {
  return host.replace(/^www\./, '');
}
