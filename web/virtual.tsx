import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

interface VirtualProps {
  readonly rows: number;
  readonly rowHeight: number;
  readonly height: number;
  readonly label: string;
  readonly children: (row: number) => ComponentChildren;
}

/** A list of which only the rows in sight are in the document: a million take no longer than twenty. */
export function Virtual({ rows, rowHeight, height, label, children }: VirtualProps) {
  const top = useSignal(0);
  const first = Math.max(0, Math.floor(top.value / rowHeight) - 2);
  const last = Math.min(rows, Math.ceil((top.value + height) / rowHeight) + 2);
  // Browsers end at about 17 million pixels.
  const whole = Math.min(rows * rowHeight, 16_000_000);
  return (
    <section
      class="virtual"
      aria-label={label}
      tabIndex={0}
      style={{ height: `${height}px` }}
      onScroll={(event) => {
        top.value = event.currentTarget.scrollTop;
      }}
    >
      <div style={{ height: `${whole}px` }}>
        {Array.from({ length: Math.max(0, last - first) }, (_, k) => (
          <div
            key={first + k}
            class="line"
            style={{ top: `${(first + k) * rowHeight}px`, height: `${rowHeight}px` }}
          >
            {children(first + k)}
          </div>
        ))}
      </div>
    </section>
  );
}
