/**
 * Explanations: any element with `data-tip` names by `aria-describedby` a hidden text, or has the text itself. It is
 * shown beside the element while the pointer or the focus is on it (and on a tap), above everything else; Escape hides
 * it. One box serves all of them.
 */
const HIDE_MS = 120;
/** A pointer that only passes by asks for nothing. */
const SHOW_MS = 300;

export function followTips(): void {
  const box = document.createElement('div');
  box.className = 'tip';
  box.popover = 'manual';
  box.setAttribute('aria-hidden', 'true');
  document.body.append(box);
  let shown: Element | null = null;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  function show(anchor: Element): void {
    clearTimeout(waiting);
    if (anchor === shown) return;
    const described = document.getElementById(anchor.getAttribute('aria-describedby') ?? '');
    const text = anchor.getAttribute('data-tip') || described?.textContent;
    if (!text) return;
    shown = anchor;
    box.textContent = text;
    // Shown anew, it also lies above a dialog that was opened since.
    if (box.matches(':popover-open')) box.hidePopover();
    box.showPopover();
    place(box, anchor);
  }

  function hide(): void {
    clearTimeout(waiting);
    shown = null;
    if (box.matches(':popover-open')) box.hidePopover();
  }

  const anchorOf = (event: Event): Element | null => (event.target as Element).closest?.('[data-tip]') ?? null;

  document.addEventListener('pointerover', (event) => {
    if (event.pointerType === 'touch') return;
    const anchor = anchorOf(event);
    if (anchor) {
      clearTimeout(waiting);
      waiting = setTimeout(() => anchor.isConnected && show(anchor), shown ? HIDE_MS : SHOW_MS);
    } else if (event.target === box) clearTimeout(waiting);
    else if (shown === null || shown !== document.activeElement) {
      clearTimeout(waiting);
      waiting = setTimeout(hide, HIDE_MS);
    }
  });
  document.addEventListener('focusin', (event) => {
    const anchor = anchorOf(event);
    if (anchor && (anchor.matches(':focus-visible') || !matchMedia('(hover: hover)').matches)) show(anchor);
    else if (shown && !shown.contains(event.target as Node)) hide();
  });
  document.addEventListener('focusout', (event) => {
    if (event.target === shown) hide();
  });
  document.addEventListener('click', (event) => {
    const anchor = anchorOf(event);
    if (anchor && !anchor.matches('.icon-button')) show(anchor);
    else hide();
  });
  document.addEventListener('scroll', hide, true);
  addEventListener('hashchange', hide);
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') hide();
  });
}

/** Above the anchor, so that the number below it stays in sight; below where there is no room; within the window. */
function place(box: HTMLElement, anchor: Element): void {
  const at = anchor.getBoundingClientRect();
  const { width, height } = box.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - width - 8));
  const above = at.top - height - 6;
  const top = above < 8 ? at.bottom + 6 : above;
  box.style.left = `${left}px`;
  box.style.top = `${top}px`;
}
