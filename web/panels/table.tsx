import { useComputed, useSignal } from '@preact/signals';
import { count } from '../../src/figures/drawing/format.ts';
import { EXPORTED, exportedRow } from '../exports.ts';
import { FAINT, HIDDEN } from '../grid.ts';
import { shortened } from '../names.ts';
import type { State } from '../state.ts';
import { Virtual } from '../virtual.tsx';

const ROW = 32;
const SHOWN = ['id', 'modality', 'label', 'sign', 'x', 'y'] as const;

/** All shown objects as a table that sorts by any column: the map for those who want none. */
export function Table({ state }: { state: State }) {
  const { objects, shades, frame } = state;
  const by = useSignal<{ column: (typeof SHOWN)[number]; down: boolean }>({ column: 'id', down: false });
  const rows = useComputed(() => sorted(state, by.value));
  const at = (name: (typeof SHOWN)[number]) => EXPORTED.indexOf(name);
  return (
    <div class="table" role="table" aria-rowcount={rows.value.length} aria-label="Objects">
      <div class="head line" role="row">
        {SHOWN.map((column) => (
          <span
            key={column}
            role="columnheader"
            aria-sort={by.value.column === column ? (by.value.down ? 'descending' : 'ascending') : 'none'}
          >
            <button
              type="button"
              class="link"
              onClick={() => {
                by.value = { column, down: by.value.column === column && !by.value.down };
              }}
            >
              {column}
            </button>
          </span>
        ))}
      </div>
      <Virtual
        rows={rows.value.length}
        rowHeight={ROW}
        height={Math.max(120, frame.value.height - 104)}
        label="Rows"
      >
        {(row) => {
          const i = rows.value[row];
          const values = exportedRow(objects, i);
          return (
            <div class={shades.value[i] === FAINT ? 'faint' : ''} role="row" aria-rowindex={row + 1}>
              {SHOWN.map((column, c) => (
                <span key={column} role="cell">
                  {c === 0 ? (
                    <button type="button" class="link" onClick={() => state.pin(i)}>
                      <bdi dir="auto">{shortened(values[at(column)] as string, 80)}</bdi>
                    </button>
                  ) : (
                    <bdi dir="auto">{shortened(`${values[at(column)]}`, 60)}</bdi>
                  )}
                </span>
              ))}
            </div>
          );
        }}
      </Virtual>
      <p class="soft">{count(rows.value.length)} objects</p>
    </div>
  );
}

/** Shown objects, lit ones first, then by the column. */
function sorted(
  { objects, shades }: State,
  by: { column: (typeof SHOWN)[number]; down: boolean },
): Uint32Array {
  const column = EXPORTED.indexOf(by.column);
  const collator = new Intl.Collator('en', { numeric: true });
  const rows = Array.from({ length: objects.count }, (_, i) => i).filter((i) => shades.value[i] !== HIDDEN);
  const keys = new Map(rows.map((i) => [i, exportedRow(objects, i)[column]]));
  const compare = (a: number, b: number) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    return typeof x === 'number' && typeof y === 'number' ? x - y : collator.compare(`${x}`, `${y}`);
  };
  rows.sort(
    (a, b) => shades.value[b] - shades.value[a] || (by.down ? compare(b, a) : compare(a, b)) || a - b,
  );
  return Uint32Array.from(rows);
}
