import { useSignal } from '@preact/signals';
import { count, decimal } from '../../src/figures/drawing/format.ts';
import { signs } from '../../src/zodiac/signs.ts';
import { countsOf } from '../coloring.ts';
import { type Column, type Objects, textAt } from '../data.ts';
import { FORMATS, saveObjects } from '../exports.ts';
import { linkedOrigin } from '../link.ts';
import type { State } from '../state.ts';
import { Virtual } from '../virtual.tsx';
import { Name, ObjectName } from './object-name.tsx';

const LEAST_LIFT = 2;
const LEAST_OBJECTS = 5;
const LISTED = 8;

/** Labels that are at least twice as frequent in the selection as among all objects, most frequent first. */
export function overRepresented(objects: Objects, selection: Uint32Array) {
  const labels = objects.labels.offsets.length - 1;
  const all = countsOf(objects.label, labels);
  const here = countsAmong(objects.label, labels, selection);
  return Array.from(here.keys())
    .filter((label) => here[label] >= LEAST_OBJECTS && textAt(objects.labels, label) !== '')
    .map((label) => ({
      label: textAt(objects.labels, label),
      objects: here[label],
      lift: here[label] / selection.length / (all[label] / objects.count),
    }))
    .filter(({ lift }) => lift >= LEAST_LIFT)
    .sort((a, b) => b.objects - a.objects || b.lift - a.lift)
    .slice(0, LISTED);
}

/** What is selected: how many, of which signs and modalities, what is frequent there, and its export. */
export function SelectionPanel({ state }: { state: State }) {
  const { objects, selection } = state;
  const chosen = selection.value;
  const forSpreadsheets = useSignal(false);
  if (chosen.length === 0) return null;
  const frequent = overRepresented(objects, chosen);
  return (
    <section class="selection" aria-label="Selection">
      <div class="row">
        <h2>{count(chosen.length)} selected</h2>
        <button type="button" class="link" onClick={() => state.undo()}>
          undo
        </button>
        <button type="button" class="link" onClick={() => state.select(new Uint32Array(0), null)}>
          clear
        </button>
      </div>
      <Bars state={state} />
      {frequent.length > 0 && (
        <>
          <h3>More frequent here</h3>
          <ul class="plain">
            {frequent.map(({ label, objects: n, lift }) => (
              <li key={label}>
                <Name text={label} most={40} />
                <span class="count">
                  {count(n)}, {decimal(lift, 1)}×
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      <Virtual
        rows={chosen.length}
        rowHeight={44}
        height={Math.min(220, 44 * chosen.length)}
        label="Selected objects"
      >
        {(row) => (
          <button type="button" onClick={() => state.pin(chosen[row])}>
            <ObjectName objects={objects} i={chosen[row]} />
          </button>
        )}
      </Virtual>
      {linkedOrigin(state) === undefined && (
        <p class="soft small">Too many for a link, which leaves this selection out.</p>
      )}
      <fieldset class="choice">
        <legend>Export</legend>
        {FORMATS.map((format) => (
          <button
            key={format}
            type="button"
            onClick={() => saveObjects(state, chosen, format, forSpreadsheets.value)}
          >
            {format}
          </button>
        ))}
        <label>
          <input
            type="checkbox"
            checked={forSpreadsheets.value}
            onChange={(event) => {
              forSpreadsheets.value = event.currentTarget.checked;
            }}
          />{' '}
          for spreadsheets
        </label>
      </fieldset>
    </section>
  );
}

/** How many of some objects have each value of a column. */
function countsAmong(column: Column, values: number, among: Uint32Array): Uint32Array {
  const counts = new Uint32Array(values);
  for (const i of among) counts[column[i]]++;
  return counts;
}

/** How the selection divides among modalities and signs. */
function Bars({ state }: { state: State }) {
  const { objects, selection } = state;
  const { meta, modality, cluster } = objects;
  const byM = countsAmong(modality, meta.modalities.length, selection.value);
  const byC = countsAmong(cluster, meta.signOf.length, selection.value);
  const byModality = meta.modalities.map((name, m) => ({ name, n: byM[m] }));
  const bySign = meta.signOf.map((sign, c) => ({ name: signs[sign]?.name ?? `cluster ${c + 1}`, n: byC[c] }));
  const most = Math.max(1, selection.value.length);
  return (
    <ul class="plain bars">
      {[...(byModality.length > 1 ? byModality : []), ...bySign]
        .filter(({ n }) => n > 0)
        .map(({ name, n }) => (
          <li key={name}>
            <Name text={name} most={40} />
            <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
              <rect width={(100 * n) / most} height="1" />
            </svg>
            <span class="count">{count(n)}</span>
          </li>
        ))}
    </ul>
  );
}
