import type { VNode } from 'preact';

/** One of a few. The arrow keys go along them; `panel` is the id of what they change. */
export function Tabs<T extends string>(props: {
  label: string;
  panel: string;
  options: { value: T; label: string }[];
  value: T;
  onChange(value: NoInfer<T>): void;
}): VNode {
  const { options, value, onChange } = props;

  function onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = options.findIndex((option) => option.value === value);
    const next = options[(at + step + options.length) % options.length];
    if (!next) return;
    onChange(next.value);
    const list = (event.currentTarget as HTMLElement).children;
    (list[options.indexOf(next)] as HTMLElement | undefined)?.focus();
  }

  return (
    <div class="tabs" role="tablist" aria-label={props.label} onKeyDown={onKeyDown}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="tab"
          aria-selected={option.value === value}
          aria-controls={props.panel}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
